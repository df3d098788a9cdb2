import { connect, type Socket } from 'node:net';
import { handshake, type HandshakeResult } from '../../tls/handshake.ts';
import type { InfraPair, InfraServerId } from './servers.ts';

const patienceMs = 5_000;

/** PostgreSQL begins in plain text: 8 bytes ask for TLS, one byte answers (protocol 3.0, SSLRequest). */
function askPostgres({ host, port }: InfraPair): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const give = (answer: Socket | undefined): void => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      if (answer === undefined) socket.on('error', () => undefined).destroy();
      resolve(answer);
    };
    socket.setTimeout(patienceMs, () => give(undefined));
    socket.once('error', () => give(undefined));
    socket.once('connect', () => {
      const request = Buffer.alloc(8);
      request.writeInt32BE(8, 0);
      request.writeInt32BE(80_877_103, 4);
      socket.write(request);
    });
    socket.once('data', (answer) => {
      const accepted = answer.toString('latin1') === 'S';
      if (accepted) socket.pause();
      give(accepted ? socket : undefined);
    });
  });
}

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
  if (id !== 'postgres') return handshake(request);
  const socket = await askPostgres(pair);
  if (socket === undefined) return { ok: false, authorized: false, chain: [], refusedReason: 'not_tls' };
  return handshake({ ...request, socket });
}
