import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';

/** Where a service keeps what it shows and whom it trusts. */
export interface MtlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly bundle: string;
  readonly name: string;
}

interface Loaded {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** What is on disk, once it is whole: a key that belongs to the leaf. */
function load({ cert, key, bundle }: MtlsFiles): Loaded | undefined {
  try {
    const set = {
      cert: readFileSync(cert, 'utf8'),
      key: readFileSync(key, 'utf8'),
      ca: readFileSync(bundle, 'utf8'),
    };
    return new X509Certificate(set.cert).checkPrivateKey(createPrivateKey(set.key)) ? set : undefined;
  } catch {
    return undefined;
  }
}

/** A service as it should be: it reloads what is on disk, asks for a client certificate, and shows its own leaf alone. */
class MtlsService {
  readonly files: MtlsFiles;
  #loaded: Loaded;
  readonly #server: Server;
  readonly #watch: NodeJS.Timeout;
  port = 0;

  constructor(files: MtlsFiles) {
    this.files = files;
    const loaded = load(files);
    if (loaded === undefined) throw new Error(`${files.name}: nothing to serve`);
    this.#loaded = loaded;
    this.#server = createServer({ ...loaded, requestCert: true, rejectUnauthorized: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('ok');
    });
    this.#watch = setInterval(() => {
      const fresh = load(files);
      if (fresh === undefined || JSON.stringify(fresh) === JSON.stringify(this.#loaded)) return;
      this.#loaded = fresh;
      this.#server.setSecureContext({ ...fresh });
    }, 100);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** A whole conversation: with TLS 1.3 only the answer says that the client's certificate was accepted. */
  call(peer: MtlsService): Promise<void> {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect({
        host: '127.0.0.1',
        port: peer.port,
        servername: peer.files.name,
        ...this.#loaded,
      });
      socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => (text === 'ok' ? resolve() : reject(new Error(`answered "${text}"`))));
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export interface MtlsLoop {
  /** How many conversations have succeeded, and what went wrong with the others. */
  readonly count: () => number;
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Two services that talk to each other in both directions, without a pause, until they are stopped. */
export async function talk(one: MtlsFiles, other: MtlsFiles): Promise<MtlsLoop> {
  const [first, second] = [new MtlsService(one), new MtlsService(other)];
  await first.start();
  await second.start();
  const failures: string[] = [];
  let count = 0;
  let running = true;
  const loop = async (): Promise<void> => {
    while (running) {
      for (const [from, to] of [
        [first, second],
        [second, first],
      ] as const) {
        await from.call(to).then(
          () => (count += 1),
          (error: unknown) =>
            failures.push(
              `${new Date().toISOString()} ${from.files.name} → ${to.files.name}: ${String(error)}`,
            ),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const ended = loop();
  return {
    count: () => count,
    failures,
    async stop() {
      running = false;
      await ended;
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}
