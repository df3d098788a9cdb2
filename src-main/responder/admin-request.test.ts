import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerAdmin, type AdminRequest } from './admin-request.ts';
import { checkResponderConfig, type ResponderConfigInput } from './config.ts';
import { RateLimit } from './rate-limit.ts';
import { sign, signatureMatches } from './signature.ts';
import { TokenStore } from './token-store.ts';

const secret = 'a shared secret';
const start = 1_800_000_000_000;

/** A responder's judgement without its listeners, at a clock that the test moves. */
function bench(overrides: Partial<ResponderConfigInput> = {}, limit = 100) {
  let now = start;
  const config = checkResponderConfig({ hmac_secret: secret, ...overrides });
  const store = new TokenStore(limit, () => now);
  const rate = new RateLimit(() => now);
  return {
    store,
    move: (ms: number) => (now += ms),
    post: (request: Partial<AdminRequest>) =>
      answerAdmin(
        {
          contentType: 'application/json',
          timestamp: undefined,
          signature: undefined,
          body: Buffer.alloc(0),
          ...request,
        },
        config,
        store,
        rate,
        now,
      ).status,
  };
}

/** A request as an agent signs it; written out here so that a change of the wire format cannot pass unseen. */
function signed(
  body: { token: string; key_authorization: string; ttl_secs?: number | null },
  options: { at?: number; secret?: string; ttlSigned?: number } = {},
): Partial<AdminRequest> {
  const timestamp = String(Math.floor((options.at ?? start) / 1000));
  const ttl = options.ttlSigned ?? body.ttl_secs ?? 300;
  return {
    timestamp,
    signature: createHmac('sha256', options.secret ?? secret)
      .update(`${timestamp}.${body.token}.${body.key_authorization}.${ttl}`)
      .digest('base64'),
    body: Buffer.from(JSON.stringify(body)),
  };
}

const token = { token: 'tok-1', key_authorization: 'tok-1.thumb' };

describe('the admin request', () => {
  test('the signature is the one the original tools make', () => {
    const parts = { timestamp: '1700000000', token: 'abc', keyAuthorization: 'abc.def', ttlSecs: 300 };
    // printf '1700000000.abc.abc.def.300' | openssl dgst -sha256 -hmac s3cret -binary | base64
    expect(sign('s3cret', parts)).toBe('lIBtp4SE5hucJwzS3AMoM1BCGZiZxJiqp5yTPVecN5A=');
  });

  test('a signed token is kept for its time and no longer', () => {
    const { post, store, move } = bench();
    expect(post(signed({ ...token, ttl_secs: 60 }))).toBe(200);
    expect(store.get('tok-1')).toBe('tok-1.thumb');
    move(60_000);
    expect(store.get('tok-1')).toBeUndefined();
  });

  test('an absent or null ttl signs as the responder’s default', () => {
    const { post, store, move } = bench({ token_ttl_secs: 120 });
    expect(post(signed(token, { ttlSigned: 120 }))).toBe(200);
    expect(post(signed({ ...token, token: 'tok-2', ttl_secs: null }, { ttlSigned: 120 }))).toBe(200);
    expect(post(signed(token, { ttlSigned: 300 }))).toBe(401);
    move(119_000);
    expect(store.get('tok-2')).toBe('tok-1.thumb');
  });

  test('a ttl above the maximum is cut, one of 0 is refused', () => {
    const { post, store, move } = bench({ max_token_ttl_secs: 10 });
    expect(post(signed({ ...token, ttl_secs: 100_000 }))).toBe(200);
    move(10_000);
    expect(store.get('tok-1')).toBeUndefined();
    expect(post(signed({ ...token, ttl_secs: 0 }, { at: start + 10_000 }))).toBe(400);
  });

  test.each([
    ['no timestamp', { ...signed(token), timestamp: undefined }, 401],
    ['no signature', { ...signed(token), signature: undefined }, 401],
    ['another secret', signed(token, { secret: 'other' }), 401],
    ['an empty signature', { ...signed(token), signature: '' }, 401],
    ['a longer signature', { ...signed(token), signature: `${signed(token).signature}x` }, 401],
    ['a timestamp that is none', { ...signed(token), timestamp: '17x' }, 400],
    ['a clock behind', signed(token, { at: start - 61_000 }), 401],
    ['a clock ahead', signed(token, { at: start + 61_000 }), 401],
    ['no JSON', { ...signed(token), contentType: 'text/plain' }, 415],
    ['no content type', { ...signed(token), contentType: undefined }, 415],
    ['a broken body', { ...signed(token), body: Buffer.from('{"token":') }, 400],
    ['bytes that are no UTF-8', { ...signed(token), body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }, 400],
    ['an empty token', signed({ token: '', key_authorization: 'x' }), 400],
    ['a token with a slash', signed({ token: '../x', key_authorization: 'x' }), 400],
    ['a ttl that is no whole number', signed({ ...token, ttl_secs: 1.5 }), 400],
    ['a negative ttl', signed({ ...token, ttl_secs: -1 }), 400],
  ])('%s answers as the contract says', (_what, request, status) => {
    const { post, store } = bench();
    expect(post(request)).toBe(status);
    expect(store.size).toBe(0);
  });

  test('the secret before a rotation is taken until its time is up, and without a time not at all', () => {
    const overlap = { previous_hmac_secret: 'old', previous_hmac_until: start / 1000 + 10 };
    const { post, move } = bench(overlap);
    expect(post(signed(token, { secret: 'old' }))).toBe(200);
    expect(post(signed(token))).toBe(200);
    expect(post(signed(token, { secret: 'other' }))).toBe(401);
    move(10_000);
    expect(post(signed(token, { secret: 'old', at: start + 10_000 }))).toBe(401);
    expect(post(signed(token, { at: start + 10_000 }))).toBe(200);
    expect(bench({ previous_hmac_secret: 'old' }).post(signed(token, { secret: 'old' }))).toBe(401);
  });

  test('a charset after the content type is JSON still', () => {
    expect(bench().post({ ...signed(token), contentType: 'application/json; charset=utf-8' })).toBe(200);
  });

  test('429 counts signed requests only, and the next window starts anew', () => {
    const { post, move } = bench({ admin_rate_limit_requests: 2, admin_rate_limit_window_secs: 10 });
    for (let count = 0; count < 5; count += 1) expect(post(signed(token, { secret: 'other' }))).toBe(401);
    expect(post(signed(token))).toBe(200);
    expect(post(signed(token))).toBe(200);
    expect(post(signed(token))).toBe(429);
    move(10_000);
    expect(post(signed(token, { at: start + 10_000 }))).toBe(200);
  });

  test('a recorded request that is sent again does not keep the token alive', () => {
    const { post, store, move } = bench();
    const recorded = signed({ ...token, ttl_secs: 60 });
    expect(post(recorded)).toBe(200);
    move(50_000);
    expect(post(recorded)).toBe(200);
    move(10_001);
    expect(store.get('tok-1')).toBeUndefined();
  });

  test('the store is bounded, makes room for what has expired, and lets a held token be renewed', () => {
    const { post, store, move } = bench({ max_skew_secs: 600 }, 2);
    for (const name of ['a', 'b'])
      expect(post(signed({ token: name, key_authorization: 'x', ttl_secs: 5 }))).toBe(200);
    expect(post(signed({ token: 'c', key_authorization: 'x' }))).toBe(503);
    expect(post(signed({ token: 'a', key_authorization: 'y', ttl_secs: 6 }))).toBe(200);
    move(5_500);
    expect(post(signed({ token: 'c', key_authorization: 'x' }))).toBe(200);
    expect(store.size).toBe(2);
  });

  test('whatever is sent, the answer is one of the contract’s and nothing unsigned is kept', () => {
    fc.assert(
      fc.property(
        fc.record({
          contentType: fc.option(fc.oneof(fc.constant('application/json'), fc.string()), { nil: undefined }),
          timestamp: fc.option(fc.oneof(fc.constant(String(start / 1000)), fc.string()), { nil: undefined }),
          signature: fc.option(fc.oneof(fc.base64String(), fc.string()), { nil: undefined }),
          body: fc.oneof(
            fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
            fc.json().map((text) => Buffer.from(text)),
            fc
              .record({ token: fc.string(), key_authorization: fc.string(), ttl_secs: fc.anything() })
              .map((value) => Buffer.from(JSON.stringify(value) ?? '')),
          ),
        }),
        (request) => {
          const { post, store } = bench();
          expect([400, 401, 415]).toContain(post(request));
          expect(store.size).toBe(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('no other signature matches', () => {
    const parts = { timestamp: '1', token: 't', keyAuthorization: 'k', ttlSecs: 1 };
    const right = sign(secret, parts);
    expect(signatureMatches(secret, parts, right)).toBe(true);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.string().map((tail) => `${right}${tail}`),
        ),
        (sent) => {
          expect(signatureMatches(secret, parts, sent)).toBe(sent === right);
        },
      ),
    );
  });
});
