import vault, { type client as VaultClient } from 'node-vault';
import { ConsoleError } from '../../shared/errors.ts';
import { ConnectionFailure } from '../tls/failure.ts';
import { betweenLooksMs, ClusterRoute, didNothing, neverSent } from './cluster-route.ts';
import { createExchange, type Exchange, type ExchangeAnswer } from './exchange.ts';
import { noAnswer } from './failures.ts';

export interface OpenBaoAddress {
  /** `https://host:8200` or `http://127.0.0.1:8200`, without `/v1`. */
  readonly url: string;
  /** PEM bundle by which an https server is trusted, and nothing beside it; the system's store without one. */
  readonly ca?: string;
  /**
   * The members of a Raft cluster; calls go to the one that leads, and on to another when that one is lost. Only to these is a
   * redirect followed, once.
   */
  readonly members?: readonly string[];
  /** For name, TCP and TLS, milliseconds. Default 10,000. */
  readonly connectMs?: number;
  /** For one whole request, milliseconds. Default 10,000 for one that reads, 30,000 for one that writes. */
  readonly timeoutMs?: number;
  /** First wait before a repetition, milliseconds, doubled each time. Default 200. */
  readonly retryMs?: number;
  /** How long an election may take, milliseconds. Default 20,000. */
  readonly electionMs?: number;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
  readonly signal?: AbortSignal;
}

/** What node-vault hands to its request function; the last three come from whoever called node-vault. */
export interface VaultRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  /** False for probes, where an error status is the answer. */
  readonly retry?: boolean;
}

interface VaultAnswer {
  readonly statusCode: number;
  readonly body: unknown;
  readonly request: { readonly path: string };
}

const defaultMaxBytes = 16 * 1024 * 1024;
const attempts = 4;
/** A write that is given up may have taken effect, so it gets longer. */
const readMs = 10_000;
const writeMs = 30_000;
const longestWaitMs = 5_000;
/** A leader that is lost again and again ends a call. */
const mostLeaders = 8;

/** Repeating these is harmless. A write whose answer was lost may have taken effect: whoever wrote has to look. */
const repeatable = (method: string): boolean => ['GET', 'HEAD', 'LIST', 'DELETE'].includes(method);

function passes(answer: ExchangeAnswer): boolean {
  if (answer.status === 429) return true;
  return (
    answer.status >= 500 && !(answer.status === 503 && /sealed/i.test(answer.body.toString('latin1', 0, 500)))
  );
}

/** Bytes stay bytes: a snapshot decoded as text would be destroyed. */
function bodyOf(answer: ExchangeAnswer): unknown {
  if (answer.body.length === 0) return undefined;
  if (!(answer.headers['content-type'] ?? '').includes('json')) return answer.body;
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch {
    return answer.body;
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new ConnectionFailure('aborted', 'ABORT_ERR'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Scheme, host and port only; credentials, a query or another scheme in an address are refused. */
function normalise(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new ConsoleError('openbao_bad_url');
  }
  const extra = `${url.username}${url.password}${url.search}${url.hash}`;
  if (!['http:', 'https:'].includes(url.protocol) || extra !== '') throw new ConsoleError('openbao_bad_url');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/**
 * node-vault over the console's own exchange: trust per installation, limits, retries of what may be repeated, no redirect
 * but to a configured member (a token never travels to another host), nothing from the environment.
 */
export class OpenBaoTransport {
  readonly url: string;
  /** Every address under which it may answer; the first is `url`. */
  readonly members: readonly string[];
  readonly #exchange: Exchange;
  readonly #address: OpenBaoAddress;
  readonly #origins: ReadonlySet<string>;
  /** Of a cluster. */
  readonly #route: ClusterRoute | undefined;

  /** Throws `openbao_bad_url`, `tls_bundle_unreadable`. */
  constructor(
    address: OpenBaoAddress,
    exchange: Exchange = createExchange(address.ca),
    route?: ClusterRoute,
  ) {
    this.url = normalise(address.url);
    this.#address = address;
    this.#exchange = exchange;
    const urls = [...new Set([this.url, ...(address.members ?? []).map(normalise)])];
    this.members = urls;
    this.#origins = new Set(urls.map((url) => new URL(url).origin));
    const { electionMs } = address;
    this.#route = urls.length < 2 ? undefined : (route ?? new ClusterRoute(urls, exchange, electionMs));
  }

  #patienceMs({ method, timeoutMs }: VaultRequest): number {
    return timeoutMs ?? this.#address.timeoutMs ?? (method === 'GET' ? readMs : writeMs);
  }

  #once(url: string, request: VaultRequest): Promise<ExchangeAnswer> {
    const body =
      request.json !== null && typeof request.json === 'object' ? JSON.stringify(request.json) : undefined;
    return this.#exchange({
      url,
      method: request.method,
      headers: { ...request.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
      connectMs: this.#address.connectMs ?? 10_000,
      totalMs: this.#patienceMs(request),
      maxBytes: request.maxBytes ?? defaultMaxBytes,
      signal: request.signal ?? this.#address.signal,
    });
  }

  /** One exchange, and a second one where a standby names a member that is configured. */
  async #ask(request: VaultRequest): Promise<ExchangeAnswer> {
    const answer = await this.#once(request.uri, request);
    const { location } = answer.headers;
    if (![307, 308].includes(answer.status) || location === undefined) return answer;
    const target = new URL(location, request.uri);
    return this.#origins.has(target.origin) ? this.#once(target.href, request) : answer;
  }

  #waitMs(attempt: number, answer: ExchangeAnswer | undefined): number {
    const asked = Number(answer?.headers['retry-after'] ?? 0) * 1000;
    const own =
      (this.#address.retryMs ?? 200) * 2 ** (attempt - 1) * (0.5 + (this.#address.random ?? Math.random)());
    return Math.min(Math.max(own, Number.isFinite(asked) ? asked : 0), longestWaitMs);
  }

  /**
   * The same of a cluster: by the leader, and by the next one if the leader is lost, for as long as an election may take. A write
   * is given to another member only when the first one did nothing of it; if its answer was lost, whoever wrote has to look.
   */
  async #byLeader(route: ClusterRoute, request: VaultRequest): Promise<ExchangeAnswer> {
    const signal = request.signal ?? this.#address.signal;
    const mayRepeat = repeatable(request.method);
    for (let leaders = 0; ;) {
      const { url, look } = await route.find();
      const waits = look === 'follower' || look === 'silent';
      if (waits && request.retry !== false && route.mayHope()) {
        await pause(betweenLooksMs, signal);
        continue;
      }
      leaders += 1;
      const last = look !== 'leader' || request.retry === false || leaders >= mostLeaders;
      const there = { ...request, uri: request.uri.replace(this.url, url) };
      const answer = await this.#ask(there).catch((failure: unknown) => {
        route.forget(url);
        const lost = failure instanceof ConnectionFailure && ['reset', 'timeout'].includes(failure.kind);
        if (last || !(neverSent(failure) || (mayRepeat && lost))) throw failure;
        return undefined;
      });
      if (answer !== undefined) {
        const elsewhere = didNothing(answer);
        if (elsewhere) route.forget(url);
        const again = mayRepeat && passes(answer) && leaders < attempts;
        if (last || !(elsewhere || again)) return answer;
      }
      await pause(this.#waitMs(leaders, answer), signal);
    }
  }

  async #request(request: VaultRequest): Promise<VaultAnswer> {
    const signal = request.signal ?? this.#address.signal;
    const mayRepeat = repeatable(request.method) && request.retry !== false;
    try {
      if (this.#route !== undefined) {
        const answer = await this.#byLeader(this.#route, request);
        return { statusCode: answer.status, body: bodyOf(answer), request: { path: '' } };
      }
      for (let attempt = 1; ; attempt += 1) {
        const last = !mayRepeat || attempt >= attempts;
        const answer = await this.#ask(request).catch((failure: unknown) => {
          if (last || !(failure instanceof ConnectionFailure) || failure.kind !== 'reset') throw failure;
          return undefined;
        });
        // node-vault takes any answer on a path that contains `sys/health` for a success, a KV path of that name included.
        if (answer !== undefined && (last || !passes(answer)))
          return { statusCode: answer.status, body: bodyOf(answer), request: { path: '' } };
        await pause(this.#waitMs(attempt, answer), signal);
      }
    } catch (failure) {
      const seconds = Math.round(this.#patienceMs(request) / 1000);
      throw noAnswer(failure, { url: this.url, reads: request.method === 'GET' }, seconds);
    }
  }

  /** A node-vault client with this token (none: unauthenticated). */
  client(token?: string): VaultClient {
    const client = vault({
      endpoint: this.url,
      // LIST as a query: proxies and Node's own servers refuse the verb.
      noCustomHTTPVerbs: true,
      debug: () => undefined,
      // What it would check are the method and the path that its own functions have just put in, at a quarter of a call's cost.
      tv4: Object.assign(() => true, { validate: () => true }),
      'request-promise': { defaults: () => (options: VaultRequest) => this.#request(options) },
    });
    // node-vault falls back to VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX; the environment has no say here.
    return Object.assign(client, { token: token ?? '', namespace: '', pathPrefix: '' });
  }

  /** One member by itself, whoever leads. */
  member(url: string): OpenBaoTransport {
    return new OpenBaoTransport({ ...this.#address, url, members: [] }, this.#exchange);
  }

  /** The same server under another signal. */
  withSignal(signal: AbortSignal): OpenBaoTransport {
    return new OpenBaoTransport({ ...this.#address, signal }, this.#exchange, this.#route);
  }
}
