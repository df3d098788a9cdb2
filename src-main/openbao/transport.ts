import vault, { type client as VaultClient } from 'node-vault';
import { ConsoleError } from '../../shared/errors.ts';
import { tlsClient, type TlsClient } from '../tls/client.ts';
import { ConnectionFailure } from '../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../tls/http-request.ts';

export interface OpenBaoAddress {
  readonly url: string;
  /** PEM bundle by which an https server is trusted, and nothing beside it. */
  readonly ca?: string;
  /** For one request, milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

/** What node-vault hands to its request function. */
interface VaultRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

interface VaultAnswer {
  readonly statusCode: number;
  readonly body: unknown;
  readonly request: { readonly path: string };
}

const largestAnswer = 32 * 1024 * 1024;
const attempts = 4;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads are safe to repeat; a write whose answer was lost may have taken effect and is judged by whoever wrote. */
const repeatable = (method: string): boolean => ['GET', 'LIST', 'HEAD'].includes(method);
const passing = (failure: unknown): boolean =>
  failure instanceof ConnectionFailure && ['reset', 'refused'].includes(failure.kind);

function noAnswer(url: string, failure: unknown, method: string): ConsoleError {
  if (!(failure instanceof ConnectionFailure))
    return new ConsoleError('openbao_unreachable', { url, reason: '' }, { cause: failure });
  const changed =
    repeatable(method) || failure.kind === 'refused' ? 'error.changed.nothing' : 'error.changed.unknown';
  const options = { changed: { key: changed }, detail: failure.code, cause: failure } as const;
  switch (failure.kind) {
    case 'untrusted':
    case 'expired':
    case 'wrong_name':
    case 'unpinned':
    case 'not_tls':
      return new ConsoleError('openbao_tls_untrusted', { url, reason: failure.code }, options);
    case 'timeout':
      return new ConsoleError('openbao_slow', { url }, options);
    case 'too_large':
      return new ConsoleError('openbao_too_large', { url }, options);
    case 'aborted':
      return new ConsoleError('cancelled', {}, options);
    case 'not_resolved':
    case 'refused':
    case 'unreachable':
    case 'reset':
    case 'peer_refused':
    case 'other':
      return new ConsoleError('openbao_unreachable', { url, reason: failure.code }, options);
  }
}

/** Bytes stay bytes: a snapshot decoded as text would be destroyed. */
function bodyOf(answer: HttpAnswer): unknown {
  const type = answer.headers['content-type'] ?? '';
  if (answer.body.length === 0) return undefined;
  if (!type.includes('json')) return answer.body;
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch {
    return answer.body;
  }
}

/**
 * node-vault over the console's own exchange: trust per installation, limits, retries of reads only, no redirect followed
 * (a token never travels to another host), nothing from the environment.
 */
export class OpenBaoTransport {
  readonly url: string;
  readonly #tls: TlsClient | undefined;
  readonly #timeoutMs: number;

  constructor(address: OpenBaoAddress) {
    this.url = address.url.replace(/\/+$/, '');
    this.#timeoutMs = address.timeoutMs ?? 30_000;
    this.#tls = this.url.startsWith('https:')
      ? tlsClient(address.ca === undefined ? {} : { ca: address.ca })
      : undefined;
  }

  async #exchange(request: VaultRequest): Promise<HttpAnswer> {
    // Node's own servers refuse the verb LIST, and so do some proxies; the query says the same.
    const list = request.method === 'LIST';
    const url = list ? `${request.uri}${request.uri.includes('?') ? '&' : '?'}list=true` : request.uri;
    const body =
      request.json !== null && typeof request.json === 'object' ? JSON.stringify(request.json) : undefined;
    return httpRequest({
      url,
      method: list ? 'GET' : request.method,
      headers: { ...request.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
      ...(this.#tls === undefined ? {} : { tls: this.#tls }),
      timeoutMs: this.#timeoutMs,
      maxBytes: largestAnswer,
    });
  }

  async #request(request: VaultRequest): Promise<VaultAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= attempts || !repeatable(request.method);
      try {
        const answer = await this.#exchange(request);
        const again = !last && !request.uri.includes('/sys/') && [429, 500, 502, 504].includes(answer.status);
        if (!again)
          return {
            statusCode: answer.status,
            body: bodyOf(answer),
            request: { path: new URL(request.uri).pathname },
          };
      } catch (failure) {
        if (last || !passing(failure)) throw noAnswer(this.url, failure, request.method);
      }
      await wait(100 * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }

  /** A node-vault client with this token (none: unauthenticated). */
  client(token?: string): VaultClient {
    const client = vault({
      endpoint: this.url,
      debug: () => undefined,
      'request-promise': { defaults: () => (options: VaultRequest) => this.#request(options) },
    });
    // node-vault falls back to VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX; the environment has no say here.
    return Object.assign(client, { token: token ?? '', namespace: '', pathPrefix: '' });
  }
}
