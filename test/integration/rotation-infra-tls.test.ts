import { X509Certificate } from 'node:crypto';
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import { createOpenBao, type OpenBao } from '../../src-main/openbao/openbao.ts';
import { infraServers, type InfraServerId } from '../../src-main/rotation/infra-tls/servers.ts';
import { servedBy } from '../../src-main/rotation/infra-tls/served.ts';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { LocalTopology } from '../../src-main/topology/local-topology.ts';
import { clusterData } from '../../src-main/topology/postgres-cluster.ts';
import { ensureDirectory, readTextFile, writeFileAtomic } from '../../src-main/workspace/atomic.ts';
import { readState, updateState } from '../../src-main/workspace/state.ts';
import { issueLeaf, openAuthority, type Authority } from '../../src-main/x509/authority.ts';
import { decryptKey, exportKey, generateKey } from '../../src-main/x509/keys.ts';
import { momentsFor } from '../support/moments.ts';
import { installation, type Installation } from '../support/installation.ts';

let lab: Installation;
let topology: LocalTopology;
let issuer: Authority;
let bundle: string;
let openbao: OpenBao;

/** A pair for loopback that ends soon, as an operator may have made it by hand. */
async function oldPair(names: readonly string[]): Promise<{ cert: string; key: string }> {
  const key = await generateKey('rsa-2048');
  const leaf = await issueLeaf(
    { names, key, purposes: ['server'], notBefore: Date.now() - 60_000, lifetime: 3_600_000 },
    issuer,
  );
  return { cert: leaf.pem + issuer.pem, key: exportKey(key) };
}

async function place(
  directory: string,
  owner?: { uid: number; gid: number },
): Promise<{ cert: string; key: string }> {
  await ensureDirectory(directory, { mode: 0o700 });
  const pair = await oldPair(['localhost', '127.0.0.1']);
  const paths = { cert: join(directory, 'server.crt'), key: join(directory, 'server.key') };
  await writeFile(paths.cert, pair.cert, { mode: 0o644 });
  await writeFile(paths.key, pair.key, { mode: 0o600 });
  if (owner !== undefined) for (const path of Object.values(paths)) await chown(path, owner.uid, owner.gid);
  return paths;
}

const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);
const pairs = new Map<InfraServerId, { cert: string; key: string }>();

beforeAll(async () => {
  lab = await installation();
  const { paths } = lab;
  topology = new LocalTopology(paths);
  const layout = await topology.requireLayout();
  const password = (await readTextFile(paths.passwordFile)).trim();
  issuer = openAuthority(
    new X509Certificate(await readFile(paths.intermediateCert)).raw,
    decryptKey(await readTextFile(paths.intermediateKey), password),
  );
  bundle = await readTextFile(paths.bundle);

  pairs.set('responder', await place(join(paths.secrets, 'bootroot-http01', 'tls')));
  const responder = pairs.get('responder');
  await writeFile(
    paths.responderConfig,
    `${await readTextFile(paths.responderConfig)}\ntls_cert_path = "${responder?.cert}"\ntls_key_path = "${responder?.key}"\n`,
  );
  // TLS is switched on by a start; the pair is changed without one.
  await topology.stopServer('responder');
  await topology.launch('responder');

  const data = clusterData(layout);
  pairs.set('postgres', await place(data, layout.postgres.user));
  const conf = join(data, 'postgresql.conf');
  await writeFile(conf, `${await readTextFile(conf)}\nssl = on\n`);
  await topology.reloadServer('postgres');

  pairs.set('openbao', await place(join(paths.root, 'openbao', 'tls')));
  const hcl = topology.files.openbaoConfig;
  const tls = `tls_cert_file = "${pairs.get('openbao')?.cert}"\n  tls_key_file = "${pairs.get('openbao')?.key}"`;
  const text = (await readTextFile(hcl))
    .replace('tls_disable = true', tls)
    .replace('api_addr = "http:', 'api_addr = "https:');
  await writeFileAtomic(hcl, text, { mode: 0o600 });
  await topology.stopServer('openbao');
  await topology.launch('openbao');
  const url = `https://127.0.0.1:${layout.ports.openbao}`;
  openbao = createOpenBao({ url, ca: bundle });
  await vi.waitFor(() => openbao.sealStatus(), { timeout: 60_000, interval: 200 });
  for (const share of (await readTextFile(paths.unsealKeys)).trim().split('\n').slice(0, 2))
    await openbao.unseal(share);
  await vi.waitFor(
    async () => {
      if ((await openbao.health()).standby) throw new Error('standby');
    },
    { timeout: 60_000, interval: 200 },
  );
  await updateState(
    paths.state,
    (draft) => {
      draft.openbao_url = url;
      const entry = { cert_path: pairs.get('openbao')?.cert, key_path: pairs.get('openbao')?.key, sans: [] };
      Object.assign(draft, { infra_certs: { openbao: { ...entry, reload_strategy: { type: 'none' } } } });
    },
    { holder: 'test' },
  );
});
afterAll(async () => {
  await topology?.close();
  await lab?.stop();
});

const served = async (id: InfraServerId) => {
  const server = (await infraServers(lab.paths, await topology.readLayout())).find((one) => one.id === id);
  if (server?.pair === undefined) throw new Error(`${id} has no TLS`);
  return servedBy(id, server.pair, bundle, '127.0.0.1');
};
const onDisk = async (id: InfraServerId): Promise<string> =>
  sha256(new X509Certificate(await readFile(pairs.get(id)?.cert ?? '')));
const startedAt = (id: InfraServerId) => readTextFile(join(lab.paths.run, `${id}.json`));
const ids = ['openbao', 'postgres', 'responder'] as const;
const fingerprints = () => Promise.all(ids.map(async (id) => (await served(id)).served?.sha256));

test('every server with TLS takes a new pair over by a signal: same process, unsealed, trusted', async () => {
  const before = await fingerprints();
  expect(before).toEqual(await Promise.all(ids.map(onDisk)));
  const processes = await Promise.all(ids.map(startedAt));
  const owners = await Promise.all(ids.map((id) => stat(pairs.get(id)?.key ?? '')));

  const done = await lab.must(['--json', 'rotate', 'infra-tls']);
  const { operation } = JSON.parse(done.stdout) as { operation: Operation };
  expect(operation.proofs.map(({ title, outcome }) => `${title.key} ${outcome}`).sort()).toEqual([
    'infra_tls.proof.served proved',
    'infra_tls.proof.served proved',
    'infra_tls.proof.served proved',
    'infra_tls.proof.unsealed proved',
  ]);

  const after = await Promise.all(ids.map(served));
  for (const [index, seen] of after.entries()) {
    expect([seen.ok, seen.served?.names]).toEqual([true, ['localhost', '127.0.0.1']]);
    expect(seen.served?.sha256).not.toBe(before[index]);
    expect(Date.parse(seen.served?.notAfter ?? '') - Date.now()).toBeGreaterThan(300 * 24 * 3_600_000);
  }
  expect(after.map((seen) => seen.served?.sha256)).toEqual(await Promise.all(ids.map(onDisk)));
  expect(await Promise.all(ids.map(startedAt))).toEqual(processes);
  expect((await openbao.sealStatus()).sealed).toBe(false);
  const { servers } = JSON.parse((await lab.must(['--json', 'status'])).stdout) as {
    servers: readonly { name: string; state: string }[];
  };
  expect(new Map(servers.map(({ name, state: now }) => [name, now])).get('openbao')).toBe('ready');
  for (const [index, id] of ids.entries()) {
    const { mode, uid, gid } = await stat(pairs.get(id)?.key ?? '');
    expect([mode, uid, gid]).toEqual([owners[index]?.mode, owners[index]?.uid, owners[index]?.gid]);
  }
  const entry = (await readState(lab.paths.state)).infra_certs?.['openbao'];
  expect(Date.parse(String(entry?.expires_at))).toBe(Date.parse(after[0]?.served?.notAfter ?? ''));
});

test('a server that does not take its new pair over keeps the old one, and state.json says nothing else', async () => {
  const before = await fingerprints();
  const state = await readTextFile(lab.paths.state);
  const layout = await topology.requireLayout();
  const data = clusterData(layout);
  const conf = join(data, 'postgresql.conf');
  const text = await readTextFile(conf);
  // An include that only PostgreSQL itself follows: it reads another pair than the one that is written.
  await place(join(data, 'other'), layout.postgres.user);
  if (layout.postgres.user !== undefined)
    await chown(join(data, 'other'), layout.postgres.user.uid, layout.postgres.user.gid);
  await writeFile(
    join(data, 'extra.conf'),
    "ssl_cert_file = 'other/server.crt'\nssl_key_file = 'other/server.key'\n",
  );
  await writeFile(conf, `${text}\ninclude = 'extra.conf'\n`);
  const disk = await onDisk('postgres');
  const failed = await lab.cli(['rotate', 'infra-tls', 'postgres']);
  expect([failed.code, failed.stderr.includes('did not take its new certificate over')]).toEqual([1, true]);
  expect(await onDisk('postgres')).toBe(disk);
  expect(await readTextFile(lab.paths.state)).toBe(state);
  await writeFile(conf, text);
  await lab.must(['operations', 'undo', (await lab.last()).id]);
  expect(await fingerprints()).toEqual(before);
});

test('undo puts the old pair back and lets the server serve it', async () => {
  const before = await fingerprints();
  const { call, operate, console } = await lab.open();
  const done = await operate('rotate.infra-tls', { servers: ['postgres'] });
  expect(done.state).toBe('done');
  const plan = await call<Plan>('operations.plan', { kind: 'rotate.infra-tls', input: {} });
  expect(plan.steps.map(({ id }) => id)).toEqual(['tls-openbao', 'tls-postgres', 'tls-responder']);
  await console.shutdown();
  const killed = await lab.cli(['rotate', 'infra-tls', 'postgres', 'openbao'], {
    BOOTROOT_CONSOLE_TEST: '1',
    BOOTROOT_CONSOLE_FAULT: 'tls-postgres:after:rotate.infra-tls',
  });
  expect(killed.signal).toBe('SIGKILL');
  const between = await fingerprints();
  expect(between[1]).not.toBe(before[1]);
  await lab.must(['operations', 'undo', (await lab.last()).id]);
  const undone = await fingerprints();
  expect(undone[0]).toBe(before[0]);
  expect([undone[1], (await served('postgres')).ok]).toEqual([done.changes[0]?.after, true]);
});

test('killed at any moment of any server: each server has its own new pair and its own entry in state.json', async () => {
  for (const [index, id] of ids.entries())
    for (const [late, moment] of momentsFor(index, seed).entries()) {
      const before = await fingerprints();
      const killed = await lab.cli(['rotate', 'infra-tls'], {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `tls-${id}:${moment}:rotate.infra-tls`,
      });
      expect([id, moment, killed.signal]).toEqual([id, moment, 'SIGKILL']);
      const entry = async () => (await readState(lab.paths.state)).infra_certs?.['openbao']?.expires_at;
      // What is done is said at once, not when the last server is through.
      if (id !== 'openbao')
        expect(Date.parse(String(await entry()))).toBe(
          Date.parse((await served('openbao')).served?.notAfter ?? ''),
        );
      const way = (index + late + seed) % 2 === 1 ? 'undo' : 'resume';
      await lab.must(['operations', way, (await lab.last()).id]);
      const after = await fingerprints();
      expect([id, moment, after]).toEqual([id, moment, await Promise.all(ids.map(onDisk))]);
      for (const [at, fingerprint] of after.entries())
        expect([id, moment, way, fingerprint === before[at]]).toEqual([id, moment, way, way === 'undo']);
    }
});

test('the old CA is not retired while a server still serves a certificate of it', async () => {
  const rows = async () => {
    const answer = await lab.must(['rotate', 'ca-key', 'status', '--json']);
    return (JSON.parse(answer.stdout) as { board: CaKeyBoard }).board.rows.map(
      ({ service, issuer: { state }, served: { state: live }, green }) => [service, state, live, green],
    );
  };
  const names = ids.map((id) => `server:${id}`);
  await lab.must(['rotate', 'ca-key', '--skip', 'finalize'], 4);
  expect((await rows()).sort()).toEqual(names.map((name) => [name, 'pending', 'proved', false]));
  await lab.must(['rotate', 'ca-key'], 4);
  expect((await rows()).sort()).toEqual(names.map((name) => [name, 'pending', 'proved', false]));
  await lab.must(['rotate', 'infra-tls']);
  expect((await rows()).sort()).toEqual(names.map((name) => [name, 'proved', 'proved', true]));
  await lab.must(['rotate', 'ca-key', '--cleanup']);
  for (const id of ids) expect((await served(id)).ok).toBe(true);
});

test('a server without TLS is named in the plan; none with TLS is no rotation', async () => {
  const text = await readTextFile(lab.paths.responderConfig);
  await writeFile(lab.paths.responderConfig, text.replace(/^tls_.*$/gm, ''));
  const { call, console } = await lab.open();
  const plan = await call<Plan>('operations.plan', {
    kind: 'rotate.infra-tls',
    input: { servers: ['responder'] },
  });
  expect(plan.steps.flatMap(({ effects }) => effects)).toMatchObject([{ kind: 'touches', who: 'responder' }]);
  expect(plan.preconditions.filter(({ met }) => !met).map(({ id }) => id)).toEqual(['some']);
  await console.shutdown();
  await writeFile(lab.paths.responderConfig, text);
});
