import { connect, type Socket } from 'node:net';

/** What came back of many requests. */
export interface LoadResult {
  readonly seconds: number;
  /** How often each HTTP status came; 0: the connection ended without an answer. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
}

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** The whole next request; undefined ends this connection's work. */
  readonly next: () => string | undefined;
}

const headEnd = Buffer.from('\r\n\r\n');

/** The answer at the beginning of `bytes`; undefined while it is not whole. */
function answerIn(bytes: Buffer): { status: number; length: number; closes: boolean } | undefined {
  const head = bytes.indexOf(headEnd);
  if (head === -1) return undefined;
  const text = bytes.toString('latin1', 0, head);
  const body = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  if (bytes.length < head + 4 + body) return undefined;
  const closes = /\r\nconnection: close/i.test(text);
  return { status: Number(text.slice(9, 12)), length: head + 4 + body, closes };
}

/** One connection with one request in flight; opened again when the server ends it. */
class Caller {
  readonly #options: LoadOptions;
  readonly #tell: (status: number, ms: number) => void;
  readonly #done: () => void;
  #socket: Socket | undefined;
  #rest: Buffer = Buffer.alloc(0);
  /** Undefined: nothing is in flight. */
  #sentAt: number | undefined;
  #ended = false;

  constructor(options: LoadOptions, tell: (status: number, ms: number) => void, done: () => void) {
    this.#options = options;
    this.#tell = tell;
    this.#done = done;
    this.#open();
  }

  #open(): void {
    const { host, port } = this.#options;
    this.#rest = Buffer.alloc(0);
    const socket = connect({ host, port, noDelay: true }, () => this.#ask());
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('close', () => {
      if (this.#sentAt !== undefined) this.#tell(0, NaN);
      this.#sentAt = undefined;
      if (!this.#ended) this.#open();
    });
  }

  #ask(): void {
    const request = this.#options.next();
    if (request === undefined) {
      this.#ended = true;
      this.#socket?.destroy();
      this.#done();
      return;
    }
    this.#sentAt = performance.now();
    this.#socket?.write(request);
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const answer = answerIn(this.#rest);
    if (answer === undefined || this.#sentAt === undefined) return;
    this.#rest = this.#rest.subarray(answer.length);
    this.#tell(answer.status, performance.now() - this.#sentAt);
    this.#sentAt = undefined;
    if (answer.closes) this.#socket?.destroy();
    else this.#ask();
  }
}

/** Requests over keep-alive connections by bare sockets: what the generator itself costs is small beside what it measures. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const statuses = new Map<number, number>();
  const latencies: number[] = [];
  const tell = (status: number, ms: number): void => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== 0) latencies.push(ms);
  };
  const began = performance.now();
  await Promise.all(
    Array.from(
      { length: options.connections },
      () => new Promise<void>((done) => void new Caller(options, tell, done)),
    ),
  );
  const seconds = (performance.now() - began) / 1000;
  return { seconds, statuses, latencies: Float64Array.from(latencies).sort() };
}

/** @param share 0 to 1 */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
