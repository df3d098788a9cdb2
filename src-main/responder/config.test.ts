import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { readResponderConfig } from './config.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'responder-config-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function read(text: string, environment: Record<string, string> = {}) {
  const path = join(directory, 'responder.toml');
  await writeFile(path, text);
  return readResponderConfig(path, environment);
}

describe('responder.toml', () => {
  test('has the contract’s defaults', async () => {
    expect(await read('hmac_secret = "s"\n')).toEqual({
      listen_addr: '0.0.0.0:80',
      admin_addr: '0.0.0.0:8080',
      hmac_secret: 's',
      token_ttl_secs: 300,
      max_token_ttl_secs: 900,
      cleanup_interval_secs: 30,
      max_skew_secs: 60,
      admin_body_limit_bytes: 8192,
      admin_rate_limit_requests: 300,
      admin_rate_limit_window_secs: 60,
    });
  });

  test('the environment wins over the file; unknown keys are nobody’s business', async () => {
    const config = await read('hmac_secret = "s"\nmax_skew_secs = 5\nsomething_new = true\n', {
      BOOTROOT_RESPONDER__MAX_SKEW_SECS: '7',
      BOOTROOT_RESPONDER__LISTEN_ADDR: '127.0.0.1:5002',
      UNRELATED: 'x',
    });
    expect(config).toMatchObject({ max_skew_secs: 7, listen_addr: '127.0.0.1:5002' });
  });

  test('TLS paths come together and count from the file', async () => {
    const config = await read('hmac_secret = "s"\ntls_cert_path = "tls/a.crt"\ntls_key_path = "/b.key"\n');
    expect(config.tls_cert_path).toBe(join(directory, 'tls/a.crt'));
    expect(config.tls_key_path).toBe('/b.key');
  });

  test.each([
    ['hmac_secret', 'listen_addr = "0.0.0.0:80"\n'],
    ['hmac_secret', 'hmac_secret = ""\n'],
    ['listen_addr', 'hmac_secret = "s"\nlisten_addr = "nonsense"\n'],
    ['token_ttl_secs', 'hmac_secret = "s"\ntoken_ttl_secs = 0\n'],
    ['max_skew_secs', 'hmac_secret = "s"\nmax_skew_secs = "many"\n'],
    ['tls_cert_path', 'hmac_secret = "s"\ntls_cert_path = "a"\n'],
  ])('names the field %s that is wrong', async (field, text) => {
    const error: unknown = await read(text).catch((caught: unknown) => caught);
    expect(isConsoleError(error, 'responder_config')).toBe(true);
    expect(isConsoleError(error) && error.data.params['field']).toBe(field);
  });

  test('a broken file is an error that does not repeat the secret in it', async () => {
    const error: unknown = await read('hmac_secret = "MARKED-SECRET\n').catch((caught: unknown) => caught);
    expect(isConsoleError(error, 'responder_config')).toBe(true);
    expect(JSON.stringify(isConsoleError(error) && error.data)).not.toContain('MARKED');
    expect(String(error)).not.toContain('MARKED');
  });

  test('any text is a configuration or an error of one kind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `hmac_secret = "s"\n${text}`),
        ),
        async (text) => {
          const result: unknown = await read(text).catch((caught: unknown) => caught);
          if (result instanceof Error) expect(isConsoleError(result, 'responder_config')).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
