import { ConsoleError } from '../../shared/errors.ts';
import { connectionFailure } from '../tls/failure.ts';
import { httpRequest, type HttpAnswer, type HttpRequest } from '../tls/http-request.ts';
import type { TlsClient } from '../tls/client.ts';
import { sign } from './signature.ts';

export interface ResponderClientOptions {
  /** Base address of the admin listener, `http_responder_url` of agent.toml. */
  readonly url: string;
  readonly secret: string;
  /** Who is trusted when the address is `https:`. */
  readonly tls?: TlsClient;
  /** Per request, milliseconds. Default 5,000 (`http_responder_timeout_secs`). */
  readonly timeoutMs?: number;
  /** How long a presented token is kept, seconds. Default 300 (`http_responder_token_ttl_secs`). */
  readonly ttlSecs?: number;
  readonly now?: () => number;
}

/** Presents and withdraws answers to challenges: what the ACME flow needs of a responder. */
export interface ResponderPort {
  present(token: string, keyAuthorization: string, signal?: AbortSignal): Promise<void>;
  remove(token: string, keyAuthorization: string, signal?: AbortSignal): Promise<void>;
}

const untrusted = new Set(['untrusted', 'expired', 'wrong_name', 'unpinned', 'peer_refused', 'not_tls']);

/** Why a responder did not answer: `responder_unreachable`, `responder_untrusted`, `cancelled`. */
export function responderError(url: string, error: unknown): ConsoleError {
  const failure = connectionFailure(error);
  if (failure.kind === 'aborted') return new ConsoleError('cancelled', {}, { cause: failure });
  const code = untrusted.has(failure.kind) ? 'responder_untrusted' : 'responder_unreachable';
  return new ConsoleError(code, { url, reason: failure.code }, { cause: failure });
}

/** A 401 is the secret or the clock; the `Date` that servers send tells which. */
function refusal(url: string, answer: HttpAnswer, now: number): ConsoleError {
  const detail = answer.body.toString('utf8').slice(0, 200);
  if (answer.status === 429) return new ConsoleError('responder_rate_limited', { url }, { detail });
  if (answer.status !== 401) {
    return new ConsoleError('responder_refused', { url, status: answer.status }, { detail });
  }
  const skew = Math.round(Math.abs(Date.parse(answer.headers.date ?? '') - now) / 1000);
  return skew > 30
    ? new ConsoleError('responder_clock', { url, seconds: skew }, { detail })
    : new ConsoleError('responder_hmac', { url }, { detail });
}

/** A kept connection may be closed by the responder at the very moment of the next call; presenting a token twice is presenting it. */
async function asked(request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await httpRequest(request);
  } catch (error) {
    if (connectionFailure(error).kind !== 'reset') throw error;
    return httpRequest(request);
  }
}

/** `POST /admin/http01` with an explicit `ttl_secs`, so that both sides sign the same text whatever the responder's default is. */
export async function postToken(
  options: ResponderClientOptions,
  token: string,
  keyAuthorization: string,
  ttlSecs: number,
  signal?: AbortSignal,
): Promise<void> {
  const { now = Date.now, timeoutMs = 5_000 } = options;
  const url = options.url.replace(/\/+$/, '');
  const timestamp = String(Math.floor(now() / 1000));
  let answer: HttpAnswer;
  try {
    answer = await asked({
      url: `${url}/admin/http01`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-bootroot-timestamp': timestamp,
        'x-bootroot-signature': sign(options.secret, { timestamp, token, keyAuthorization, ttlSecs }),
      },
      body: JSON.stringify({ token, key_authorization: keyAuthorization, ttl_secs: ttlSecs }),
      timeoutMs,
      maxBytes: 65_536,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw responderError(url, error);
  }
  if (answer.status !== 200) throw refusal(url, answer, now());
}

/**
 * A client of any responder of either generation. The protocol knows no deletion, so `remove` presents the token again for one second.
 * Errors: ConsoleError `responder_unreachable`, `responder_untrusted`, `responder_hmac`, `responder_clock`, `responder_rate_limited`,
 * `responder_refused`, `cancelled`.
 */
export function responderClient(options: ResponderClientOptions): ResponderPort {
  return {
    present: (token, keyAuthorization, signal) =>
      postToken(options, token, keyAuthorization, options.ttlSecs ?? 300, signal),
    remove: (token, keyAuthorization, signal) => postToken(options, token, keyAuthorization, 1, signal),
  };
}
