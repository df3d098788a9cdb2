import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { sha256 } from './certificates.ts';
import { peerPath, tlsClient, type TlsClientOptions } from './client.ts';
import { ConnectionFailure, connectionFailure, refusalAfterHandshake, type FailureKind } from './failure.ts';

export interface HandshakeRequest extends Pick<TlsClientOptions, 'ca' | 'pins' | 'cert' | 'key'> {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  /** A connection on which the peer has agreed to begin TLS; it is closed afterwards. */
  readonly socket?: Duplex;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a peer was seen to serve, and whether it is trusted. `served` is there whenever a certificate was shown, trusted or not. */
export interface HandshakeResult {
  /** Trusted by us, not refused by the peer. */
  readonly ok: boolean;
  /** Trusted by us: path, dates, name and pins. */
  readonly authorized: boolean;
  readonly served?: {
    readonly sha256: string;
    readonly subject: string;
    readonly names: readonly string[];
    /** ISO 8601. */
    readonly notAfter: string;
  };
  /** PEM, leaf first: what the peer sent and what the bundle completed. */
  readonly chain: readonly string[];
  readonly protocol?: string;
  readonly cipher?: string;
  readonly refusedReason?: FailureKind;
  /** Node's or OpenSSL's word for the reason; technical detail. */
  readonly detail?: string;
}

/** With TLS 1.3 a peer judges our certificate after our side is done: its refusal is read, not seen in the handshake. */
const settleMs = 200;

function describe(leaf: X509Certificate): NonNullable<HandshakeResult['served']> {
  return {
    sha256: sha256(leaf),
    subject: leaf.subject,
    names: (leaf.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .map((name) => name.replace(/^(DNS|IP Address):/, '')),
    notAfter: new Date(leaf.validTo).toISOString(),
  };
}

/** Connects, looks at what is served, and hangs up. Never throws for what the peer does; the result says it. */
export async function handshake(request: HandshakeRequest): Promise<HandshakeResult> {
  const client = tlsClient({ ...request, serverName: request.servername });
  return new Promise((resolve) => {
    // The peer's certificate must be seen even when it is not trusted, so trust is judged here and no byte is sent.
    const socket = connect({
      ...client.connection,
      ...(request.socket === undefined
        ? { host: request.host, port: request.port }
        : { socket: request.socket }),
      rejectUnauthorized: false,
    });
    let seen: Omit<HandshakeResult, 'ok'> = { authorized: false, chain: [] };
    let done = false;
    const finish = (failure?: ConnectionFailure): void => {
      if (done) return;
      done = true;
      clearTimeout(deadline);
      request.signal?.removeEventListener('abort', abort);
      socket.destroy();
      client.close();
      resolve(
        failure === undefined
          ? { ...seen, ok: seen.authorized }
          : { ...seen, ok: false, refusedReason: failure.kind, detail: failure.code },
      );
    };
    const abort = (): void => finish(new ConnectionFailure('aborted', 'ABORT_ERR'));
    const deadline = setTimeout(
      () => finish(new ConnectionFailure('timeout', 'ETIMEDOUT')),
      request.timeoutMs ?? 10_000,
    );
    request.signal?.addEventListener('abort', abort, { once: true });
    if (request.signal?.aborted === true) abort();
    socket.on('error', (error) =>
      finish(seen.authorized ? refusalAfterHandshake(error) : connectionFailure(error)),
    );
    socket.on('close', () =>
      finish(new ConnectionFailure(seen.authorized ? 'peer_refused' : 'reset', 'ECONNRESET')),
    );
    socket.on('secureConnect', () => {
      const path = peerPath(socket.getPeerCertificate(true));
      const [leaf] = path;
      const protocol = socket.getProtocol();
      seen = {
        authorized: socket.authorized,
        ...(leaf === undefined ? {} : { served: describe(leaf) }),
        chain: path.map((certificate) => certificate.toString()),
        ...(protocol === null ? {} : { protocol }),
        cipher: socket.getCipher().name,
      };
      if (!socket.authorized) {
        const reason: unknown = socket.authorizationError;
        finish(connectionFailure(reason instanceof Error ? reason : { code: String(reason) }));
        return;
      }
      if (protocol === 'TLSv1.3') setTimeout(() => finish(), settleMs);
      else finish();
    });
  });
}
