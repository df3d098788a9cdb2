import { handshake, type HandshakeResult } from '../../tls/handshake.ts';
import { postgresHandshake } from '../../tls/postgres-start.ts';
import type { InfraPair, InfraServerId } from './servers.ts';

const patienceMs = 5_000;

/**
 * What a server shows now, judged by the installation's own CA.
 * @param name that the certificate must carry
 */
export async function servedBy(
  id: InfraServerId,
  pair: InfraPair,
  ca: string,
  name: string,
): Promise<HandshakeResult> {
  const request = { host: pair.host, port: pair.port, servername: name, ca, timeoutMs: patienceMs };
  return id === 'postgres' ? postgresHandshake(request) : handshake(request);
}
