import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { distDirectory } from '../install/paths.ts';
import { ensureDirectory } from '../workspace/atomic.ts';
import { errno } from '../workspace/file-failure.ts';
import type { Row, Statement, StoreAnswer, StoreRequest } from './protocol.ts';

type Body = StoreRequest extends infer R ? (R extends StoreRequest ? Omit<R, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** As much as SQLite wants of a disk at once: its index of the write-ahead log. */
const leastFree = 64 * 1024;

/** What keeps this process from writing beside the store, by its errno; SQLite has one name for several reasons. */
function writeRefusal(path: string): string | undefined {
  const trial = `${path}.${process.pid}.trial`;
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    return errno(error);
  }
  try {
    writeFileSync(trial, Buffer.alloc(leastFree), { mode: 0o600 });
    return undefined;
  } catch (error) {
    return errno(error);
  } finally {
    rmSync(trial, { force: true });
  }
}

const refusals: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EROFS: 'read_only',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
};

function storeError(path: string, text: string): ConsoleError {
  if (text === 'newer') return new ConsoleError('store_newer', { path });
  if (/disk is full|ENOSPC/i.test(text)) return new ConsoleError('disk_full', { path });
  const code = refusals[writeRefusal(path) ?? ''];
  if (code !== undefined) return new ConsoleError(code, { path }, { detail: text });
  return new ConsoleError('store_unusable', { path }, { detail: text });
}

/** What the console remembers of one workspace: an SQLite file in `.console/`, asked through a thread of its own. */
export class Store {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: unknown;
  #closing: Promise<void> | undefined;

  private constructor(path: string) {
    this.#path = path;
    this.#worker = new Worker(join(distDirectory(), 'store-worker.cjs'), { workerData: { path } });
    this.#worker.unref();
    this.#worker.on('message', (answer: StoreAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if ('error' in answer) waiting?.reject(storeError(this.#path, answer.error));
      else waiting?.resolve(answer.rows);
    });
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the store thread ended')));
  }

  /** Opens or makes the store. Throws `store_newer`, `store_unusable`, `disk_full`, `read_only`, `permission_denied`. */
  static async open(path: string): Promise<Store> {
    await ensureDirectory(dirname(path), { mode: 0o700 });
    const store = new Store(path);
    try {
      await store.all('SELECT 1');
      return store;
    } catch (error) {
      await store.#worker.terminate();
      throw error;
    }
  }

  #end(error: unknown): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.values())
      reject(storeError(this.#path, error instanceof Error ? error.message : String(error)));
    this.#waiting.clear();
  }

  #ask(body: Body): Promise<readonly Row[]> {
    if (this.#ended !== undefined) return Promise.reject(storeError(this.#path, 'closed'));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...body, id });
    });
  }

  all(sql: string, parameters: Statement['parameters'] = []): Promise<readonly Row[]> {
    return this.#ask({ do: 'all', statement: { sql, parameters } });
  }

  async get(sql: string, parameters: Statement['parameters'] = []): Promise<Row | undefined> {
    return (await this.all(sql, parameters))[0];
  }

  /** All or nothing, on the disk before it answers. */
  async transaction(statements: readonly Statement[]): Promise<void> {
    await this.#ask({ do: 'transaction', statements });
  }

  async run(sql: string, parameters: Statement['parameters'] = []): Promise<void> {
    await this.transaction([{ sql, parameters }]);
  }

  /** Appends one entry to the audit chain; answers its number and hash. */
  async chain(body: string): Promise<{ seq: number; hash: string }> {
    const [row] = await this.#ask({ do: 'chain', body });
    return { seq: Number(row?.['seq']), hash: String(row?.['hash']) };
  }

  /** May be asked more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended !== undefined) return;
    await this.#ask({ do: 'close' });
    await this.#worker.terminate();
  }
}
