import type { client as VaultClient } from 'node-vault';
import type * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import { refused, unexpected, type Asked } from './failures.ts';
import { encodePath } from './path.ts';

/** What a single call may ask for beside its path. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly maxBytes?: number;
  /** Milliseconds. */
  readonly timeoutMs?: number;
  /** False for a probe. */
  readonly retry?: boolean;
  /** Sent as the body's JSON, for a DELETE that has one. */
  readonly json?: object;
  /** Behind the path of a GET. */
  readonly query?: Readonly<Record<string, string>>;
}

const withQuery = (path: string, query: CallOptions['query']): string =>
  query === undefined ? path : `${path}?${new URLSearchParams(query).toString()}`;

function apiFailure(error: unknown): { statusCode: number; body: unknown } | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  const { response } = error;
  if (typeof response !== 'object' || response === null) return undefined;
  return response as { statusCode: number; body: unknown };
}

/** Every text in a value that was sent and that is long enough to be a secret. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= 8 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/**
 * Calls through node-vault: paths encoded by segment, each answer checked by its schema, each failure a ConsoleError that
 * names server and path and holds nothing of what was sent.
 */
export class VaultCaller {
  readonly url: string;
  readonly #vault: VaultClient;

  constructor(vault: VaultClient, url: string) {
    this.#vault = vault;
    this.url = url;
  }

  async #call(asked: Asked, start: (path: string) => Promise<unknown>): Promise<unknown> {
    try {
      return await start(encodePath(asked.path));
    } catch (error) {
      const failure = apiFailure(error);
      throw failure === undefined ? error : refused(failure.statusCode, failure.body, asked);
    }
  }

  #asked(path: string, reads: boolean, sent?: unknown): Asked {
    const { token } = this.#vault;
    return {
      url: this.url,
      path,
      reads,
      // Wanted by a refusal only.
      get secrets() {
        return [...textsIn(sent), ...(token === '' ? [] : [token])];
      },
    };
  }

  #check<S extends z.ZodType>(schema: S, answer: unknown, asked: Asked): z.output<S> {
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw unexpected(asked, parsed.error.issues[0]?.path.map(String).join('.') ?? '');
  }

  /** GET. Throws `openbao_no_path` and the others of `failures.ts`. */
  async read<S extends z.ZodType>(
    path: string,
    schema: S,
    { query, ...options }: CallOptions = {},
  ): Promise<z.output<S>> {
    const asked = this.#asked(path, true);
    const answer = await this.#call(asked, (at) => this.#vault.read(withQuery(at, query), { ...options }));
    return this.#check(schema, answer, asked);
  }

  /** GET, and undefined where nothing is. */
  async readIfPresent<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | undefined> {
    try {
      return await this.read(path, schema);
    } catch (error) {
      if (isConsoleError(error, 'openbao_no_path')) return undefined;
      throw error;
    }
  }

  /** GET whose error statuses are answers too (`sys/health`): the body of whatever status. */
  async probe<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    const asked = this.#asked(path, true);
    const answer: unknown = await this.#vault
      .read(encodePath(path), { retry: false })
      .catch((error: unknown) => {
        const failure = apiFailure(error);
        if (failure === undefined) throw error;
        if (!schema.safeParse(failure.body).success) throw refused(failure.statusCode, failure.body, asked);
        return failure.body;
      });
    return this.#check(schema, answer, asked);
  }

  /** Names below a path; empty where nothing is. */
  async list<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | undefined> {
    const asked = this.#asked(path, true);
    try {
      return this.#check(schema, await this.#call(asked, (at) => this.#vault.list(at)), asked);
    } catch (error) {
      if (isConsoleError(error, 'openbao_no_path')) return undefined;
      throw error;
    }
  }

  /** POST; the answer, if there is one, is not looked at. */
  async write(path: string, data: object = {}, options: CallOptions = {}): Promise<void> {
    const asked = this.#asked(path, false, [data, options.headers]);
    await this.#call(asked, (at) => this.#vault.write(at, data, { ...options }));
  }

  /** POST whose answer is needed. */
  async ask<S extends z.ZodType>(
    path: string,
    data: object,
    schema: S,
    options: CallOptions = {},
  ): Promise<z.output<S>> {
    const asked = this.#asked(path, false, [data, options.headers]);
    const answer = await this.#call(asked, (at) => this.#vault.write(at, data, { ...options }));
    return this.#check(schema, answer, asked);
  }

  /** DELETE; nothing there is no error. */
  async remove(path: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.#call(this.#asked(path, false), (at) => this.#vault.delete(at, { ...options }));
    } catch (error) {
      if (!isConsoleError(error, 'openbao_no_path')) throw error;
    }
  }
}
