import { createSocket } from 'node:dgram';
import { splitHostPort } from '../tls/host-port.ts';

const answerMs = 2_000;

/** Asks another name server by UDP. @returns its answer as it came, or undefined when none came in time */
export async function forward(query: Buffer, server: string): Promise<Buffer | undefined> {
  const { host, port } = splitHostPort(server);
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const end = (answer?: Buffer): void => {
      clearTimeout(deadline);
      socket.close();
      resolve(answer);
    };
    const deadline = setTimeout(() => end(), answerMs);
    socket.once('error', () => end());
    // Connected: the kernel drops datagrams from anyone but the server that was asked.
    socket.connect(port, host, () => socket.send(query));
    socket.on('message', (answer) => {
      if (answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0)) end(answer);
    });
  });
}
