import { tlsClient, type TlsClient } from '../tls/client.ts';
import type { ServicesContext } from './context.ts';
import { publishedTrust } from './trust.ts';

/** How the responder's admin listener is called: its base address, and who is trusted where it serves TLS. */
export interface ResponderAccess {
  readonly url: string;
  readonly tls?: TlsClient;
}

/** Over TLS the published trust decides, as it does for the agents; connections are not kept. @throws `no_openbao_session`, `openbao_…` */
export async function responderAccess(
  context: Pick<ServicesContext, 'client' | 'endpoints'>,
): Promise<ResponderAccess> {
  const { responderAdminUrl: url } = await context.endpoints();
  if (!url.startsWith('https:')) return { url };
  return { url, tls: tlsClient({ ca: (await publishedTrust(context.client())).bundlePem }) };
}
