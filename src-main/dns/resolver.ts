import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ConsoleError } from '../../shared/errors.ts';
import { splitHostPort } from '../tls/host-port.ts';
import { answerKnown, answerTruncated, answerWith, isQuestion, rcode, readQuery } from './answer.ts';
import { checkResolverConfig, type ResolverConfigInput } from './config.ts';
import { forward } from './forward.ts';
import { NameList } from './names.ts';

/** A running name server. */
export interface Resolver {
  /** `host:port`, the same for UDP and TCP. */
  readonly address: string;
  readonly port: number;
  readonly names: number;
  /** Reads the files with the names again; without a call each question does so when a file has changed. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

const largestDatagram = 512;
const tcpIdleMs = 5_000;
const mostConnections = 64;

type Answerer = (query: Buffer, udp: boolean) => Promise<Buffer | undefined>;

/** TCP: each message has its length in front. One connection may ask several times. */
function serveTcp(answer: Answerer, open: Set<Socket>): Server {
  const server = createServer((socket) => {
    open.add(socket);
    let buffer = Buffer.alloc(0);
    let queue = Promise.resolve();
    socket.setTimeout(tcpIdleMs, () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    const reply = async (query: Buffer): Promise<void> => {
      const bytes = await answer(query, false);
      if (bytes === undefined) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      if (socket.writable) socket.write(Buffer.concat([length, bytes]));
    };
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
        const end = 2 + buffer.readUInt16BE(0);
        const query = buffer.subarray(2, end);
        buffer = buffer.subarray(end);
        queue = queue.then(() => reply(query)).catch(() => void socket.destroy());
      }
    });
  });
  server.maxConnections = mostConnections;
  return server;
}

async function bindBoth(udp: UdpSocket, tcp: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, host, resolve);
  });
  const taken = (tcp.address() as AddressInfo).port;
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(taken, host, () => {
      udp.off('error', reject);
      resolve();
    });
  });
  return taken;
}

/**
 * A small name server for the local topology: step-ca asks it (`--resolver`) for the identities of the services, which live on this
 * machine. Known names answer with one address, AAAA and other types with nothing, unknown names are forwarded or refused.
 * @throws ConsoleError `dns_config`, `dns_port_taken`
 */
export async function startResolver(
  input: ResolverConfigInput,
  onChange: (names: number | undefined) => void = () => undefined,
): Promise<Resolver> {
  const config = checkResolverConfig(input);
  const names = new NameList(config.names_paths, config.names, onChange);
  await names.refresh();

  const answer: Answerer = async (data, udp) => {
    const query = readQuery(data);
    if (query === undefined) return undefined;
    if (!isQuestion(query) || query.rcode !== rcode.ok)
      return answerWith(query, query.rcode || rcode.malformed);
    await names.refresh();
    if (names.has(query.name)) return answerKnown(query, config.address);
    for (const server of config.forward) {
      const answered = await forward(data, server);
      if (answered !== undefined) {
        return udp && answered.length > largestDatagram ? answerTruncated(query) : answered;
      }
    }
    return answerWith(query, config.forward.length > 0 ? rcode.failed : rcode.refused);
  };

  const { host, port: wanted } = splitHostPort(config.listen_addr);
  const open = new Set<Socket>();
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const tcp = serveTcp(answer, open);
  udp.on('message', (data, from) => {
    answer(data, true)
      .then((bytes) => {
        if (bytes !== undefined && !stopped) udp.send(bytes, from.port, from.address);
      })
      .catch(() => undefined);
  });
  let stopped = false;
  let port: number;
  try {
    port = await bindBoth(udp, tcp, host, wanted);
  } catch (cause) {
    udp.close();
    tcp.close();
    throw new ConsoleError('dns_port_taken', { address: config.listen_addr }, { cause });
  }
  udp.on('error', () => undefined);
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    get names() {
      return names.size;
    },
    refresh: () => names.refresh(),
    async stop() {
      stopped = true;
      for (const socket of open) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}
