import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { createCertificateReader, type CertificateReader } from './certificate-reader.ts';
import { caExtensions, OpenSsl } from './testing.ts';

const ssl = new OpenSsl();
let script: string;
let reader: CertificateReader;
const options = { name: 'x', now: Date.now(), trust: [] };

beforeAll(async () => {
  script = ssl.path('x509-worker.cjs');
  const entryPoints = ['src-main/x509/worker.ts'];
  await build({
    entryPoints,
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
  });
  reader = createCertificateReader({ script });
  ssl.certificate('root', { extensions: caExtensions });
  ssl.must(
    'pkcs12',
    '-export',
    '-in',
    'root.crt',
    '-inkey',
    'root.key',
    '-passout',
    'pass:secret',
    '-out',
    'root.p12',
  );
});
afterAll(async () => {
  await reader.close();
  ssl.close();
});

describe('the worker', () => {
  test('answers what this thread would, and this thread stays free meanwhile', async () => {
    const pem = Buffer.from(ssl.read('root.crt'));
    const large = new Uint8Array(Buffer.concat(Array.from({ length: 8000 }, () => pem)));
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    const view = await reader.inspect(large, options);
    clearInterval(ticking);
    expect(view).toMatchObject({ total: 8000, certificates: [{ copies: 8000 }] });
    expect(turns).toBeGreaterThan(5);
    expect((await reader.asn1(large, 0, 0)).nodes[0]?.tag).toBe('SEQUENCE');
  });

  test('its errors arrive whole', async () => {
    const wrong = reader.inspect(ssl.read('root.p12'), { ...options, password: 'wrong' });
    await expect(wrong).rejects.toSatisfy((error) => isConsoleError(error, 'certificate_password_wrong'));
    expect(await reader.inspect(ssl.read('root.p12'), { ...options, password: 'secret' })).toMatchObject({
      password: 'used',
      total: 1,
    });
    const large = reader.inspect(new Uint8Array(11 * 1024 * 1024), options);
    await expect(large).rejects.toSatisfy((error) => isConsoleError(error, 'certificate_input_too_large'));
  });

  test('many certificates at once', async () => {
    const der = ssl.der('root');
    const fields = await reader.fields(
      Array.from({ length: 1000 }, (_, index) => (index === 7 ? der.subarray(9) : der)),
    );
    expect(fields).toHaveLength(1000);
    expect(fields[7]).toMatchObject({ fault: { code: 'der_malformed' } });
    expect(fields[8]).toMatchObject({ fields: { commonName: 'root' } });
  });

  test('what takes too long is stopped, and the next job starts anew', async () => {
    const pem = Buffer.from(ssl.read('root.crt'));
    const large = new Uint8Array(Buffer.concat(Array.from({ length: 8000 }, () => pem)));
    const impatient = createCertificateReader({ script, timeout: 1 });
    await expect(impatient.inspect(large, options)).rejects.toSatisfy((error) =>
      isConsoleError(error, 'certificate_worker_slow'),
    );
    await impatient.close();
    const missing = createCertificateReader({ script: ssl.path('none.cjs') });
    await expect(missing.inspect(large, options)).rejects.toSatisfy((error) =>
      isConsoleError(error, 'certificate_worker_failed'),
    );
    await expect(missing.inspect(large, options)).rejects.toSatisfy((error) =>
      isConsoleError(error, 'certificate_worker_failed'),
    );
    await missing.close();
  });
});
