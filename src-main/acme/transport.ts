import { createPrivateKey, KeyObject } from 'node:crypto';
import type { Client } from 'acme-client';
import { ConnectionFailure, type FailureKind } from '../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../tls/http-request.ts';
import type { AcmeConnection } from './connection.ts';
import { AcmeProblem, readProblem } from './problem.ts';
import { backoffMs, retryAfterMs, type RetryPolicy } from './retry.ts';

/** What acme-client's own layers hand to each other. */
export interface AcmeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

interface SignedOptions {
  readonly kid?: string | null;
  readonly nonce?: string | null;
  readonly includeExternalAccountBinding?: boolean;
}

/** The part of acme-client's HTTP layer (5.4.0, `src/http.js`) that this replaces; a unit test watches over it. */
interface AcmeHttp {
  accountKey: string | Buffer | KeyObject;
  getJwk(): object;
  request(url: string, method: string, options?: { data?: unknown }): Promise<AcmeResponse>;
  getNonce(): Promise<string>;
  getResourceUrl(resource: string): Promise<string>;
  signedRequest(
    url: string,
    payload: unknown,
    options?: SignedOptions,
    attempts?: number,
  ): Promise<AcmeResponse>;
}

export interface TransportOptions {
  readonly connection: AcmeConnection;
  readonly timeoutMs: number;
  readonly policy: RetryPolicy;
  readonly address?: { readonly host: string; readonly port: number };
  readonly now: () => number;
  /** Told of each answer; status 0: none came. */
  readonly onAnswer?: (status: number, ms: number) => void;
  /** Told before each wait. */
  readonly onRetry: (status: string, waitMs: number) => void;
}

/** With this count acme-client makes no attempts of its own after a badNonce: all retrying is in one place, here. */
const noAttemptsLeft = Number.MAX_SAFE_INTEGER;
const mostNonces = 16;
const mostUrls = 1_000;
/** A refused nonce says nothing about the request (RFC 8555, section 6.5), so even who asks once only sends it again. */
const leastForNonce = 5;
/** Failures of a connection that may pass. */
const passing: ReadonlySet<FailureKind> = new Set(['refused', 'reset', 'timeout', 'unreachable']);

/**
 * The HTTP layer of one acme-client, on an own TLS client: each CA has its own trust (the library has one axios and one agent for the
 * whole process), problems stay whole, nonces are used again, 5xx and badNonce are retried with a new signature, `Retry-After` is
 * honoured and everything ends when `signal` aborts.
 */
export class AcmeTransport {
  signal: AbortSignal | undefined;
  readonly #options: TransportOptions;
  readonly #nonces: string[] = [];
  readonly #retryAfter = new Map<string, number>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Puts this transport under the client. */
  attach(client: Client): AcmeHttp {
    const { http } = client as unknown as { http: AcmeHttp };
    // Read once: as PEM it would be parsed anew for each signature. The public half is kept by acme-client itself.
    http.getJwk();
    if (!(http.accountKey instanceof KeyObject)) http.accountKey = createPrivateKey(http.accountKey);
    const sign = http.signedRequest.bind(http);
    http.request = (url, method, options) => this.#request(url, method, options?.data);
    http.getNonce = async () => this.#nonces.pop() ?? this.#newNonce(await http.getResourceUrl('newNonce'));
    http.signedRequest = (url, payload, options) =>
      this.#retrying(() => sign(url, payload, options, noAttemptsLeft));
    return http;
  }

  /** What the last answer from `url` said about asking again, milliseconds. */
  retryAfter(url: string): number | undefined {
    return this.#retryAfter.get(url);
  }

  /** A plain GET that is retried like the rest. */
  get(url: string): Promise<AcmeResponse> {
    return this.#request(url, 'get', undefined);
  }

  /** GET and HEAD may simply be asked again; a POST is signed anew by its caller. */
  async #request(url: string, method: string, data: unknown): Promise<AcmeResponse> {
    return method.toLowerCase() === 'post'
      ? this.#send(url, 'POST', data)
      : this.#retrying(() => this.#send(url, method.toUpperCase(), undefined));
  }

  async #newNonce(url: string): Promise<string> {
    await this.#request(url, 'head', undefined);
    const nonce = this.#nonces.pop();
    if (nonce === undefined) throw new Error('newNonce gave no nonce');
    return nonce;
  }

  async #exchange(url: string, method: string, data: unknown): Promise<HttpAnswer> {
    const { connection, address, timeoutMs, now, onAnswer } = this.#options;
    const sentAt = now();
    try {
      const answer = await httpRequest({
        url,
        method,
        headers: {
          'user-agent': 'bootroot-console',
          ...(data === undefined ? {} : { 'content-type': 'application/jose+json' }),
        },
        ...(data === undefined ? {} : { body: JSON.stringify(data) }),
        tls: connection.tls,
        timeoutMs,
        ...(address === undefined ? {} : { address }),
        ...(this.signal === undefined ? {} : { signal: this.signal }),
      });
      onAnswer?.(answer.status, now() - sentAt);
      return answer;
    } catch (error) {
      onAnswer?.(0, now() - sentAt);
      throw error;
    }
  }

  async #send(url: string, method: string, data: unknown): Promise<AcmeResponse> {
    const { connection, now } = this.#options;
    const answer = await connection.turns.take(() => this.#exchange(url, method, data));
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    const nonce = headers['replay-nonce'];
    if (nonce !== undefined && /^[\w-]+$/.test(nonce) && this.#nonces.length < mostNonces)
      this.#nonces.push(nonce);
    const wait = retryAfterMs(headers['retry-after'], now());
    this.#retryAfter.delete(url);
    if (wait !== undefined) this.#retryAfter.set(url, wait);
    // Each leaf is asked about under a name of its own, for as long as the agent runs.
    if (this.#retryAfter.size > mostUrls) this.#retryAfter.delete(this.#retryAfter.keys().next().value ?? '');
    const body = parseBody(headers['content-type'], answer.body);
    if (answer.status >= 400) throw readProblem(body, answer.status, wait);
    return { status: answer.status, headers, data: body };
  }

  async #retrying(attempt: () => Promise<AcmeResponse>): Promise<AcmeResponse> {
    const { policy } = this.#options;
    for (let count = 0; ; count += 1) {
      try {
        return await attempt();
      } catch (error) {
        const wait = this.#waitAfter(error, count);
        if (wait === undefined) throw error;
        const status =
          error instanceof AcmeProblem ? String(error.status) : (error as ConnectionFailure).code;
        if (wait > 0) this.#options.onRetry(status, wait);
        await policy.sleep(wait, this.signal);
      }
    }
  }

  /**
   * How long to wait before the next attempt, or undefined when another attempt cannot help or there were enough.
   * @param count of attempts before the one that failed
   */
  #waitAfter(error: unknown, count: number): number | undefined {
    const { policy } = this.#options;
    // A refused nonce came with a fresh one; those that were kept beside it are as old as the refused one.
    if (error instanceof AcmeProblem && error.type === 'badNonce') {
      this.#nonces.splice(0, Math.max(0, this.#nonces.length - 1));
      if (count + 1 >= Math.max(policy.attempts, leastForNonce)) return undefined;
      return count < 3 ? 0 : backoffMs(policy, count);
    }
    if (count + 1 >= policy.attempts) return undefined;
    if (!(error instanceof AcmeProblem)) {
      const failure = error instanceof ConnectionFailure ? error : undefined;
      return failure !== undefined && passing.has(failure.kind) ? backoffMs(policy, count) : undefined;
    }
    if (error.status !== 429 && error.status < 500) return undefined;
    const asked = error.retryAfterMs ?? 0;
    if (asked > policy.longestRetryAfterMs) return undefined;
    if (error.status === 429 && error.retryAfterMs === undefined) return undefined;
    return Math.max(asked, backoffMs(policy, count));
  }
}

function parseBody(contentType: string | undefined, body: Buffer): unknown {
  const text = body.toString('utf8');
  if (!/json/i.test(contentType ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
