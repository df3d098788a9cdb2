import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { issueLeaf, makeHierarchy, makeIntermediate, openAuthority, type Authority } from './authority.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { decryptKey, encryptKey, exportKey, generateKey, keyTypes } from './keys.ts';
import { readRequest, requestSpki } from './request.ts';
import { writeRequest } from './request-writer.ts';

const hour = 3_600_000;
const year = 365 * 24 * hour;
const start = Math.floor(Date.now() / 1000) * 1000 - hour;
let directory: string;
const file = (name: string, text: string | Uint8Array): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const openssl = (...args: string[]): string => {
  const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return stdout + stderr;
};
const hierarchy = (keyType: (typeof keyTypes)[number], permittedNames: string[] = []) =>
  makeHierarchy({
    name: 'Bootroot "CA", 서울',
    keyType,
    notBefore: start,
    rootLifetime: 10 * year,
    intermediateLifetime: 5 * year,
    pathLength: 0,
    permittedNames,
  });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'x509-authority-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('makeHierarchy', () => {
  test.each(['ec-p256', 'ec-p384', 'rsa-2048', 'ed25519'] as const)(
    'a chain of %s passes openssl verify for server and client',
    async (keyType) => {
      const { root, intermediate } = await hierarchy(keyType);
      const key = await generateKey(keyType);
      const request = {
        key,
        names: ['001.edge.node.trusted.domain', '127.0.0.1', '::1'],
        notBefore: start,
        lifetime: 24 * hour,
      };
      const leaf = await issueLeaf({ ...request, purposes: ['server', 'client'] }, intermediate);
      const rootPath = file('root.pem', root.pem);
      const intermediatePath = file('intermediate.pem', intermediate.pem);
      const leafPath = file('leaf.pem', leaf.pem);
      for (const purpose of ['sslserver', 'sslclient']) {
        const args = [
          '-x509_strict',
          '-purpose',
          purpose,
          '-CAfile',
          rootPath,
          '-untrusted',
          intermediatePath,
          leafPath,
        ];
        expect(openssl('verify', ...args)).toContain('leaf.pem: OK');
      }
      const text = openssl(
        'x509',
        '-in',
        intermediatePath,
        '-noout',
        '-text',
        '-nameopt',
        'utf8,RFC2253,-esc_msb',
      );
      expect(text).toContain('CA:TRUE, pathlen:0');
      expect(text).toContain('X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign');
      const serial = readCertificateFields(intermediate.der).serial;
      expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
      expect(readCertificateFields(leaf.der).names?.map(({ value }) => value)).toEqual(request.names);
    },
  );

  test('a leaf outside the permitted names is refused by openssl', async () => {
    const { root, intermediate } = await hierarchy('ec-p256', ['trusted.domain', '10.0.0.0/8', 'fd00::/8']);
    const verify = async (names: string[]): Promise<string> => {
      const key = await generateKey('ec-p256');
      const leaf = await issueLeaf(
        { key, names, purposes: ['server'], notBefore: start, lifetime: 2 * hour },
        intermediate,
      );
      return openssl(
        'verify',
        '-CAfile',
        file('r.pem', root.pem),
        '-untrusted',
        file('i.pem', intermediate.pem),
        file('l.pem', leaf.pem),
      );
    };
    expect(await verify(['a.trusted.domain', '10.1.2.3', 'fd00::1'])).toContain('OK');
    expect(await verify(['a.other.domain'])).toContain('permitted subtree violation');
    expect(await verify(['11.1.2.3'])).toContain('permitted subtree violation');
    await expect(hierarchy('ec-p256', ['not a name'])).rejects.toSatisfy((error) =>
      isConsoleError(error, 'permitted_name_invalid'),
    );
  });

  test('no certificate outlives its issuer', async () => {
    const { intermediate } = await hierarchy('ec-p256');
    const key = await generateKey('ec-p256');
    const leaf = issueLeaf(
      { key, names: ['a'], purposes: ['server'], notBefore: start, lifetime: 6 * year },
      intermediate,
    );
    await expect(leaf).rejects.toSatisfy((error) => isConsoleError(error, 'certificate_outlives_issuer'));
  });

  test('a name longer than a common name may be goes into a critical alternative name alone', async () => {
    const { intermediate } = await hierarchy('ec-p256');
    const key = await generateKey('ec-p256');
    const name = `001.${'a'.repeat(60)}.node.trusted.domain`;
    const leaf = await issueLeaf(
      { key, names: [name], purposes: ['server'], notBefore: start, lifetime: 2 * hour },
      intermediate,
    );
    const fields = readCertificateFields(leaf.der);
    expect(fields.subject).toBe('');
    expect(fields.extensions.find(({ oid }) => oid === '2.5.29.17')?.critical).toBe(true);
  });

  test('an authority is opened from its files, and only with its own key', async () => {
    const { root, intermediate } = await hierarchy('ec-p256');
    const opened: Authority = openAuthority(
      intermediate.der,
      decryptKey(encryptKey(intermediate.key, 'pw'), 'pw'),
    );
    expect(opened.pem).toBe(intermediate.pem);
    expect(() => openAuthority(root.der, intermediate.key)).toThrow('key_does_not_match');
    const next = await makeIntermediate(
      {
        commonName: 'Next',
        keyType: 'ec-p256',
        notBefore: start,
        lifetime: year,
        pathLength: 0,
        permittedNames: [],
      },
      root,
    );
    expect(readCertificateFields(next.der).authorityKeyId).toBe(readCertificateFields(root.der).subjectKeyId);
  });
});

describe('keys', () => {
  test.each(keyTypes.filter((type) => type !== 'rsa-4096'))(
    '%s survives encryption and openssl',
    async (type) => {
      const key = await generateKey(type);
      const pem = encryptKey(key, '암호 pass');
      expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
      expect(exportKey(decryptKey(pem, '암호 pass'))).toBe(exportKey(key));
      const args = ['-in', file('k.pem', pem), '-passin', `file:${file('pw', '암호 pass')}`, '-pubout'];
      expect(openssl('pkey', ...args)).toBe(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
      expect(() => decryptKey(pem, 'wrong')).toThrow('key_password_wrong');
    },
  );

  test('what is no key says so', () => {
    expect(() => decryptKey('nothing', 'pw')).toThrow('key_unreadable');
  });
});

test.each(keyTypes)(
  'a request with a key of type %s verifies with openssl and carries its names',
  async (type) => {
    const key = await generateKey(type);
    const names = ['001.edge.node.trusted.domain', '10.0.0.1', '2001:db8::1', `${'a'.repeat(63)}.b.c`];
    const csr = writeRequest(key, names, { commonName: true });
    const text = openssl('req', '-in', file('r.csr', csr.pem), '-noout', '-verify', '-text');
    expect(text).toContain('verify OK');
    expect(text).toContain(
      `DNS:001.edge.node.trusted.domain, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, DNS:${'a'.repeat(63)}.b.c`,
    );
    expect(text).toMatch(/Subject: CN ?= ?001.edge.node.trusted.domain/);
    expect(readRequest(csr.der)).toMatchObject({ signatureValid: true });
    expect(Buffer.from(requestSpki(csr.der))).toEqual(
      createPublicKey(key).export({ type: 'spki', format: 'der' }),
    );
    const bare = writeRequest(key, names.slice(3), { commonName: true });
    expect(openssl('req', '-in', file('r.csr', bare.pem), '-noout', '-text')).toContain('critical');
  },
);
