import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rungs, rungSchema, type Rung } from '../../../shared/contract/services.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { readServiceFiles } from '../../issuance/set-files.ts';
import type { OpenBao, OpenBaoClient } from '../../openbao/openbao.ts';
import { renderState } from '../../workspace/state.ts';
import type { Authority } from '../../x509/authority.ts';
import { exportKey } from '../../x509/keys.ts';
import type { ServicesContext } from '../context.ts';
import type { Service } from '../entry.ts';
import { installCertificate } from '../install.ts';
import {
  day,
  hour,
  issueTo,
  makeTestCa,
  makeTestDirectory,
  stateWith,
  type TestDirectory,
} from '../testing.ts';
import type { MutualTlsProof } from '../../tls/mtls-proof.ts';
import { judgeLive, judgeServed, judgeTrusted } from './live.ts';
import { judgeOnDisk } from './on-disk.ts';
import { prove } from './prove.ts';
import { headline, notAsked, RungBuilder } from './rungs.ts';

let root: Authority;
let intermediate: Authority;
let other: { root: Authority; intermediate: Authority };
let directory: TestDirectory;
let service: Service;
let pins: string[];

beforeAll(async () => {
  ({ root, intermediate } = await makeTestCa('Test CA'));
  other = await makeTestCa('Test CA');
});
beforeEach(async () => {
  directory = await makeTestDirectory();
  service = directory.service('web');
  pins = [root.sha256, intermediate.sha256];
});
afterEach(() => directory.remove());

const trust = () => ({ pins, bundlePem: root.pem + intermediate.pem });
async function install(names = [service.identity], validity = {}): Promise<void> {
  const { issued, key } = await issueTo(names, intermediate, validity);
  await installCertificate(service, issued, key, trust());
}

const paths = () => ({ cert: service.cert, key: service.key, bundle: service.bundle });
const onDisk = async (now = Date.now()): Promise<Rung> =>
  rungSchema.parse(
    await judgeOnDisk({
      identity: service.identity,
      paths: paths(),
      files: readServiceFiles(paths()),
      pins,
      now,
    }),
  );
const live = async (disk?: Rung): Promise<readonly Rung[]> => {
  const judged = await judgeLive(
    service.identity,
    readServiceFiles(paths()),
    disk ?? (await onDisk()),
    Date.now(),
  );
  return judged.map((rung) => rungSchema.parse(rung));
};
const keys = ({ evidence }: Rung): string[] => evidence.map(({ key }) => key.replace('service.rung.', ''));

describe('a rung', () => {
  test('is as good as the strongest word against it, in whatever order', () => {
    const outcome = (build: (rung: RungBuilder) => void): string => {
      const rung = new RungBuilder('served', 5);
      build(rung);
      return rung.build().outcome;
    };
    expect(outcome((rung) => rung.proves('service.rung.served'))).toBe('proved');
    expect(
      outcome((rung) => (rung.lacks('service.rung.not_served'), rung.proves('service.rung.served'))),
    ).toBe('not_proved');
    expect(
      outcome((rung) => (rung.contradicts('service.rung.let_in'), rung.lacks('service.rung.not_served'))),
    ).toBe('contradicted');
    expect(
      outcome((rung) => (rung.lacks('service.rung.not_served'), rung.contradicts('service.rung.let_in'))),
    ).toBe('contradicted');
  });

  test('the headline is the lowest that is not proved', () => {
    const rung = (name: Rung['rung'], outcome: Rung['outcome']): Rung => ({
      rung: name,
      outcome,
      evidence: [],
    });
    expect(headline([rung('configured', 'proved'), rung('on_disk', 'proved')])).toBeUndefined();
    expect(
      headline([rung('configured', 'proved'), rung('on_disk', 'unknown'), rung('loaded', 'contradicted')])
        ?.rung,
    ).toBe('on_disk');
    expect(notAsked('served', 5)).toMatchObject({ outcome: 'unknown', at: 5 });
  });
});

describe('on disk', () => {
  test('a good set is proved with each piece of evidence', async () => {
    await install();
    const rung = await onDisk();
    expect([rung.outcome, keys(rung)]).toEqual(['proved', ['key_matches', 'names', 'valid', 'chain']]);
  });

  test('nothing there is lacking, not wrong', async () => {
    const rung = await onDisk();
    expect([rung.outcome, keys(rung)]).toEqual(['not_proved', ['no_certificate', 'no_key']]);
    await install();
    await rm(service.bundle);
    expect([(await onDisk()).outcome, keys(await onDisk()).slice(-1)]).toEqual(['not_proved', ['no_bundle']]);
    await install();
    await rm(service.key);
    expect([(await onDisk()).outcome, keys(await onDisk())[0]]).toEqual(['not_proved', 'no_key']);
  });

  test.each([
    [
      'another key',
      async () => writeFile(service.key, exportKey((await issueTo(['x'], intermediate)).key)),
      'key_mismatch',
    ],
    ['a damaged key', () => writeFile(service.key, 'no key'), 'key_mismatch'],
    ['a damaged certificate', () => writeFile(service.cert, 'no certificate'), 'unreadable'],
    ['a key that others read', () => chmod(service.key, 0o644), 'mode'],
    ['a key that the group may write', () => chmod(service.key, 0o660), 'mode'],
    ['a bundle without the root', () => writeFile(service.bundle, intermediate.pem), 'chain_broken'],
    ['a bundle without the intermediate', () => writeFile(service.bundle, root.pem), 'chain_broken'],
    [
      'a bundle of a CA of the same name',
      () => writeFile(service.bundle, other.root.pem + other.intermediate.pem),
      'chain_broken',
    ],
    ['a damaged bundle', () => writeFile(service.bundle, 'no bundle'), 'chain_broken'],
  ])('%s contradicts', async (_name, damage, key) => {
    await install();
    await damage();
    const rung = await onDisk();
    expect([rung.outcome, keys(rung)]).toEqual(['contradicted', expect.arrayContaining([key])]);
  });

  test('a key that its group reads is in order', async () => {
    await install();
    await chmod(service.key, 0o640);
    expect((await onDisk()).outcome).toBe('proved');
  });

  test('a root that is no longer pinned contradicts, whatever the bundle holds', async () => {
    await install();
    pins = [intermediate.sha256, other.root.sha256];
    expect(keys(await onDisk())).toContain('chain_broken');
  });

  test('the dates are held against the clock, the names against the service', async () => {
    await install();
    expect(keys(await onDisk(Date.now() + 2 * day))).toContain('expired');
    expect(keys(await onDisk(Date.now() - 2 * hour))).toContain('not_yet');
    await install(['001.other.host.trusted.domain']);
    const rung = await onDisk();
    expect([rung.outcome, keys(rung)]).toEqual(['contradicted', expect.arrayContaining(['names_wrong'])]);
    await install(['001.other.host.trusted.domain', service.identity]);
    expect((await onDisk()).outcome).toBe('proved');
  });
});

describe('live', () => {
  test('a good set is loaded, served, and trusted both ways; strangers are refused', async () => {
    await install();
    const judged = await live();
    expect(judged.map(({ outcome }) => outcome)).toEqual(['proved', 'proved', 'proved']);
    expect(judged.map(keys)).toEqual([['loaded'], ['served'], ['trusted', 'refused', 'refused_stranger']]);
  });

  test('is not asked while the files themselves are not in order', async () => {
    await install();
    const judged = await live({ rung: 'on_disk', outcome: 'contradicted', evidence: [] });
    expect(judged.map(({ rung, outcome }) => [rung, outcome])).toEqual([
      ['loaded', 'unknown'],
      ['served', 'unknown'],
      ['trusted', 'unknown'],
    ]);
  });

  test('a key that no server can load contradicts, and the rest is not asked', async () => {
    await install();
    await writeFile(service.key, exportKey((await issueTo(['x'], intermediate)).key));
    const judged = await live({ rung: 'on_disk', outcome: 'proved', evidence: [] });
    expect(judged.map(({ outcome }) => outcome)).toEqual(['contradicted', 'unknown', 'unknown']);
  });

  test('a bundle that does not verify the leaf is not trusted', async () => {
    await install();
    await writeFile(service.bundle, other.root.pem + other.intermediate.pem);
    const [loaded, served, trusted] = await live({ rung: 'on_disk', outcome: 'proved', evidence: [] });
    expect([loaded?.outcome, trusted?.outcome]).toEqual(['proved', 'not_proved']);
    expect(served?.outcome).not.toBe('contradicted');
  });
});

describe('what a proof says', () => {
  const refused = { accepted: false, refusedReason: 'peer_refused' as const, detail: 'ALERT' };
  const proof = (change: Partial<MutualTlsProof> = {}): MutualTlsProof => ({
    ok: true,
    withCertificate: { accepted: true, served: 'ab', protocol: 'TLSv1.3' },
    withoutCertificate: refused,
    stranger: refused,
    bothDirections: true,
    ...change,
  });

  test('another leaf than the one on disk contradicts, none at all is lacking', () => {
    expect(judgeServed(proof(), 'ab', 5)).toMatchObject({ outcome: 'proved', at: 5 });
    expect(judgeServed(proof(), 'cd', 5)).toMatchObject({
      outcome: 'contradicted',
      evidence: [{ key: 'service.rung.served_differs', params: { served: 'ab' } }],
    });
    expect(judgeServed(proof({ withCertificate: refused }), 'ab', 5)).toMatchObject({
      outcome: 'not_proved',
      evidence: [{ key: 'service.rung.not_served', params: { problem: 'ALERT' } }],
    });
  });

  test('a stranger or a peer without a certificate that gets in contradicts', () => {
    const accepted = { accepted: true };
    for (const change of [{ withoutCertificate: accepted }, { stranger: accepted }])
      expect(judgeTrusted(proof({ ...change, ok: false }), 5)).toMatchObject({
        outcome: 'contradicted',
        evidence: [{ key: 'service.rung.trusted' }, { key: 'service.rung.let_in' }],
      });
    // Nobody got in, but it was not the service that turned them away: that proves nothing of it.
    expect(judgeTrusted(proof({ ok: false }), 5)).toMatchObject({
      outcome: 'not_proved',
      evidence: [{ key: 'service.rung.trusted' }, { key: 'service.rung.refusal_unseen' }],
    });
    expect(judgeTrusted(proof({ ok: false, bothDirections: false }), 5).outcome).toBe('not_proved');
  });
});

describe('the whole ladder', () => {
  let kept: Map<string, readonly Rung[]>;
  let login: () => Promise<never>;
  let kv: () => Promise<unknown>;

  function context(): ServicesContext {
    const openbao = {
      login: () => login(),
      revoke: async () => undefined,
    } as unknown as OpenBao;
    return {
      paths: directory.paths,
      openbao,
      kvMount: 'secret',
      client: () => ({ kv: { read: () => kv() } }) as unknown as OpenBaoClient,
      endpoints: () => Promise.reject(new Error('not asked')),
      localPins: async () => pins,
      evidence: {
        read: async () => kept,
        write: async (id, ladder) => void kept.set(id, ladder),
        remove: async (id) => void kept.delete(id),
      },
      now: Date.now,
    };
  }

  beforeEach(async () => {
    kept = new Map();
    login = async () => ({ token: 't', ttl: 60, policies: [], renewable: true }) as never;
    kv = async () => ({ data: { trusted_ca_sha256: pins, ca_bundle_pem: root.pem }, version: 1 });
    await writeFile(directory.paths.state, renderState(stateWith(service)));
    await writeFile(service.agentConfig, '[[profiles]]\nservice_name = "web"\n');
    await mkdir(dirname(service.roleIdPath), { recursive: true });
    await writeFile(service.roleIdPath, 'role');
    await writeFile(service.secretIdPath, 'secret');
    await install();
  });
  const outcomes = async (): Promise<string[]> =>
    (await prove(context(), service)).map(({ outcome }) => outcome);

  test('is proved from the lowest to the highest rung, and remembered', async () => {
    const ladder = await prove(context(), service);
    expect(ladder.map(({ rung }) => rung)).toEqual([...rungs]);
    expect(ladder.map(({ outcome }) => outcome)).toEqual(Array(5).fill('proved'));
    expect(kept.get('web')).toEqual(ladder);
    expect(JSON.stringify(ladder)).not.toContain('PRIVATE KEY');
  });

  test('credentials that OpenBao refuses contradict; an OpenBao that is away only cannot be asked', async () => {
    login = async () => {
      throw new ConsoleError('openbao_credentials_refused', { url: 'x', path: 'y' });
    };
    expect((await outcomes())[0]).toBe('contradicted');
    login = async () => {
      throw new ConsoleError('openbao_unreachable', { url: 'x', reason: 'y' });
    };
    expect((await outcomes())[0]).toBe('not_proved');
  });

  test('a missing profile, an unreadable one, a missing entry', async () => {
    await writeFile(service.agentConfig, '[[profiles]]\nservice_name = "other"\n');
    expect(keys((await prove(context(), service))[0] as Rung)).toContain('no_profile');
    await writeFile(service.agentConfig, '[[profiles\n');
    const [configured] = await prove(context(), service);
    expect([configured?.outcome, keys(configured as Rung)]).toEqual([
      'contradicted',
      expect.arrayContaining(['profile_unreadable']),
    ]);
    await writeFile(service.agentConfig, '[[profiles]]\nservice_name = "web"\n');
    await writeFile(directory.paths.state, renderState(stateWith()));
    expect(keys((await prove(context(), service))[0] as Rung)).toContain('no_state');
  });

  test('the pins are those that OpenBao publishes, and the files’ own only while it cannot be asked', async () => {
    kv = async () => ({ data: { trusted_ca_sha256: [other.root.sha256], ca_bundle_pem: '' }, version: 1 });
    expect((await outcomes())[1]).toBe('contradicted');
    kv = () => Promise.reject(new ConsoleError('openbao_sealed', { url: 'x' }));
    expect((await outcomes())[1]).toBe('proved');
  });

  test('looking changes no file', async () => {
    const before = await Promise.all(Object.values(paths()).map((path) => readFile(path, 'utf8')));
    await outcomes();
    expect(await Promise.all(Object.values(paths()).map((path) => readFile(path, 'utf8')))).toEqual(before);
  });
});
