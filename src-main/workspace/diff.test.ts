import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './diff.ts';
import { maskOf, maskSecrets } from './masking.ts';

describe('unifiedDiff', () => {
  it('shows a change with its context', () => {
    const before = Array.from({ length: 12 }, (_, index) => `l${String(index)}\n`).join('');
    expect(unifiedDiff(before, before.replace('l6\n', 'new\n'), { path: 'a.toml', context: 2 })).toBe(
      '--- a.toml\n+++ a.toml\n@@ -5,5 +5,5 @@\n l4\n l5\n-l6\n+new\n l7\n l8\n',
    );
    expect(unifiedDiff(before, before, { path: 'a' })).toBe('');
    expect(unifiedDiff(undefined, 'x\n', { path: 'a' })).toBe('--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n');
    expect(unifiedDiff('x', undefined, { path: 'a' })).toContain(
      '+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline',
    );
  });

  it('shows a changed secret as two fingerprints', () => {
    const diff = unifiedDiff('k = 1\nhmac_secret = "old-secret"\n', 'k = 1\nhmac_secret = "new-secret"\n', {
      path: 'a',
    });
    expect(diff).toContain(
      `-hmac_secret = "${maskOf('old-secret')}"\n+hmac_secret = "${maskOf('new-secret')}"`,
    );
    expect(diff).not.toMatch(/old-secret|new-secret/);
  });

  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '한')).map((lines) => lines.join('\n'));
  property.prop([text, text, fc.boolean(), fc.boolean()], { numRuns: 60 })(
    'is what patch understands',
    (a, b, x, y) => {
      const before = x ? `${a}\n` : a;
      const after = y ? `${b}\n` : b;
      const diff = unifiedDiff(before, after, { path: 'file' });
      const directory = mkdtempSync(join(tmpdir(), 'console-diff-'));
      try {
        writeFileSync(join(directory, 'file'), before);
        if (diff !== '') execFileSync('patch', ['-s', '-p0', 'file'], { cwd: directory, input: diff });
        expect(readFileSync(join(directory, 'file'), 'utf8')).toBe(after);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );

  it('stays quick on large files', () => {
    const lines = (seed: number): string =>
      Array.from({ length: 30_000 }, (_, index) => `${String(index * seed)}\n`).join('');
    const started = Date.now();
    expect(unifiedDiff(lines(3), lines(7), { path: 'a' }).length).toBeGreaterThan(100_000);
    expect(Date.now() - started).toBeLessThan(30_000);
  });
});

describe('maskSecrets', () => {
  it.each([
    ['http_responder_hmac = "s3cret-value"', 's3cret-value'],
    ['  "secret_id": "s3cret-value",', 's3cret-value'],
    ["hmac = 's3cret-value'", 's3cret-value'],
    ['POSTGRES_PASSWORD=s3cret-value', 's3cret-value'],
    ['GRAFANA_ADMIN_PASSWORD: s3cret-value', 's3cret-value'],
    ['"dataSource": "postgresql://step:s3cret-value@h:5432/d?sslmode=disable"', 's3cret-value'],
    ['dsn = "host=h password=s3cret-value user=u"', 's3cret-value'],
    ['postgresql://step:s3cret@v/alue@h/d', 's3cret'],
    ['-----BEGIN EC PRIVATE KEY-----\ns3cret\nvalue\n-----END EC PRIVATE KEY-----\n', 's3cret'],
    ['"key": "-----BEGIN PRIVATE KEY-----\\ns3cret\\n-----END PRIVATE KEY-----"', 's3cret'],
    ['-----BEGIN PRIVATE KEY-----\ns3cret', 's3cret'],
    ['eab = { kid = "k", hmac = "s3cret-value" }', 's3cret-value'],
  ])('hides what is secret by its place: %j', (text, secret) => {
    expect(maskSecrets(text)).not.toContain(secret);
    expect(maskSecrets(text)).toMatch(/•••• sha256:[0-9a-f]{8}/);
  });

  it.each([
    'secret_id_path = "/srv/secret_id"',
    '"secret_id": "pending"',
    'http_responder_token_ttl_secs = 300',
    'hmac_secret = "{{ with secret \\"x\\" }}{{ .Data.data.value }}{{ end }}"',
    'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}',
    'POSTGRES_PASSWORD=rotated-use-openbao',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'postgresql://step@h/d',
  ])('leaves what is none: %j', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  it('hides the secrets it is given in every form they stand in', () => {
    const secret = 'p"a/s s\\w+örd';
    const text = `${secret}\n${JSON.stringify({ a: secret })}\nx://u:${encodeURIComponent(secret)}@h`;
    const masked = maskSecrets(text, [secret]);
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
      expect(masked).not.toContain(form);
    expect(maskSecrets('pin 42, 1423', ['42'])).toBe(`pin ${maskOf('42')}, 1423`);
    expect(maskSecrets('text', ['', ' '])).toBe('text');
    expect(maskSecrets('long-secret long', ['long', 'long-secret'])).not.toContain('-secret');
  });

  property.prop(
    [fc.string({ minLength: 6 }).filter((secret) => secret.trim().length >= 6), fc.string(), fc.string()],
    {
      numRuns: 1000,
    },
  )('never lets a given secret through', (secret, before, after) => {
    fc.pre(!'•••• sha256:0123456789abcdef'.includes(secret));
    expect(maskSecrets(`${before}${secret}${after}`, [secret])).not.toContain(secret);
  });
});

it('leaves a table or a list that bears the name of a secret as it is, and masks the secret in it', () => {
  const text = '"secret_id": {\n  "started_at_unix": null\n},\n"token": [\n"secret_id": "s3cr3t-value"';
  expect(maskSecrets(text)).toBe(text.replace('s3cr3t-value', maskOf('s3cr3t-value')));
});
