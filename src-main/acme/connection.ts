import { tlsClient, type TlsClient, type TlsClientOptions } from '../tls/client.ts';
import { RequestTurns } from './request-turns.ts';

/** What all sessions with one CA share: whom they trust, the connections that are kept, and the turns of their requests. */
export interface AcmeConnection {
  readonly tls: TlsClient;
  readonly turns: RequestTurns;
}

/** Nothing is sent before the first request. @throws ConsoleError `tls_bundle_unreadable` */
export const acmeConnection = (trust: Pick<TlsClientOptions, 'ca' | 'pins' | 'idleMs'>): AcmeConnection => ({
  tls: tlsClient({ ...trust, keepAlive: true }),
  turns: new RequestTurns(),
});
