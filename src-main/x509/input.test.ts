import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { createPublicKey, createHash } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectionSchema } from '../../shared/contract/certificates.ts';
import { isConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { readInput, type ParsedInput } from './input.ts';
import { asn1OfItem, inspectBytes, readCertificateFile } from './inspection.ts';
import { decryptKey } from './keys.ts';
import { revokedEntries } from './revocation-list.ts';
import { caExtensions, leafExtensions, OpenSsl, processorTime } from './testing.ts';

const ssl = new OpenSsl();
afterAll(() => ssl.close());
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const join = (...names: string[]): Uint8Array =>
  new Uint8Array(Buffer.concat(names.map((name) => Buffer.from(ssl.read(name)))));
const kinds = ({ items }: ParsedInput): string[] => items.map(({ kind }) => kind);
const code = async (
  action: Promise<unknown>,
): Promise<[ErrorCode, Record<string, string | number>] | 'accepted'> => {
  try {
    await action;
    return 'accepted';
  } catch (error) {
    if (isConsoleError(error)) return [error.code, error.data.params];
    throw error;
  }
};
const spkiSha256 = (name: string): string =>
  createHash('sha256')
    .update(createPublicKey(Buffer.from(ssl.read(name))).export({ type: 'spki', format: 'der' }))
    .digest('hex');

beforeAll(() => {
  ssl.certificate('root', { extensions: caExtensions });
  ssl.certificate('leaf', { extensions: leafExtensions('DNS:leaf.example'), issuer: 'root' });
  ssl.certificate('rsa', {
    key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    extensions: leafExtensions('DNS:rsa.example'),
    issuer: 'root',
  });
  ssl.der('root');
  ssl.der('leaf');
  const pfx = [
    'pkcs12',
    '-export',
    '-in',
    'leaf.crt',
    '-inkey',
    'leaf.key',
    '-certfile',
    'root.crt',
    '-name',
    'leaf',
  ];
  ssl.must(...pfx, '-passout', 'pass:päss 암호', '-out', 'modern.p12');
  ssl.must(...pfx, '-passout', 'pass:secret', '-legacy', '-out', 'legacy.p12');
  ssl.must(
    ...pfx,
    '-passout',
    'pass:secret',
    '-certpbe',
    'PBE-SHA1-3DES',
    '-keypbe',
    'PBE-SHA1-3DES',
    '-macalg',
    'sha1',
    '-out',
    '3des.p12',
  );
  ssl.must(
    ...pfx,
    '-passout',
    'pass:secret',
    '-legacy',
    '-certpbe',
    'PBE-SHA1-RC2-128',
    '-keypbe',
    'PBE-SHA1-RC2-128',
    '-out',
    'rc2.p12',
  );
  ssl.must(...pfx, '-passout', 'pass:secret', '-legacy', '-certpbe', 'PBE-SHA1-RC4-128', '-out', 'rc4.p12');
  ssl.must(...pfx, '-passout', 'pass:', '-out', 'empty.p12');
  ssl.must(...pfx, '-passout', 'pass:secret', '-nomac', '-out', 'nomac.p12');
  ssl.must(...pfx, '-passout', 'pass:secret', '-macalg', 'sha512', '-iter', '1000', '-out', 'sha512.p12');
  ssl.must(...pfx, '-passout', 'pass:secret', '-iter', '5000000', '-nomaciter', '-out', 'costly.p12');
  ssl.must('crl2pkcs7', '-nocrl', '-certfile', 'leaf.crt', '-certfile', 'root.crt', '-out', 'both.p7b');
  ssl.must(
    'crl2pkcs7',
    '-nocrl',
    '-certfile',
    'leaf.crt',
    '-certfile',
    'root.crt',
    '-outform',
    'DER',
    '-out',
    'both.p7c',
  );
  ssl.must('ec', '-in', 'leaf.key', '-out', 'sec1.key');
  ssl.must('ec', '-in', 'leaf.key', '-outform', 'DER', '-out', 'sec1.der');
  ssl.must('rsa', '-in', 'rsa.key', '-traditional', '-out', 'pkcs1.key');
  ssl.must('rsa', '-in', 'rsa.key', '-traditional', '-outform', 'DER', '-out', 'pkcs1.der');
  ssl.must('ec', '-in', 'leaf.key', '-aes256', '-passout', 'pass:secret', '-out', 'procType.key');
  for (const [name, options] of [
    ['aes256', ['-v2', 'aes-256-cbc']],
    ['aes128', ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA1']],
    ['des3', ['-v1', 'PBE-SHA1-3DES']],
    ['scrypt', ['-scrypt']],
  ] as const) {
    ssl.must(
      'pkcs8',
      '-topk8',
      '-in',
      'leaf.key',
      ...options,
      '-passout',
      'pass:secret',
      '-out',
      `${name}.key`,
    );
  }
  ssl.must(
    'pkcs8',
    '-topk8',
    '-in',
    'leaf.key',
    '-outform',
    'DER',
    '-passout',
    'pass:secret',
    '-out',
    'encrypted.der',
  );
  ssl.must('pkey', '-in', 'leaf.key', '-pubout', '-out', 'public.pem');
  ssl.must('req', '-in', 'leaf.csr', '-outform', 'DER', '-out', 'leaf.csr.der');
}, 60_000);

describe('what a file is', () => {
  test.each([
    ['leaf.crt', 'pem', ['certificate']],
    ['leaf.der', 'der', ['certificate']],
    ['leaf.csr', 'pem', ['request']],
    ['leaf.csr.der', 'der', ['request']],
    ['leaf.key', 'pem', ['privateKey']],
    ['sec1.key', 'pem', ['privateKey']],
    ['sec1.der', 'der', ['privateKey']],
    ['pkcs1.key', 'pem', ['privateKey']],
    ['pkcs1.der', 'der', ['privateKey']],
    ['encrypted.der', 'der', ['privateKey']],
    ['public.pem', 'pem', ['other']],
    ['both.p7b', 'pkcs7', ['certificate', 'certificate']],
    ['both.p7c', 'pkcs7', ['certificate', 'certificate']],
  ])('%s', async (name, container, expected) => {
    const input = await readInput(ssl.read(name));
    expect(input.container).toBe(container);
    expect(kinds(input)).toEqual(expected);
  });

  test('a bundle with text between, carriage returns, a byte order mark', async () => {
    const pem = `\ufeffsubject=whatever\r\n${Buffer.from(join('leaf.crt', 'root.crt')).toString().replace(/\n/g, '\r\n')}trailing`;
    const input = await readInput(text(pem));
    expect(kinds(input)).toEqual(['certificate', 'certificate']);
    expect(input.junk).toBeGreaterThan(20);
  });

  test('UTF-16 text, bare base64 and certificates one behind the other', async () => {
    const utf16 = new Uint8Array(
      Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from(Buffer.from(ssl.read('leaf.crt')).toString(), 'utf16le'),
      ]),
    );
    expect(kinds(await readInput(utf16))).toEqual(['certificate']);
    expect(kinds(await readInput(text(Buffer.from(ssl.read('leaf.der')).toString('base64'))))).toEqual([
      'certificate',
    ]);
    expect(kinds(await readInput(join('leaf.der', 'root.der')))).toEqual(['certificate', 'certificate']);
  });

  test('the same certificate a thousand times is one, counted', async () => {
    const pem = Buffer.from(ssl.read('leaf.crt')).toString().repeat(1000);
    const inspection = await inspectBytes(text(pem), { name: 'many.pem', now: Date.now(), trust: [] });
    expect(inspection).toMatchObject({
      total: 1000,
      certificates: [{ copies: 1000 }],
      entries: [{ copies: 1000 }],
    });
    expect(inspection.problems.map((problem) => problem.code)).toEqual(['duplicates']);
  });
});

describe('private keys are named by type and match', () => {
  test.each([
    ['leaf.key', undefined, 'leaf.key', 'EC P-256'],
    ['sec1.key', undefined, 'leaf.key', 'EC P-256'],
    ['pkcs1.key', undefined, 'rsa.key', 'RSA 2048'],
    ['pkcs1.der', undefined, 'rsa.key', 'RSA 2048'],
    ['procType.key', 'secret', 'leaf.key', 'EC P-256'],
    ['aes256.key', 'secret', 'leaf.key', 'EC P-256'],
    ['aes128.key', 'secret', 'leaf.key', 'EC P-256'],
    ['des3.key', 'secret', 'leaf.key', 'EC P-256'],
    ['encrypted.der', 'secret', 'leaf.key', 'EC P-256'],
  ])('%s', async (name, password, original, label) => {
    const options = { name, now: Date.now(), trust: [] };
    const inspection = await inspectBytes(
      ssl.read(name),
      password === undefined ? options : { ...options, password },
    );
    expect(inspection.privateKeys).toMatchObject([
      { opened: true, encrypted: password !== undefined, spkiSha256: spkiSha256(original), key: { label } },
    ]);
    // Nothing of the key itself: neither its DER, nor its number, in any encoding.
    const key = decryptKey(Buffer.from(ssl.read(original)).toString(), '');
    const jwk = key.export({ format: 'jwk' });
    const secret = Buffer.from(jwk.d ?? '', 'base64url');
    const shown = JSON.stringify(inspection);
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(shown).not.toContain(secret.toString(encoding));
    expect(shown).not.toContain('PRIVATE KEY');
    if (password === undefined) return;
    const closed = await inspectBytes(ssl.read(name), options);
    expect(closed).toMatchObject({ password: 'needed', privateKeys: [{ opened: false, encrypted: true }] });
    expect(await code(inspectBytes(ssl.read(name), { ...options, password: 'wrong' }))).toEqual([
      'certificate_password_wrong',
      {},
    ]);
  });

  test('the raw bytes of a key are refused, those of its certificate are not', async () => {
    const both = join('leaf.crt', 'leaf.key');
    expect((await asn1OfItem(both, 0, 0)).nodes[0]?.tag).toBe('SEQUENCE');
    expect(await code(asn1OfItem(both, 1, 0))).toEqual(['certificate_item_secret', {}]);
    expect(await code(asn1OfItem(both, 2, 0))).toEqual(['certificate_item_missing', { item: 2 }]);
  });

  test('scrypt is named as what is not read', async () => {
    expect(await code(readInput(ssl.read('scrypt.key'), 'secret'))).toEqual([
      'certificate_encryption_unsupported',
      { algorithm: 'scrypt' },
    ]);
  });

  test('a key of another certificate is said to be one', async () => {
    const view = await inspectBytes(join('leaf.crt', 'rsa.key'), { name: 'x', now: Date.now(), trust: [] });
    expect(view.certificates[0]?.problems).toContainEqual(
      expect.objectContaining({ code: 'key_mismatch', field: 'key' }),
    );
    expect(view.problems.map((problem) => problem.code)).toContain('key_without_certificate');
    const own = await inspectBytes(join('leaf.crt', 'leaf.key'), { name: 'x', now: Date.now(), trust: [] });
    expect(own.certificates[0]?.problems.map((problem) => problem.code)).not.toContain('key_mismatch');
    expect(own.privateKeys[0]?.matches).toEqual([own.certificates[0]?.fingerprints.sha256]);
  });
});

describe('PKCS#12', () => {
  test.each([
    ['modern.p12', 'päss 암호'],
    ['legacy.p12', 'secret'],
    ['3des.p12', 'secret'],
    ['rc2.p12', 'secret'],
    ['sha512.p12', 'secret'],
    ['nomac.p12', 'secret'],
  ])('%s opens with its password only', async (name, password) => {
    const bytes = ssl.read(name);
    const input = await readInput(bytes, password);
    expect(kinds(input)).toEqual(expect.arrayContaining(['certificate', 'certificate', 'privateKey']));
    expect(input).toMatchObject({ container: 'pkcs12', password: 'used', total: 2 });
    expect(input.items.find(({ kind }) => kind === 'privateKey')).toMatchObject({
      key: { opened: true, spkiSha256: spkiSha256('leaf.key') },
    });
    expect(await readInput(bytes)).toMatchObject({ password: 'needed', items: [] });
    expect(await code(readInput(bytes, `${password}x`))).toEqual(['certificate_password_wrong', {}]);
  });

  test('an empty password is not asked for', async () => {
    expect(await readInput(ssl.read('empty.p12'))).toMatchObject({ password: 'not_needed', total: 2 });
  });

  test('RC4 and absurd round counts are refused by name', async () => {
    expect(await code(readInput(ssl.read('rc4.p12'), 'secret'))).toEqual([
      'certificate_encryption_unsupported',
      { algorithm: 'pbeWithSHAAnd128BitRC4' },
    ]);
    expect(await code(readInput(ssl.read('costly.p12'), 'secret'))).toEqual([
      'certificate_encryption_costly',
      { iterations: 5_000_000, limit: 2_000_000 },
    ]);
  });
});

describe('damage', () => {
  test('a truncated PEM names block and offset', async () => {
    const whole = ssl.read('leaf.crt');
    expect(await code(readInput(whole.subarray(0, 300)))).toEqual(['pem_truncated', { block: 1, offset: 0 }]);
    const second = join('leaf.crt', 'root.crt').subarray(0, whole.length + 100);
    const input = await readInput(second);
    expect(kinds(input)).toEqual(['certificate']);
    expect(input.faults.map(({ data }) => [data.code, data.params])).toEqual([
      ['pem_truncated', { block: 2, offset: whole.length }],
    ]);
    const view = await inspectBytes(second, { name: 'x', now: Date.now(), trust: [] });
    expect(view.problems).toContainEqual(
      expect.objectContaining({ code: 'pem_truncated', severity: 'error' }),
    );
  });

  test('a block without its END line does not swallow the next one', async () => {
    const broken =
      Buffer.from(ssl.read('leaf.crt'))
        .toString()
        .replace(/-----END.*/, '') + Buffer.from(ssl.read('root.crt')).toString();
    const input = await readInput(text(broken));
    expect(kinds(input)).toEqual(['certificate']);
    expect(input.faults.map((fault) => fault.code)).toEqual(['pem_truncated']);
  });

  test('bad base64, damaged DER, absurd lengths', async () => {
    const pem = Buffer.from(ssl.read('leaf.crt')).toString();
    expect(await code(readInput(text(pem.replace(/\nMII/, '\nM*I'))))).toEqual([
      'pem_undecodable',
      { block: 1, offset: 0 },
    ]);
    expect(await code(readInput(text(pem.replace(/\nMII/, '\nMIP'))))).toMatchObject([
      'pem_block_malformed',
      { block: 1, position: 0 },
    ]);
    expect(await code(readInput(new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1, 2])))).toEqual([
      'der_malformed',
      { offset: 0 },
    ]);
    expect(await code(readInput(new Uint8Array([0x30, 0x80, 1, 2, 0, 0])))).toEqual([
      'der_malformed',
      { offset: 1 },
    ]);
  });

  test.each([
    ['nothing', new Uint8Array(), 'certificate_input_empty'],
    ['a picture', text('\u0089PNG\r\n'), 'certificate_input_unrecognised'],
    ['some DER', new Uint8Array([0x30, 3, 2, 1, 5]), 'certificate_input_unrecognised'],
    ['a text', text('hello'), 'certificate_input_unrecognised'],
    ['11 MB', new Uint8Array(11 * 1024 * 1024), 'certificate_input_too_large'],
  ])('%s', async (_name, bytes, expected) => {
    expect((await code(readInput(bytes)))[0]).toBe(expected);
  });

  test('a file of 100 MB is refused before it is read', async () => {
    const path = ssl.path('huge.pem');
    writeFileSync(path, '');
    truncateSync(path, 100 * 1024 * 1024);
    const started = Date.now();
    expect(await code(readCertificateFile(path))).toEqual([
      'certificate_input_too_large',
      { bytes: 104_857_600, limit: 10_485_760 },
    ]);
    expect(Date.now() - started).toBeLessThan(20_000);
    execFileSync('mkfifo', [ssl.path('pipe')]);
    expect((await code(readCertificateFile(ssl.path('pipe'))))[0]).toBe('certificate_file_unreadable');
    expect((await code(readCertificateFile(ssl.directory)))[0]).toBe('certificate_file_unreadable');
    expect(await code(readCertificateFile(ssl.path('none')))).toEqual([
      'certificate_file_unreadable',
      { path: ssl.path('none'), reason: 'ENOENT' },
    ]);
  });
});

test('a CRL of 20,000 entries', async () => {
  const stamp = '261123000000Z';
  const lines = Array.from({ length: 20_000 }, (_, index) => {
    const reason = index % 3 === 0 ? ',keyCompromise' : '';
    return `R\t361123000000Z\t${stamp}${reason}\t${(index + 4096).toString(16).toUpperCase()}\tunknown\t/CN=x${index}`;
  });
  ssl.write('index.txt', lines.join('\n') + '\n');
  ssl.write('crlnumber', '2A\n');
  ssl.write(
    'ca.cnf',
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=30\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n',
  );
  ssl.must(
    'ca',
    '-config',
    'ca.cnf',
    '-gencrl',
    '-cert',
    'root.crt',
    '-keyfile',
    'root.key',
    '-out',
    'root.crl',
  );
  const started = Date.now();
  const view = await inspectBytes(join('root.crl', 'root.crt'), {
    name: 'root.crl',
    now: Date.now(),
    trust: [],
  });
  expect(Date.now() - started).toBeLessThan(25_000);
  expect(view.crls).toMatchObject([{ revoked: 20_000, number: '2a', signature: 'valid', problems: [] }]);
  expect(view.crls[0]?.entries).toHaveLength(1000);
  expect(view.crls[0]?.entries[0]).toEqual({
    serial: '1000',
    at: Date.UTC(2026, 10, 23),
    reason: { key: 'certificates.reason.keyCompromise' },
  });
  const item = (await readInput(ssl.read('root.crl'))).items[0];
  if (item?.kind !== 'crl') throw new Error('no CRL');
  const serials = Array.from(revokedEntries(item.crl), ({ serial }) => serial);
  expect(serials).toHaveLength(20_000);
  expect(serials[19_999]).toBe((19_999 + 4096).toString(16));
});

test('thousands of names are counted, thousands of purposes are refused', async () => {
  const names = Array.from({ length: 3000 }, (_, index) => `DNS:host${index}.example`).join(',');
  const purposes = Array.from({ length: 3000 }, (_, index) => `1.2.3.${index}`).join(',');
  ssl.certificate('many', { extensions: [`subjectAltName=${names}`, `extendedKeyUsage=${purposes}`] });
  const inspection = await inspectBytes(ssl.read('many.crt'), { name: 'x', now: Date.now(), trust: [] });
  const [view] = inspection.certificates;
  expect(view?.names).toHaveLength(500);
  expect(view?.moreNames).toBe(2500);
  expect(view?.problems).toContainEqual(
    expect.objectContaining({ code: 'extension_unreadable', field: 'extension:2.5.29.37' }),
  );
  expect(inspectionSchema.parse(inspection)).toEqual(inspection);
});

describe('hostile input', () => {
  const options = { name: 'x', now: Date.now(), trust: [] };
  /** Answers a view or a ConsoleError, within a second. */
  const survive = async (bytes: Uint8Array, password?: string): Promise<void> => {
    const started = process.cpuUsage();
    try {
      await inspectBytes(bytes, password === undefined ? options : { ...options, password });
    } catch (error) {
      if (!isConsoleError(error)) throw error;
    }
    if (processorTime(started) > 1000) throw new Error('took more than a second');
  };
  /** A few bytes of a real file replaced, removed or doubled. */
  const mutated = (names: string[]) =>
    fc
      .tuple(
        fc.constantFrom(...names),
        fc.array(
          fc.record({ at: fc.nat(), value: fc.nat(255), action: fc.constantFrom('set', 'cut', 'double') }),
          { minLength: 1, maxLength: 5 },
        ),
      )
      .map(([name, changes]) => {
        let bytes = Buffer.from(ssl.read(name));
        for (const { at, value, action } of changes) {
          const position = at % bytes.length;
          if (action === 'set') bytes[position] = value;
          else if (action === 'cut') bytes = bytes.subarray(0, Math.max(1, position));
          else bytes = Buffer.concat([bytes.subarray(0, position), bytes.subarray(Math.floor(position / 2))]);
        }
        return new Uint8Array(bytes);
      });

  test('random bytes and random text', async () => {
    const begin = fc
      .uint8Array({ maxLength: 400 })
      .map((rest) => new Uint8Array([0x30, 0x82, rest.length >> 8, rest.length & 255, ...rest]));
    const pem = fc
      .tuple(
        fc.constantFrom(
          'CERTIFICATE',
          'X509 CRL',
          'PKCS7',
          'PKCS12',
          'PRIVATE KEY',
          'RSA PRIVATE KEY',
          'OPENSSH PRIVATE KEY',
          'x',
        ),
        fc.uint8Array({ maxLength: 200 }),
      )
      .map(([label, body]) =>
        text(`-----BEGIN ${label}-----\n${Buffer.from(body).toString('base64')}\n-----END ${label}-----\n`),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array({ maxLength: 500 }), begin, pem, fc.string().map(text)),
        (bytes) => survive(bytes),
      ),
      { numRuns: 1500 },
    );
  });

  test('real files with bytes changed, cut and doubled', async () => {
    ssl.must('x509', '-in', 'rsa.crt', '-outform', 'DER', '-out', 'rsa.der');
    const names = [
      'leaf.der',
      'rsa.der',
      'leaf.crt',
      'leaf.csr.der',
      'both.p7c',
      'sec1.der',
      'pkcs1.der',
      'leaf.key',
    ];
    await fc.assert(
      fc.asyncProperty(mutated(names), (bytes) => survive(bytes)),
      { numRuns: 1500 },
    );
  }, 60_000);

  test('containers with a password', async () => {
    const names = ['modern.p12', 'legacy.p12', '3des.p12', 'encrypted.der', 'aes256.key', 'procType.key'];
    await fc.assert(
      fc.asyncProperty(mutated(names), (bytes) => survive(bytes, 'secret')),
      { numRuns: 400 },
    );
  }, 60_000);
});
