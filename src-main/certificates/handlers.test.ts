import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { certificatesContract } from '../../shared/contract/certificates.ts';
import { isConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { longestStall } from '../../test/support/event-loop.ts';
import type { Service } from '../services/entry.ts';
import { serviceOf } from '../services/entry.ts';
import { newServiceEntry } from '../workspace/service-entry.ts';
import { WorkspacePaths } from '../workspace/paths.ts';
import { issueLeaf, makeHierarchy, type Authority, type Issued } from '../x509/authority.ts';
import { encryptKey, exportKey, generateKey } from '../x509/keys.ts';
import { certificatesHandlers, type CertificatesHandlers } from './handlers.ts';

const now = Date.UTC(2026, 10, 23);
const hour = 3_600_000;
const day = 24 * hour;
let root: Authority;
let intermediate: Authority;
let leafKey: Awaited<ReturnType<typeof generateKey>>;
let leaf: Issued;
let old: Issued;

const issue = (name: string, notBefore: number, lifetime: number): Promise<Issued> =>
  issueLeaf(
    { names: [name], key: leafKey, purposes: ['server', 'client'], notBefore, lifetime },
    intermediate,
  );

beforeAll(async () => {
  ({ root, intermediate } = await makeHierarchy({
    name: 'Test CA',
    keyType: 'ec-p256',
    notBefore: now - 30 * day,
    rootLifetime: 3650 * day,
    intermediateLifetime: 1825 * day,
    pathLength: 0,
    permittedNames: [],
  }));
  leafKey = await generateKey('ec-p256');
  leaf = await issue('001.web.host.trusted.domain', now - hour, day);
  old = await issue('001.old.host.trusted.domain', now - 3 * day, day);
});

let outside: string;
let paths: WorkspacePaths;
let services: Service[];
let time: number;
let handlers: CertificatesHandlers & { close(): Promise<void> };

function service(id: string, cert: string): Service {
  const entry = newServiceEntry(
    {
      registrationId: id,
      serviceName: id,
      deployType: 'daemon',
      deliveryMode: 'local-file',
      hostname: 'host',
      domain: 'trusted.domain',
      instanceId: '001',
      agentConfigPath: `${id}.toml`,
      certPath: cert,
      keyPath: cert.replace(/crt$/, 'key'),
      approle: { roleName: id, roleId: id, secretIdPath: `secrets/services/${id}/secret_id`, policyName: id },
    },
    0,
  );
  return serviceOf(id, entry, paths);
}

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'certificates-'));
  paths = new WorkspacePaths(join(outside, 'work'));
  time = now;
  for (const directory of [paths.caCerts, paths.certs]) await mkdir(directory, { recursive: true });
  await writeFile(paths.rootCert, root.pem);
  await writeFile(paths.intermediateCert, intermediate.pem);
  await writeFile(join(paths.certs, 'web.crt'), leaf.pem);
  await writeFile(join(paths.certs, 'web.key'), exportKey(leafKey));
  await writeFile(paths.bundle, intermediate.pem + root.pem);
  await writeFile(join(paths.certs, 'stray.crt'), old.pem);
  await mkdir(join(outside, 'elsewhere'));
  await writeFile(join(outside, 'elsewhere', 'app.crt'), old.pem);
  await writeFile(join(outside, 'secret.pem'), root.pem);
  services = [service('web', 'certs/web.crt'), service('app', join(outside, 'elsewhere', 'app.crt'))];
  handlers = certificatesHandlers({ paths, services: async () => services, now: () => time });
});

afterEach(async () => {
  await handlers.close();
  await rm(outside, { recursive: true });
});

const list = async (query: Record<string, unknown> = {}) =>
  certificatesContract['certificates.list'].output.parse(
    await handlers['certificates.list'](certificatesContract['certificates.list'].input.parse(query)),
  );
const failure = async (answer: Promise<unknown>): Promise<ErrorCode | 'none'> =>
  answer.then(
    () => 'none' as const,
    (error: unknown) => (isConsoleError(error) ? error.code : Promise.reject(error as Error)),
  );
const inspectPath = (path: string) => handlers['certificates.inspect']({ source: { path } });

describe('the list', () => {
  test('holds CA, service and stray certificates with what is known of each', async () => {
    const { items, total, matching, failed } = await list();
    expect(failed).toEqual([]);
    expect([total, matching]).toEqual([7, 7]);
    const web = items.find(({ path }) => path === join(paths.certs, 'web.crt'));
    expect(web).toMatchObject({
      sha256: leaf.sha256,
      names: ['001.web.host.trusted.domain'],
      kind: 'leaf',
      key: 'EC P-256',
      state: 'valid',
      issuer: 'Test CA Intermediate',
      service: { id: 'web', name: 'web' },
      problems: { errors: 0, warnings: 0 },
      notAfter: now + 23 * hour,
    });
    expect(items.find(({ path }) => path === paths.rootCert)).toMatchObject({ kind: 'root' });
    expect(items.find(({ path }) => path === paths.intermediateCert)).toMatchObject({ kind: 'intermediate' });
    expect(items.filter(({ path }) => path === paths.bundle).map(({ service }) => service)).toEqual([
      undefined,
      undefined,
    ]);
    // The soonest end first: what has expired.
    expect(items.slice(0, 2).map(({ state }) => state)).toEqual(['expired', 'expired']);
    expect(items[0]?.problems.errors).toBeGreaterThan(0);
  });

  test('names the wrong name of a service certificate as a problem', async () => {
    await writeFile(
      join(paths.certs, 'web.crt'),
      (await issue('001.other.host.trusted.domain', now - hour, day)).pem,
    );
    const { items } = await list({ search: 'other' });
    expect(items.map(({ problems }) => problems)).toEqual([{ errors: 1, warnings: 0 }]);
  });

  test('searches names, services, paths and copied fingerprints', async () => {
    const colons = leaf.sha256.toUpperCase().replace(/(..)(?=.)/g, '$1:');
    for (const search of ['001.WEB', 'web.crt', colons]) {
      const { items, matching, total } = await list({ search });
      expect([matching, total, items[0]?.sha256]).toEqual([1, 7, leaf.sha256]);
    }
    expect((await list({ search: 'nothing like it' })).items).toEqual([]);
  });

  test('pages meet every row once, also when a row of the cursor is gone', async () => {
    for (const sort of ['expiry', 'name', 'issuer', 'service'] as const)
      for (const descending of [false, true]) {
        const whole = (await list({ sort, descending })).items;
        const seen: typeof whole = [];
        let cursor: string | undefined;
        do {
          const page = await list({
            sort,
            descending,
            limit: 2,
            ...(cursor === undefined ? {} : { cursor }),
          });
          seen.push(...page.items);
          ({ cursor } = page);
        } while (cursor !== undefined);
        expect(seen).toEqual(whole);
      }
    const { items: two, cursor } = await list({ limit: 2, sort: 'name' });
    await rm(two[1]?.path ?? '');
    time += 10_000;
    const rest = await list({ limit: 10, sort: 'name', cursor });
    expect(rest.items.length).toBe(4);
    expect((await list({ cursor: 'nonsense' })).items.length).toBe(6);
  });

  test('rows of services come first in both directions of that order', async () => {
    const names = async (descending: boolean) =>
      (await list({ sort: 'service', descending })).items.map(({ service }) => service?.name);
    expect((await names(false)).slice(0, 3)).toEqual(['app', 'web', undefined]);
    expect((await names(true)).slice(0, 3)).toEqual(['web', 'app', undefined]);
  });

  test('names what cannot be read and lists the rest', async () => {
    await writeFile(join(paths.certs, 'broken.crt'), leaf.pem.slice(0, 200));
    await symlink(join(outside, 'secret.pem'), join(paths.certs, 'linked.crt'));
    spawnSync('mkfifo', [join(paths.certs, 'pipe.crt')]);
    const { total, failed } = await list();
    expect(total).toBe(7);
    expect(Object.fromEntries(failed.map(({ path, message }) => [path, message.key]))).toEqual({
      [join(paths.certs, 'broken.crt')]: 'error.pem_truncated.what',
      [join(paths.certs, 'linked.crt')]: 'error.path_refused.what',
      [join(paths.certs, 'pipe.crt')]: 'error.certificate_file_unreadable.what',
    });
  });

  test('sees a replaced file, and the passing of time without one', async () => {
    const path = join(paths.certs, 'web.crt');
    const renewed = await issue('001.web.host.trusted.domain', now, day);
    expect((await list({ search: 'web.crt' })).items[0]?.state).toBe('valid');
    await writeFile(`${path}.new`, renewed.pem);
    await utimes(`${path}.new`, 1, 1);
    await rename(`${path}.new`, path);
    time += 5_000;
    expect((await list({ search: 'web.crt' })).items[0]?.sha256).toBe(renewed.sha256);
    time = now + 25 * hour;
    const [later] = (await list({ search: 'web.crt' })).items;
    expect(later).toMatchObject({ state: 'expired' });
    expect(later?.problems.errors).toBeGreaterThan(0);
  });

  test('shows how far the proofs of a service reach', async () => {
    const at = now - 1000;
    const rung = (name: 'configured' | 'on_disk' | 'loaded', outcome: 'proved' | 'contradicted') => ({
      rung: name,
      outcome,
      at,
      evidence: [],
    });
    const ladders = new Map([
      ['web', [rung('configured', 'proved'), rung('on_disk', 'proved'), rung('loaded', 'contradicted')]],
      ['app', [rung('configured', 'contradicted'), rung('on_disk', 'proved')]],
    ]);
    await handlers.close();
    handlers = certificatesHandlers({
      paths,
      services: async () => services,
      now: () => time,
      evidence: async () => ladders,
    });
    const evidence = async (search: string) => (await list({ search, sort: 'service' })).items[0]?.evidence;
    expect(await evidence('web')).toEqual({ rung: 'on_disk', outcome: 'proved', at });
    expect(await evidence('app')).toEqual({ rung: 'configured', outcome: 'contradicted', at });
  });

  test('without a workspace says so', async () => {
    const none = certificatesHandlers({ paths: undefined, services: async () => [], now: () => now });
    const query = certificatesContract['certificates.list'].input.parse({});
    expect(await failure(none['certificates.list'](query))).toBe('no_workspace');
    expect(await failure(none['certificates.inspect']({ source: { path: '/etc/hosts' } }))).toBe(
      'no_workspace',
    );
    const dropped = { name: 'dropped.pem', base64: Buffer.from(leaf.pem).toString('base64') };
    const { certificates } = await none['certificates.inspect']({ source: dropped });
    expect(certificates[0]?.fingerprints.sha256).toBe(leaf.sha256);
    expect(certificates[0]?.paths[0]?.end).toBe('missing_issuer');
    await none.close();
  });
});

describe('the viewer', () => {
  test('judges against the pinned root of this installation', async () => {
    const dropped = { name: 'x.pem', base64: Buffer.from(leaf.pem).toString('base64') };
    const { certificates } = await handlers['certificates.inspect']({ source: dropped });
    expect(certificates[0]?.paths[0]).toMatchObject({ end: 'anchor' });
    expect(certificates[0]?.verdicts.map(({ by, accepted }) => [by, accepted])).toEqual([
      ['Test CA Root', true],
      ['Test CA Root', true],
    ]);
  });

  test('holds the certificate of a service against the name of the service', async () => {
    const codes = async () =>
      (await inspectPath('certs/web.crt')).certificates[0]?.problems.map(({ code }) => code);
    expect(await codes()).toEqual([]);
    await writeFile(
      join(paths.certs, 'web.crt'),
      (await issue('001.other.host.trusted.domain', now - hour, day)).pem,
    );
    expect(await codes()).toEqual(['name_mismatch']);
  });

  test('an installation whose CA is elsewhere trusts its bundle', async () => {
    await rm(paths.caCerts, { recursive: true });
    const { certificates } = await inspectPath('certs/web.crt');
    expect(certificates[0]?.verdicts.every(({ accepted, known }) => accepted && known)).toBe(true);
    expect(certificates[0]?.verdicts.length).toBe(2);
  });

  test('reads below the work directory and where a service has its files, nothing else', async () => {
    for (const path of ['certs/web.crt', paths.rootCert, join(outside, 'elsewhere', 'app.crt')])
      expect(await failure(inspectPath(path))).toBe('none');
    await symlink(join(outside, 'secret.pem'), join(paths.certs, 'linked.crt'));
    await symlink(outside, join(paths.root, 'up'));
    await mkdir(join(outside, 'work-2'));
    await writeFile(join(outside, 'work-2', 'x.pem'), root.pem);
    const refused = [
      join(outside, 'secret.pem'),
      join(outside, 'work-2', 'x.pem'),
      '../secret.pem',
      'certs/linked.crt',
      'up/secret.pem',
      '/etc/passwd',
      '/etc/no-such-file',
    ];
    for (const path of refused)
      expect([path, await failure(inspectPath(path))]).toEqual([path, 'path_refused']);
    for (const path of ['certs', 'certs/none.crt'])
      expect(await failure(inspectPath(path))).toBe('certificate_file_unreadable');
    const source = { path: '../secret.pem' };
    expect(await failure(handlers['certificates.asn1']({ source, item: 0, from: 0 }))).toBe('path_refused');
  });

  test('a file of a service may lie behind a link', async () => {
    await symlink(join(outside, 'elsewhere'), join(outside, 'linked'));
    services = [service('app', join(outside, 'linked', 'app.crt'))];
    expect(await failure(inspectPath(join(outside, 'linked', 'app.crt')))).toBe('none');
  });

  test('tells type and match of a key, and nothing of the key', async () => {
    const key = exportKey(leafKey);
    const { privateKeys } = await inspectPath('certs/web.key');
    expect(privateKeys).toMatchObject([{ encrypted: false, key: { label: 'EC P-256' } }]);
    const both = { name: 'both.pem', base64: Buffer.from(key + leaf.pem).toString('base64') };
    const shown = await handlers['certificates.inspect']({ source: both });
    expect(shown.privateKeys[0]?.matches).toEqual([leaf.sha256]);
    const text = JSON.stringify(shown);
    const secret = key.split('\n').slice(1, -2).join('');
    const scalar = leafKey.export({ format: 'jwk' }).d ?? '-';
    for (const form of [secret, scalar, Buffer.from(scalar, 'base64url').toString('hex')])
      expect(text).not.toContain(form);
    expect(text).not.toContain('PRIVATE KEY');
    expect(await failure(handlers['certificates.asn1']({ source: both, item: 0, from: 0 }))).toBe(
      'certificate_item_secret',
    );
  });

  test('a password opens an encrypted key and is not given back', async () => {
    const password = 'correct horse battery';
    const source = { name: 'k', base64: Buffer.from(encryptKey(leafKey, password)).toString('base64') };
    expect((await handlers['certificates.inspect']({ source })).password).toBe('needed');
    const shown = await handlers['certificates.inspect']({ source, password });
    expect(shown.password).toBe('used');
    expect(JSON.stringify(shown)).not.toContain(password);
    expect(await failure(handlers['certificates.inspect']({ source, password: 'wrong' }))).toBe(
      'certificate_password_wrong',
    );
  });

  test('pages of the structure, and a damaged transfer is refused', async () => {
    const source = { path: 'certs/web.crt' };
    const page = await handlers['certificates.asn1']({ source, item: 0, from: 0 });
    expect(page.nodes[0]).toMatchObject({ tag: 'SEQUENCE', offset: 0 });
    expect(page.bytes).toBe(leaf.der.length);
    const whole = Buffer.from(leaf.pem).toString('base64');
    const base64 = `${whole.slice(0, 100)}*${whole.slice(101)}`;
    expect(await failure(handlers['certificates.inspect']({ source: { name: 'x', base64 } }))).toBe(
      'invalid_input',
    );
  });

  test('two thousand certificates are judged while this thread stays free', async () => {
    const pems: string[] = [];
    for (let n = 0; n < 50; n += 1)
      pems.push((await issue(`${n}.web.host.trusted.domain`, now - hour, day)).pem);
    // Half of them each in its file, half in files of fifty.
    for (let n = 0; n < 1000; n += 1)
      await writeFile(join(paths.certs, `one-${n}.crt`), pems[n % pems.length] ?? '');
    for (let n = 0; n < 20; n += 1) await writeFile(join(paths.certs, `many-${n}.pem`), pems.join(''));
    let total = 0;
    const query = certificatesContract['certificates.list'].input.parse({});
    const stalled = await longestStall(200, async () => {
      const fresh = certificatesHandlers({ paths, services: async () => services, now: () => time });
      ({ total } = await fresh['certificates.list'](query));
      await fresh.close();
    });
    expect(total).toBe(2007);
    expect(stalled).toBeLessThan(200);
  }, 60_000);

  test('ten megabytes are read while this thread stays free', async () => {
    const pem = await readFile(join(paths.certs, 'web.crt'));
    const copies = Math.floor((10 * 1024 * 1024) / pem.length);
    await writeFile(join(paths.certs, 'large.pem'), Buffer.concat(Array.from({ length: copies }, () => pem)));
    let longest = 0;
    let last = performance.now();
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const { total, certificates } = await inspectPath('certs/large.pem');
    clearInterval(ticking);
    expect([total, certificates[0]?.copies]).toEqual([copies, copies]);
    expect(longest).toBeLessThan(400);
  });
});
