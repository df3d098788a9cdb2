import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import { toErrorData } from './error-data.ts';
import { redactDeep, redactText } from './redact.ts';

const planted = 'Pl4nted-Secret_Value9';

describe('a text', () => {
  test.each([
    [
      'URL',
      `postgresql://stepca:${planted}@127.0.0.1:5433/stepca`,
      'postgresql://stepca:••••@127.0.0.1:5433/stepca',
    ],
    ['URL, @ in the password', `https://u:a@${planted}@host/p`, 'https://u:••••@host/p'],
    ['URL without a user', `redis://:${planted}@host`, 'redis://:••••@host'],
    ['service token', `token hvs.${planted}${planted} refused`, 'token •••• refused'],
    ['batch token', `hvb.${planted}`, '••••'],
    ['older token', `s.${planted}`, '••••'],
    ['header', `Authorization: Bearer ${planted}`, 'Authorization: Bearer ••••'],
    ['assignment', `password=${planted} next`, 'password=•••• next'],
    ['slash in the password', `postgresql://u:a/${planted}@db:5432/x`, 'postgresql://u:••••@db:5432/x'],
    ['quoted with spaces', `password: "two ${planted}" next`, 'password: "••••" next'],
    ['own header', `X-Vault-Token: ${planted}`, 'X-Vault-Token: ••••'],
    ['token in JSON', `{"clientToken":"${planted}"}`, '{"clientToken":"••••"}'],
    ['token in a query', `?token=${planted} next`, '?token=•••• next'],
    ['key share', `unseal_key=${planted}`, 'unseal_key=••••'],
    ['JSON', `{"secret_id":"${planted}","x":1}`, '{"secret_id":"••••","x":1}'],
    ['age key', `AGE-SECRET-KEY-1${'Q'.repeat(58)}`, '••••'],
  ])('%s', (_name, text, redacted) => {
    expect(redactText(text)).toBe(redacted);
    expect(redactText(redacted)).toBe(redacted);
  });

  test('a PEM key, whole or cut off, alone or between others', () => {
    const key = (label: string) => `-----BEGIN ${label}-----\n${planted}\n${planted}\n-----END ${label}-----`;
    for (const label of ['PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'OPENSSH PRIVATE KEY'])
      expect(redactText(`a ${key(label)} b ${key(label)} c`)).toBe('a •••• b •••• c');
    expect(redactText(key('PRIVATE KEY').slice(0, 50))).toBe('••••');
    const certificate = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----';
    expect(redactText(certificate)).toBe(certificate);
  });

  test('what is no secret stays', () => {
    const plain = [
      'https://ca.example:9000/acme/acme/directory',
      '001.edge-proxy.edge-node-01.trusted.domain',
      'postgresql://127.0.0.1:5433/stepca',
      'secrets/services/web/secret_id',
      'a@b.example at 10:30',
      'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      'The password does not open this file.',
      'failed to create token: permission denied',
      'token_ttl=3600',
      'https://ca.example:9000/acme/x@y',
    ];
    for (const text of plain) expect(redactText(text)).toBe(text);
  });
});

describe('a value', () => {
  test('is masked by the name of its key, however deep and in whatever spelling', () => {
    const names = [
      'password',
      'rootToken',
      'root_token',
      'client-token',
      'hmac',
      'http_responder_hmac',
      'HMAC_SECRET',
      'hmacSecret',
      'unsealKeys',
      'unseal_keys',
      'shares',
      'secretId',
      'SECRET_ID',
      'privateKey',
      'dsn',
      'Authorization',
      'passphrase',
      'X-Vault-Token',
    ];
    for (const name of names)
      for (const value of [planted, [planted, planted], { inner: { deeper: planted } }])
        expect([name, JSON.stringify(redactDeep({ list: [{ [name]: value }] })).includes(planted)]).toEqual([
          name,
          false,
        ]);
  });

  test('keeps names of files, counts, flags and fingerprints', () => {
    const plain = {
      secret_id_path: 'secrets/services/web/secret_id',
      tokenTtl: 3600,
      shares: 3,
      token: null,
      password: true,
      accessor: 'abc',
      fingerprint: 'ab12',
      tokens: undefined,
    };
    expect(redactDeep(plain)).toEqual(plain);
  });

  test('does not change what it was given', () => {
    const value = { password: planted, list: [`Bearer ${planted}`] };
    redactDeep(value);
    expect(value).toEqual({ password: planted, list: [`Bearer ${planted}`] });
  });

  test('a marked secret never comes through, whatever stands around it', () => {
    const wrap = fc.constantFrom(
      (secret: string) => `x://u:${secret}@h`,
      (secret: string) => `Bearer ${secret}`,
      (secret: string) => `-----BEGIN PRIVATE KEY-----\n${secret}`,
      (secret: string) => `password: "${secret}"`,
    );
    const around = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '"', '/', ':', '@', '-', '•', '가') });
    fc.assert(
      fc.property(wrap, around, around, (form, before, after) => {
        expect(redactText(`${before} ${form(planted)} ${after}`)).not.toContain(planted);
      }),
    );
  });
});

describe('an error', () => {
  test('of the console keeps code and parameters, without secrets', () => {
    const error = new ConsoleError(
      'disk_full',
      { path: `://u:${planted}@h`, token: planted, shares: 3 },
      { detail: `password=${planted}` },
    );
    const data = toErrorData(error);
    expect(data).toMatchObject({
      code: 'disk_full',
      params: { shares: 3 },
      changed: { key: 'error.changed.nothing' },
    });
    expect(JSON.stringify(data)).not.toContain(planted);
  });

  test('of anything else is internal and says that nothing is certain', () => {
    for (const thrown of [
      new TypeError(`Bearer ${planted}`),
      `Bearer ${planted}`,
      { password: planted },
      undefined,
    ]) {
      const data = toErrorData(thrown);
      expect([data.code, data.changed.key]).toEqual(['internal', 'error.changed.unknown']);
      expect(JSON.stringify(data)).not.toContain(planted);
    }
    expect(toErrorData(new TypeError('boom')).detail).toBe('TypeError: boom');
    const aborted = Object.assign(new Error('x'), { name: 'AbortError' });
    expect(toErrorData(aborted).code).toBe('cancelled');
  });

  test('with a long detail is cut', () => {
    expect(toErrorData(new Error('x'.repeat(10_000))).detail?.length).toBe(4000);
  });
});
