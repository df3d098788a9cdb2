import { connect, type Socket } from 'node:net';
import { handshake, type HandshakeRequest, type HandshakeResult } from './handshake.ts';
import type { HostPort } from './host-port.ts';

/** PostgreSQL begins in plain text: 8 bytes ask for TLS, one byte answers (protocol 3.0, SSLRequest). Undefined: it does not agree. */
function askPostgres({ host, port }: HostPort, patienceMs: number): Promise<Socket | undefined> {
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

/** {@link handshake} with a PostgreSQL server. */
export async function postgresHandshake(
  request: Omit<HandshakeRequest, 'socket'> & { readonly timeoutMs: number },
): Promise<HandshakeResult> {
  const socket = await askPostgres(request, request.timeoutMs);
  if (socket === undefined) return { ok: false, authorized: false, chain: [], refusedReason: 'not_tls' };
  return handshake({ ...request, socket });
}
