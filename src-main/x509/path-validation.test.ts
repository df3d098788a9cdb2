import { afterAll, describe, expect, test } from 'vitest';
import type { Inspection } from '../../shared/contract/certificates.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { readCertificate } from './certificate-fields.ts';
import { inspectBytes, type InspectionOptions } from './inspection.ts';
import { matchesName } from './name-match.ts';
import { caExtensions, leafExtensions, OpenSsl } from './testing.ts';

const ssl = new OpenSsl();
afterAll(() => ssl.close());
const day = 24 * 3_600_000;

/** Inspects the leaf with its intermediates, trusting one root. */
async function inspect(
  leaf: string,
  intermediates: readonly string[],
  roots: readonly string[],
  more: Partial<InspectionOptions> = {},
): Promise<Inspection> {
  const bytes = Buffer.concat([leaf, ...intermediates].map((name) => Buffer.from(ssl.read(`${name}.crt`))));
  const trust =
    roots.length === 0 ? [] : [{ name: 'peers', certificates: roots.map((root) => ssl.der(root)) }];
  return inspectBytes(new Uint8Array(bytes), { name: leaf, now: Date.now(), trust, ...more });
}
const problemsOf = (inspection: Inspection): string[] =>
  (inspection.certificates[0]?.problems ?? []).map(({ code }) => code);
const verdicts = (inspection: Inspection): string[] =>
  (inspection.certificates[0]?.verdicts ?? []).map(
    ({ purpose, accepted, because }) =>
      `${purpose} ${accepted ? 'accepted' : because.key.replace('certificates.problem.', '')}`,
  );
/** What OpenSSL says of the same chain: OK for server and client. */
const opinion = (leaf: string, intermediates: readonly string[], root: string, ...more: string[]): string =>
  ['sslserver', 'sslclient']
    .map((purpose) => {
      const untrusted = intermediates.flatMap((name) => ['-untrusted', `${name}.crt`]);
      const output = ssl.run(
        'verify',
        '-purpose',
        purpose,
        '-CAfile',
        `${root}.crt`,
        ...untrusted,
        ...more,
        `${leaf}.crt`,
      );
      return output.includes(': OK')
        ? 'accepted'
        : (/error \d+ at \d+ depth lookup: (.*)/.exec(output)?.[1] ?? output);
    })
    .join(', ');

describe('a whole chain', () => {
  test('is accepted for server and client, with its parts named', async () => {
    ssl.certificate('root', { extensions: caExtensions, days: 3650 });
    ssl.certificate('mid', { extensions: caExtensions, issuer: 'root', days: 300 });
    ssl.certificate('good', {
      extensions: leafExtensions('DNS:good.example,DNS:*.wild.example,IP:10.0.0.1'),
      issuer: 'mid',
      days: 3,
    });
    const inspection = await inspect('good', ['mid'], ['root'], { wantedName: 'a.wild.example' });
    const [view] = inspection.certificates;
    expect(opinion('good', ['mid'], 'root')).toBe('accepted, accepted');
    expect(verdicts(inspection)).toEqual(['server accepted', 'client accepted']);
    expect(view?.problems).toEqual([]);
    expect(inspection.problems).toEqual([]);
    expect(view?.sentence).toMatchObject({
      title: 'good',
      names: ['good.example', '*.wild.example', '10.0.0.1'],
      issuer: 'mid',
      state: 'valid',
      selfSigned: false,
    });
    expect(view?.paths).toMatchObject([
      {
        end: 'anchor',
        nodes: [
          { title: 'good', from: 'file', trustedBy: [] },
          { title: 'mid', from: 'file', ca: true },
          { title: 'root', from: 'trust', selfSigned: true, trustedBy: ['peers'] },
        ],
      },
    ]);
    expect(view?.paths[0]?.nodes[0]?.authorityKeyId).toBe(view?.paths[0]?.nodes[1]?.subjectKeyId);
    const { validity } = view ?? {};
    expect(validity?.horizon?.subject).toBe('mid');
    expect((validity?.notAfter ?? 0) - (validity?.renewAt ?? 0)).toBe(day);
  });

  test('dates: near expiry, expired, not yet valid, by the clock that is given', async () => {
    const at = async (now: number): Promise<[unknown, string[], string[]]> => {
      const inspection = await inspect('good', ['mid'], ['root'], { now });
      return [inspection.certificates[0]?.sentence.state, problemsOf(inspection), verdicts(inspection)];
    };
    const refused = ['server expired', 'client expired'];
    expect(await at(Date.now() + 2.5 * day)).toEqual([
      'near_expiry',
      ['near_expiry'],
      ['server accepted', 'client accepted'],
    ]);
    expect(await at(Date.now() + 4 * day)).toEqual(['expired', ['expired'], refused]);
    expect(await at(Date.now() - 2 * day)).toMatchObject([
      'not_yet_valid',
      ['not_yet_valid', 'not_yet_valid', 'not_yet_valid'],
      ['server not_yet_valid', 'client not_yet_valid'],
    ]);
  });

  test('a name that it does not carry', async () => {
    const inspection = await inspect('good', ['mid'], ['root'], { wantedName: 'other.example' });
    expect(problemsOf(inspection)).toEqual(['name_mismatch']);
    expect(verdicts(inspection)).toEqual(['server name_mismatch', 'client accepted']);
  });

  test('without a trust store the verdict is by the own root, known to nobody', async () => {
    const inspection = await inspect('good', ['mid', 'root'], []);
    expect(inspection.certificates[0]?.verdicts).toMatchObject([
      { by: 'root', known: false, accepted: true },
      { by: 'root', known: false, accepted: true },
    ]);
    expect(inspection.certificates[0]?.paths[0]?.end).toBe('self_signed');
  });

  test('a missing intermediate is named with its key identifier', async () => {
    const inspection = await inspect('good', [], ['root']);
    const [view] = inspection.certificates;
    expect(problemsOf(inspection)).toEqual(['issuer_missing']);
    expect(verdicts(inspection)).toEqual([
      'server certificates.verdict.no_path',
      'client certificates.verdict.no_path',
    ]);
    expect(view?.paths[0]).toMatchObject({
      end: 'missing_issuer',
      missing: { issuer: 'CN=mid,O=Test', authorityKeyId: view?.identifiers.authorityKeyId },
    });
  });
});

describe('names alone never make a chain', () => {
  test('an intermediate of the same name with another key is told apart', async () => {
    ssl.certificate('twin', {
      subject: '/O=Test/CN=mid',
      extensions: caExtensions,
      issuer: 'root',
      days: 300,
    });
    const wrong = await inspect('good', ['twin'], ['root']);
    expect(problemsOf(wrong)).toEqual(['issuer_namesake']);
    const both = await inspect('good', ['twin', 'mid'], ['root']);
    expect(verdicts(both)).toEqual(['server accepted', 'client accepted']);
    expect(both.problems.map(({ code }) => code)).toEqual(['chain_order', 'same_name']);
  });

  test('nor do name and key identifier without the signature', async () => {
    const identifier = readCertificate(ssl.der('mid')).fields.subjectKeyId ?? '';
    const extensions = [...caExtensions.slice(0, 2), `subjectKeyIdentifier=${identifier}`];
    ssl.certificate('forged', { subject: '/O=Test/CN=mid', extensions, days: 300 });
    expect(problemsOf(await inspect('good', ['forged'], ['root']))).toEqual(['issuer_namesake']);
  });

  test('nor does the signature where the key identifier is another, as OpenSSL sees it', async () => {
    ssl.write('other-id.cnf', '[ext]\nbasicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=0102030405\n');
    ssl.must(
      'x509',
      '-req',
      '-in',
      'mid.csr',
      '-CA',
      'root.crt',
      '-CAkey',
      'root.key',
      '-set_serial',
      '78',
      '-days',
      '300',
      '-extfile',
      'other-id.cnf',
      '-extensions',
      'ext',
      '-out',
      'other-id.crt',
    );
    expect(opinion('good', ['other-id'], 'root')).toContain('unable to get local issuer certificate');
    expect(problemsOf(await inspect('good', ['other-id'], ['root']))).toEqual(['issuer_missing']);
  });

  test('two ways to a root: both are shown, the trusted one first', async () => {
    ssl.certificate('old-root', { extensions: caExtensions, days: 3650 });
    // The key of mid, certified by another root as well.
    ssl.must(
      'x509',
      '-req',
      '-in',
      'mid.csr',
      '-CA',
      'old-root.crt',
      '-CAkey',
      'old-root.key',
      '-set_serial',
      '77',
      '-days',
      '900',
      '-extfile',
      'mid.cnf',
      '-extensions',
      'ext',
      '-out',
      'cross.crt',
    );
    const inspection = await inspect('good', ['cross', 'mid', 'old-root'], ['root']);
    expect(
      inspection.certificates[0]?.paths.map(({ end, nodes }) => [end, ...nodes.map(({ title }) => title)]),
    ).toEqual([
      ['anchor', 'good', 'mid', 'root'],
      ['self_signed', 'good', 'mid', 'old-root'],
    ]);
  });
});

describe('each rule, with the opinion of OpenSSL beside it', () => {
  const cases: [
    string,
    string,
    () => { leaf: string; mids: string[]; expected: string[]; problem: string },
  ][] = [
    [
      'a leaf that signs',
      'invalid CA certificate',
      () => {
        ssl.certificate('fake-ca', { extensions: leafExtensions('DNS:x'), issuer: 'root' });
        ssl.certificate('below-fake', { extensions: leafExtensions('DNS:y'), issuer: 'fake-ca' });
        return {
          leaf: 'below-fake',
          mids: ['fake-ca'],
          expected: ['server issuer_not_ca', 'client issuer_not_ca'],
          problem: 'issuer_not_ca',
        };
      },
    ],
    [
      'a CA below a CA that allows none',
      'path length constraint exceeded',
      () => {
        ssl.certificate('last-ca', {
          extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', ...caExtensions.slice(1)],
          issuer: 'root',
        });
        ssl.certificate('one-more', { extensions: caExtensions, issuer: 'last-ca' });
        ssl.certificate('too-deep', { extensions: leafExtensions('DNS:y'), issuer: 'one-more' });
        return {
          leaf: 'too-deep',
          mids: ['one-more', 'last-ca'],
          expected: ['server path_length', 'client path_length'],
          problem: 'path_length',
        };
      },
    ],
    [
      'a CA that may not sign',
      'invalid CA certificate',
      () => {
        ssl.certificate('mute', {
          extensions: [caExtensions[0], 'keyUsage=critical,cRLSign', ...caExtensions.slice(2)],
          issuer: 'root',
        });
        ssl.certificate('below-mute', { extensions: leafExtensions('DNS:y'), issuer: 'mute' });
        return {
          leaf: 'below-mute',
          mids: ['mute'],
          expected: ['server issuer_may_not_sign', 'client issuer_may_not_sign'],
          problem: 'issuer_may_not_sign',
        };
      },
    ],
    [
      'a name outside the permitted ones',
      'permitted subtree violation',
      () => {
        ssl.certificate('narrow', {
          extensions: [
            ...caExtensions,
            'nameConstraints=critical,permitted;DNS:trusted.domain,permitted;IP:10.0.0.0/255.0.0.0',
          ],
          issuer: 'root',
        });
        ssl.certificate('outside', {
          subject: '/O=x',
          extensions: leafExtensions('DNS:eviltrusted.domain'),
          issuer: 'narrow',
        });
        return {
          leaf: 'outside',
          mids: ['narrow'],
          expected: ['server name_forbidden', 'client name_forbidden'],
          problem: 'name_forbidden',
        };
      },
    ],
    [
      'a name among the excluded ones',
      'excluded subtree violation',
      () => {
        ssl.certificate('holed', {
          extensions: [...caExtensions, 'nameConstraints=critical,excluded;DNS:secret.domain'],
          issuer: 'root',
        });
        ssl.certificate('inside', {
          subject: '/O=x',
          extensions: leafExtensions('DNS:a.secret.domain'),
          issuer: 'holed',
        });
        return {
          leaf: 'inside',
          mids: ['holed'],
          expected: ['server name_forbidden', 'client name_forbidden'],
          problem: 'name_forbidden',
        };
      },
    ],
    [
      'an address outside the permitted ones',
      'permitted subtree violation',
      () => {
        ssl.certificate('elsewhere', {
          subject: '/O=x',
          extensions: leafExtensions('IP:11.0.0.1'),
          issuer: 'narrow',
        });
        return {
          leaf: 'elsewhere',
          mids: ['narrow'],
          expected: ['server name_forbidden', 'client name_forbidden'],
          problem: 'name_forbidden',
        };
      },
    ],
    [
      'an unknown critical extension',
      'unhandled critical extension',
      () => {
        ssl.certificate('strange', {
          extensions: [...leafExtensions('DNS:y'), '1.2.3.99=critical,ASN1:NULL'],
          issuer: 'mid',
        });
        return {
          leaf: 'strange',
          mids: ['mid'],
          expected: ['server extension_critical_unknown', 'client extension_critical_unknown'],
          problem: 'extension_critical_unknown',
        };
      },
    ],
  ];

  test.each(cases)('%s', async (_title, openssl, make) => {
    const { leaf, mids, expected, problem } = make();
    expect(opinion(leaf, mids, 'root')).toContain(openssl);
    const inspection = await inspect(leaf, mids, ['root']);
    expect(verdicts(inspection)).toEqual(expected);
    expect(problemsOf(inspection)).toContain(problem);
  });

  test('names inside the constraints pass in both opinions', async () => {
    ssl.certificate('within', {
      subject: '/O=x',
      extensions: leafExtensions('DNS:a.b.trusted.domain,DNS:trusted.domain,IP:10.200.0.1'),
      issuer: 'narrow',
    });
    expect(opinion('within', ['narrow'], 'root')).toBe('accepted, accepted');
    expect(verdicts(await inspect('within', ['narrow'], ['root']))).toEqual([
      'server accepted',
      'client accepted',
    ]);
  });

  test('purposes: a certificate for clients only', async () => {
    const extensions = leafExtensions('DNS:y').map((line) => line.replace('serverAuth,', ''));
    ssl.certificate('client-only', { extensions, issuer: 'mid' });
    expect(opinion('client-only', ['mid'], 'root')).toMatch(
      /^unsupported certificate purpose|^unsuitable certificate purpose/,
    );
    expect(verdicts(await inspect('client-only', ['mid'], ['root']))).toEqual([
      'server purpose_server',
      'client accepted',
    ]);
  });
});

describe('what a certificate alone shows', () => {
  test('a bad one is described in every respect', async () => {
    const key = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'];
    ssl.certificate('bad', {
      key,
      extensions: ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid', 'keyUsage=keyCertSign'],
      issuer: 'mid',
      days: 3000,
      hash: 'sha1',
    });
    const inspection = await inspect('bad', ['mid'], ['root']);
    expect(problemsOf(inspection).sort()).toEqual(
      [
        'ca_without_constraints',
        'no_names',
        'no_purpose',
        'outlives_issuer',
        'weak_key',
        'weak_signature',
      ].sort(),
    );
    expect(inspection.certificates[0]?.problems.map(({ field }) => field).sort()).toEqual([
      'extension:2.5.29.19',
      'key',
      'names',
      'purposes',
      'signature',
      'validity',
    ]);
  });

  test('a self-signed leaf, a serial of 21 octets, a bundle without root, a leaf that is not first', async () => {
    ssl.certificate('alone', { extensions: leafExtensions('DNS:alone') });
    expect(problemsOf(await inspect('alone', [], []))).toEqual(['self_signed']);
    ssl.must(
      'x509',
      '-req',
      '-in',
      'good.csr',
      '-CA',
      'mid.crt',
      '-CAkey',
      'mid.key',
      '-set_serial',
      `0x40${'00'.repeat(20)}`,
      '-days',
      '3',
      '-extfile',
      'good.cnf',
      '-extensions',
      'ext',
      '-out',
      'long.crt',
    );
    expect(problemsOf(await inspect('long', ['mid'], ['root']))).toEqual(['serial_long']);
    expect((await inspect('mid', ['cross'], [])).problems.map(({ code }) => code)).toEqual(['no_anchor']);
    expect((await inspect('mid', ['good'], ['root'])).problems.map(({ code }) => code)).toEqual([
      'leaf_not_first',
    ]);
  });

  test('revoked, by a CRL that the issuer signed, and not by one of another CA', async () => {
    const serial = readCertificate(ssl.der('good')).fields.serial.toUpperCase();
    ssl.write('index.txt', `R\t361123000000Z\t261101000000Z\t${serial}\tunknown\t/CN=x\n`);
    ssl.write('crlnumber', '01\n');
    ssl.write(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=30\n',
    );
    const withCrl = async (ca: string): Promise<Inspection> => {
      ssl.must(
        'ca',
        '-config',
        'ca.cnf',
        '-gencrl',
        '-cert',
        `${ca}.crt`,
        '-keyfile',
        `${ca}.key`,
        '-out',
        'list.crl',
      );
      const bytes = ['good.crt', 'mid.crt', 'list.crl'].map((name) => Buffer.from(ssl.read(name)));
      return inspectBytes(new Uint8Array(Buffer.concat(bytes)), { name: 'x', now: Date.now(), trust: [] });
    };
    const revoked = await withCrl('mid');
    expect(revoked.certificates[0]?.problems[0]).toEqual({
      code: 'revoked',
      severity: 'error',
      field: 'validity',
      message: { key: 'certificates.problem.revoked', params: { at: Date.UTC(2026, 10, 1) } },
    });
    const forged = await withCrl('twin');
    expect(problemsOf(forged)).not.toContain('revoked');
    expect(forged.crls[0]).toMatchObject({ signature: 'invalid', problems: [{ code: 'crl_signature' }] });
  });
});

test.each([
  ['a.example', ['a.example'], true],
  ['A.Example.', ['a.example'], true],
  ['b.a.example', ['*.a.example'], true],
  ['c.b.a.example', ['*.a.example'], false],
  ['a.example', ['*.a.example'], false],
  ['xa.example', ['a.example'], false],
  ['10.0.0.1', ['10.0.0.1'], false],
])('%s is covered by the DNS names %j: %s', (wanted, values, expected) => {
  expect(
    matchesName(
      values.map((value) => ({ kind: 'dns', value })),
      wanted,
    ),
  ).toBe(expected);
});

test('problems read as sentences in both languages, dates included', async () => {
  const inspection = await inspect('good', ['mid'], ['root'], { now: Date.now() + 400 * day });
  for (const locale of ['en', 'ko'] as const) {
    const translator = createTranslator(locale);
    for (const { message } of inspection.certificates[0]?.problems ?? []) {
      const sentence = translator.t(message.key, message.params ?? {});
      expect(sentence).toMatch(locale === 'en' ? /20\d\d.*\.$/ : /20\d\d년.*니다\.$/);
      expect(sentence).not.toMatch(/\{\{|certificates\./);
    }
  }
});
