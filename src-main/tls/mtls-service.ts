import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { ConsoleError } from '../../shared/errors.ts';
import { sha256 } from './certificates.ts';

/** What the service shows and trusts: the files of one service, as PEM text. */
export interface MtlsIdentity {
  /** Leaf first; its chain may follow. */
  readonly cert: string;
  readonly key: string;
  /** The bundle against which peers are judged. */
  readonly ca: string;
}

/** What the service itself saw of one peer: the other half of the proof. */
export interface PeerSeen {
  readonly accepted: boolean;
  /** Fingerprint of the client certificate, when one was shown. */
  readonly sha256?: string;
  /** Node's word for why the peer was turned away. */
  readonly reason?: string;
}

export interface MtlsService {
  readonly host: string;
  readonly port: number;
  /** Everyone who came, in order. */
  readonly peers: readonly PeerSeen[];
  /** Ends the service and every connection. */
  close(): Promise<void>;
}

const longestNonce = 128;
const idleMs = 5_000;

/** One exchange: `<nonce>\n` is answered by `<nonce> <fingerprint of the client certificate>\n`, and the connection ends. */
function converse(socket: TLSSocket, fingerprint: string): void {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end === -1 && text.length <= longestNonce) return;
    if (end === -1 || end > longestNonce || !/^[0-9a-f]+$/.test(text.slice(0, end))) socket.destroy();
    else socket.end(`${text.slice(0, end)} ${fingerprint}\n`);
  });
}

/**
 * The console's own small service that requires a client certificate, on a free loopback port unless told otherwise. It lets a
 * certificate be proved by a real handshake before any real workload uses it.
 * @throws ConsoleError `tls_key_mismatch` when certificate and key do not belong together or cannot be read
 */
export async function startMtlsService(
  identity: MtlsIdentity,
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<MtlsService> {
  const host = options.host ?? '127.0.0.1';
  const peers: PeerSeen[] = [];
  const sockets = new Set<TLSSocket>();
  let server;
  try {
    if (!new X509Certificate(identity.cert).checkPrivateKey(createPrivateKey(identity.key)))
      throw new Error('mismatch');
    server = createServer({
      ...identity,
      minVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: idleMs,
    });
  } catch (cause) {
    throw new ConsoleError('tls_key_mismatch', {}, { cause });
  }
  server.on('connection', (socket: Socket) => socket.on('error', () => undefined));
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setTimeout(idleMs, () => socket.destroy());
    const peer = socket.getPeerX509Certificate();
    const fingerprint = peer === undefined ? '' : sha256(peer);
    peers.push({ accepted: true, sha256: fingerprint });
    converse(socket, fingerprint);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const peer = socket.getPeerX509Certificate();
    peers.push({
      accepted: false,
      ...(peer === undefined ? {} : { sha256: sha256(peer) }),
      reason: error.code ?? error.message.slice(0, 200),
    });
  });
  const listening = server;
  await new Promise<void>((resolve, reject) => {
    listening.once('error', reject);
    listening.listen(options.port ?? 0, host, resolve);
  });
  return {
    host,
    port: (listening.address() as AddressInfo).port,
    peers,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listening.close(() => resolve()));
    },
  };
}
