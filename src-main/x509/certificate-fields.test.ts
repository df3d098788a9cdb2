import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificate, readCertificateFields, readManyFields } from './certificate-fields.ts';
import { keyLabel } from './public-key.ts';
import { verifyIssuedBy } from './signature.ts';
import { caExtensions, leafExtensions, OpenSsl, processorTime } from './testing.ts';

const ssl = new OpenSsl();
afterAll(() => ssl.close());

const keys: Record<string, string[]> = {
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ed25519: ['-algorithm', 'ED25519'],
  ed448: ['-algorithm', 'ED448'],
  pss: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
};
const everything = [
  'basicConstraints=critical,CA:TRUE,pathlen:3',
  'keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign,cRLSign,decipherOnly,keyAgreement',
  'extendedKeyUsage=serverAuth,clientAuth,1.2.3.4.5',
  'subjectKeyIdentifier=hash',
  'subjectAltName=DNS:a.example,DNS:*.b.example,IP:10.0.0.1,IP:2001:db8::1,URI:spiffe://x/y,email:ops@example.com,dirName:dn,otherName:1.2.3;UTF8:hidden',
  'nameConstraints=critical,permitted;DNS:.example,permitted;IP:10.0.0.0/255.0.0.0,excluded;email:evil.example,permitted;IP:2001:db8::/ffff:ffff::',
  'authorityInfoAccess=OCSP;URI:http://ocsp.example,caIssuers;URI:http://ca.example/ca.crt',
  'crlDistributionPoints=URI:http://crl.example/a.crl,URI:ldap://crl.example/b',
  'certificatePolicies=1.2.3.4,2.5.29.32.0',
  '1.2.3.99=critical,ASN1:UTF8String:whatever',
  '[dn]',
  'CN=inside, and = more',
];

beforeAll(() => {
  for (const [name, key] of Object.entries(keys)) {
    ssl.certificate(name, {
      key,
      subject: `/C=KR/O=Test, "Ltd" + <x>/OU= #a /CN=서울 ${name}`,
      extensions: caExtensions,
    });
  }
  ssl.certificate('everything', { extensions: everything });
  ssl.certificate('leaf', { extensions: leafExtensions('DNS:leaf'), issuer: 'p256' });
});

describe('readCertificate agrees with OpenSSL', () => {
  test.each([...Object.keys(keys), 'everything', 'leaf'])('%s', (name) => {
    const der = ssl.der(name);
    const fields = readCertificateFields(der);
    const file = `${name}.crt`;
    const show = (...args: string[]): string => ssl.must('x509', '-in', file, '-noout', ...args).trim();
    const value = (text: string): string =>
      text
        .slice(text.indexOf('=') + 1)
        .replace(/:/g, '')
        .toLowerCase();
    expect(fields.sha256).toBe(value(show('-fingerprint', '-sha256')));
    expect(fields.serial).toBe(value(show('-serial')));
    const nameOptions = ['-nameopt', 'RFC2253,-esc_msb,utf8'];
    expect(`subject=${fields.subject}`).toBe(show('-subject', ...nameOptions));
    expect(`issuer=${fields.issuer}`).toBe(show('-issuer', ...nameOptions));
    const node = new X509Certificate(der);
    expect(fields.notBefore).toBe(Date.parse(node.validFrom));
    expect(fields.notAfter).toBe(Date.parse(node.validTo));
    expect(fields.ca).toBe(node.ca);
    const identifier = /Subject Key Identifier: \n *([0-9A-F:]+)/.exec(show('-text'))?.[1] ?? '';
    expect(fields.subjectKeyId).toBe(value(`=${identifier}`));
  });

  test.each([
    ['rsa', 'RSA 2048'],
    ['p256', 'EC P-256'],
    ['p384', 'EC P-384'],
    ['p521', 'EC P-521'],
    ['ed25519', 'Ed25519'],
    ['ed448', 'Ed448'],
    ['pss', 'RSA 2048'],
  ])('the key of %s is %s, and its signature verifies only whole', (name, label) => {
    const certificate = readCertificate(ssl.der(name));
    expect(keyLabel(certificate.fields.key)).toBe(label);
    expect(verifyIssuedBy(certificate, certificate)).toBe(true);
    const changed = certificate.signed.slice();
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(verifyIssuedBy({ ...certificate, signed: changed }, certificate)).toBe(false);
    const other = readCertificate(ssl.der(name === 'p256' ? 'p384' : 'p256'));
    expect(verifyIssuedBy(certificate, other)).toBe(false);
  });

  test('every extension is read', () => {
    const fields = readCertificateFields(ssl.der('everything'));
    expect(fields).toMatchObject({
      ca: true,
      pathLength: 3,
      keyUsage: [
        'digitalSignature',
        'keyEncipherment',
        'keyAgreement',
        'keyCertSign',
        'cRLSign',
        'decipherOnly',
      ],
      purposes: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.2.3.4.5'],
      ocsp: ['http://ocsp.example'],
      caIssuers: ['http://ca.example/ca.crt'],
      crls: ['http://crl.example/a.crl', 'ldap://crl.example/b'],
      policies: ['1.2.3.4', '2.5.29.32.0'],
    });
    expect(fields.names).toEqual([
      { kind: 'dns', value: 'a.example' },
      { kind: 'dns', value: '*.b.example' },
      { kind: 'ip', value: '10.0.0.1' },
      { kind: 'ip', value: '2001:db8::1' },
      { kind: 'uri', value: 'spiffe://x/y' },
      { kind: 'email', value: 'ops@example.com' },
      { kind: 'directory', value: 'CN=inside\\, and = more' },
      { kind: 'other', value: expect.stringContaining(Buffer.from('hidden').toString('hex')) as string },
    ]);
    expect(fields.nameConstraints).toEqual({
      permitted: [
        { kind: 'dns', value: '.example' },
        { kind: 'ip', value: '10.0.0.0/8' },
        { kind: 'ip', value: '2001:db8::/32' },
      ],
      excluded: [{ kind: 'email', value: 'evil.example' }],
    });
    const unknown = fields.extensions.find(({ oid }) => oid === '1.2.3.99');
    expect(unknown).toEqual({ oid: '1.2.3.99', critical: true, bytes: 10, raw: '0c087768617465766572' });
  });
});

test('characters that mislead are made visible', () => {
  ssl.certificate('evil', { subject: '/CN=good.example\u202egnp', extensions: ['subjectAltName=DNS:x'] });
  expect(readCertificateFields(ssl.der('evil')).commonName).toBe('good.example\\u{202e}gnp');
});

test('20,000 certificates take a second or two, and one broken among them does no harm', () => {
  const good = ssl.der('leaf');
  const ders = Array.from({ length: 20_000 }, (_, index) => (index === 500 ? good.subarray(0, 100) : good));
  const started = process.cpuUsage();
  const read = readManyFields(ders);
  expect(processorTime(started)).toBeLessThan(6_000);
  expect(read.filter((one) => 'fields' in one)).toHaveLength(19_999);
  expect(read[500]).toMatchObject({ fault: { code: 'der_malformed', params: { offset: 0 } } });
});
