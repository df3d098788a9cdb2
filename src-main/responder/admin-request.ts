import * as z from 'zod';
import { acceptedSecrets, type ResponderConfig } from './config.ts';
import type { RateLimit } from './rate-limit.ts';
import { signatureMatches } from './signature.ts';
import type { TokenStore } from './token-store.ts';

/** What the listener has read of one admin request. */
export interface AdminRequest {
  readonly contentType: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Tokens are base64url by RFC 8555 §8.3; anything else would also make the dotted text that is signed ambiguous. */
const bodySchema = z.object({
  token: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[A-Za-z0-9_-]+$/),
  key_authorization: z.string().min(1).max(4096),
  ttl_secs: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
});

function readBody(body: Buffer): z.infer<typeof bodySchema> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return bodySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType?.trim() ?? '');
}

/**
 * One `POST /admin/http01` from checked size to stored token. The order is the contract's: 415 not JSON, 400 body, 401 header
 * missing, 400 timestamp, 401 skew or signature, 429 (counted after the signature), 400 for a ttl of 0, 200 `ok`.
 *
 * @param now milliseconds since 1970
 */
export function answerAdmin(
  request: AdminRequest,
  config: ResponderConfig,
  store: TokenStore,
  rate: RateLimit,
  now: number,
): Answer {
  if (!isJson(request.contentType)) return { status: 415, text: 'content type must be application/json' };
  const body = readBody(request.body);
  if (body === undefined) return { status: 400, text: 'invalid body' };
  const { timestamp, signature } = request;
  if (timestamp === undefined || signature === undefined) return { status: 401, text: 'missing header' };
  if (!/^\d{1,15}$/.test(timestamp)) return { status: 400, text: 'invalid timestamp' };
  if (Math.abs(now / 1000 - Number(timestamp)) > config.max_skew_secs)
    return { status: 401, text: 'clock skew' };
  const ttlSecs = body.ttl_secs ?? config.token_ttl_secs;
  const parts = { timestamp, token: body.token, keyAuthorization: body.key_authorization, ttlSecs };
  // Each is compared: how long it takes must not say which of them matched.
  const matches = acceptedSecrets(config, now).map((secret) => signatureMatches(secret, parts, signature));
  if (!matches.includes(true)) return { status: 401, text: 'invalid signature' };
  if (!rate.take(config.admin_rate_limit_requests, config.admin_rate_limit_window_secs)) {
    return { status: 429, text: 'too many requests' };
  }
  if (ttlSecs === 0) return { status: 400, text: 'ttl_secs must be positive' };
  const kept = store.set(
    body.token,
    body.key_authorization,
    Math.min(ttlSecs, config.max_token_ttl_secs),
    signature,
  );
  return kept ? { status: 200, text: 'ok' } : { status: 503, text: 'too many tokens' };
}
