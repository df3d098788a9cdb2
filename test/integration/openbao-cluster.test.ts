import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Elsewhere } from '../../shared/contract/elsewhere.ts';
import type { OpenBaoMember, OpenBaoStatus } from '../../shared/contract/openbao.ts';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { ServiceDetail } from '../../shared/contract/services.ts';
import type { Versions } from '../../shared/contract/upgrade.ts';
import { createOpenBao } from '../../src-main/openbao/openbao.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import { byAddress, byFiles, type RotationRun } from '../support/every-rotation.ts';
import {
  emptyInstallation,
  installation,
  type InnerConsole,
  type Installation,
} from '../support/installation.ts';
import { joinMembers, type JoinedMembers } from '../support/openbao-cluster.ts';
import { startOpenBao } from '../support/openbao.ts';

const name = '001.far-app.far-node.trusted.domain';
const patience = { timeout: 30_000 };

/** Servers that run elsewhere, and a console that only knows their addresses. */
let servers: Installation;
let cluster: JoinedMembers;
let place: Installation;
let far: InnerConsole;

const serverNow = async (id: string): Promise<ServerStatus | undefined> => {
  const { stdout } = await servers.must(['status', '--json']);
  return (JSON.parse(stdout) as { servers: ServerStatus[] }).servers.find((server) => server.name === id);
};

/** What the people of the CA do for a new host: its name comes into the DNS that the CA asks. */
async function nameInTheDns(): Promise<void> {
  const file = join(servers.paths.local, 'dns', 'resolver.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as { names: string[] };
  await writeFile(file, JSON.stringify({ ...config, names: [...config.names, name] }));
  process.kill((await serverNow('resolver'))?.pid ?? 0);
  await servers.must(['infra', 'up']);
}

const status = (): Promise<OpenBaoStatus> => far.call<OpenBaoStatus>('openbao.status');
const members = async (): Promise<readonly OpenBaoMember[]> => (await status()).cluster?.members ?? [];
const states = async (): Promise<readonly string[]> => (await members()).map(({ state }) => state).sort();
const leader = async (): Promise<string> =>
  (await members()).find(({ state }) => state === 'leader')?.url ?? '';
const pidOf = async (url: string): Promise<number> =>
  cluster.others.find((node) => node.url === url)?.pid() ?? (await serverNow('openbao'))?.pid ?? 0;
const voters = async (): Promise<number> => (await members()).filter(({ voter }) => voter === true).length;
const operate = async (kind: string, input: unknown): Promise<Operation> => {
  const done = await far.operate(kind, input);
  expect(done.error).toBeUndefined();
  expect(done.state).toBe('done');
  return done;
};

/** Starts the member that died again; the console gives the shares to whichever member is sealed. */
async function revive(url: string): Promise<void> {
  const node = cluster.others.find((each) => each.url === url);
  if (node === undefined) await servers.must(['infra', 'up'], 4);
  else await node.resume();
  expect((await status()).memberSealed).toBe(true);
  for (const share of cluster.shares.slice(0, 2)) await far.call('openbao.unsealWithShare', { share });
  await expect.poll(states, patience).toEqual(['follower', 'follower', 'leader']);
}

beforeAll(async () => {
  servers = await installation();
  await nameInTheDns();
  cluster = await joinMembers(servers, 2);
  place = await emptyInstallation();
  far = await place.open();
  const text = (file: string): Promise<string> => readFile(file, 'utf8');
  const layout = JSON.parse(await text(join(servers.paths.local, 'topology.json'))) as {
    ports: Readonly<Record<'acmeHttp' | 'resolver' | 'responderAdmin' | 'stepCa', number>>;
  };
  const { ports } = layout;
  await operate('setup.external', {
    path: place.paths.root,
    name: 'Far',
    openbaoUrl: cluster.first,
    openbaoMembers: cluster.others.map(({ url }) => url),
    kvMount: 'secret',
    stepcaUrl: `https://localhost:${ports.stepCa}`,
    responderAdminUrl: `http://127.0.0.1:${ports.responderAdmin}`,
    http01Port: ports.acmeHttp,
    resolver: `127.0.0.1:${ports.resolver}`,
    domain: 'trusted.domain',
    caPem: await text(servers.paths.bundle),
  });
  const role = (file: 'role_id' | 'secret_id'): Promise<string> =>
    text(servers.paths.consoleRole('console', file));
  const [roleId, secretId] = [(await role('role_id')).trim(), (await role('secret_id')).trim()];
  await far.call('openbao.login', { method: 'approle', roleId, secretId });
}, 240_000);
afterAll(async () => {
  await place?.stop();
  await cluster?.stop();
  await servers?.stop();
});
afterEach(() => {
  for (const variable of ['BOOTROOT_CONSOLE_TEST', 'BOOTROOT_CONSOLE_FAULT', 'BOOTROOT_CONSOLE_FAULT_PID'])
    Reflect.deleteProperty(process.env, variable);
});

test('the members are known: who leads, how each is, and how many may be lost', async () => {
  expect(await states()).toEqual(['follower', 'follower', 'leader']);
  // A member that has just joined gets its vote after ten seconds.
  await expect.poll(voters, patience).toBe(3);
  await expect
    .poll(async () => (await status()).cluster, patience)
    .toMatchObject({ healthy: true, failureTolerance: 1 });
  expect((await members()).map(({ nodeId }) => nodeId).slice(1)).toEqual(['member-2', 'member-3']);
});

test('what somebody else runs is known by its answers: roots, ACME directory, database and its tables', async () => {
  const { stepca, database, responder } = await far.call<Elsewhere>('elsewhere.look');
  expect(stepca).toMatchObject({ healthy: true, directory: { answers: true, needsBinding: false } });
  expect(stepca.roots.map(({ trusted }) => trusted)).toEqual([true]);
  expect(database).toMatchObject({ sslMode: 'disable', level: 'none', tables: { present: true } });
  expect(database?.answered).toBe(database?.servers[0]);
  expect(responder.answers).toBe(true);
});

test('an OpenBao of another cluster is no member', async () => {
  const stranger = await startOpenBao();
  try {
    await stranger.init();
    await expect(far.call('openbao.setMembers', { members: [stranger.url] })).rejects.toMatchObject({
      code: 'openbao_other_cluster',
    });
    expect(await states()).toEqual(['follower', 'follower', 'leader']);
  } finally {
    await stranger.stop();
  }
});

test('a service is onboarded over the cluster', async () => {
  const defaults = await far.call<Record<string, unknown>>('services.defaults', { serviceName: 'far-app' });
  await operate('service.add', { ...defaults, hostname: 'far-node' });
});

test('the versions of all members are told with what comes next, and the leader hands over by an operation', async () => {
  const { cluster: told } = await far.call<Versions>('upgrade.versions');
  expect(told).toMatchObject({ next: { key: 'cluster.next.done' }, stepDown: false });
  expect(told?.members.map(({ version }) => version)).toEqual(Array.from({ length: 3 }, () => '2.7.2'));
  // The console's own role may not; who may is told before anything happens.
  const plan = await far.call<Plan>('operations.plan', { kind: 'openbao.step-down', input: {} });
  expect(plan.preconditions.filter(({ met }) => !met).map(({ id }) => id)).toEqual(['allowed']);

  const glass = (file: 'role_id' | 'secret_id'): Promise<string> =>
    readFile(servers.paths.consoleRole('break-glass', file), 'utf8');
  const openbao = createOpenBao({
    url: cluster.first,
    members: cluster.others.map(({ url }) => url),
  });
  const login = await openbao.login((await glass('role_id')).trim(), (await glass('secret_id')).trim());
  const { rootToken } = await openbao.withToken(login.token).recovery.calls();
  const token = await rootToken.generate(cluster.shares, async () => undefined);
  const root = await servers.open();
  try {
    await root.call('openbao.setMembers', { members: cluster.others.map(({ url }) => url) });
    await root.call('openbao.login', { method: 'token', token });
    const before = await leader();
    const done = await root.operate('openbao.step-down', {});
    expect([done.error, done.state]).toEqual([undefined, 'done']);
    expect(done.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
    await expect.poll(states, patience).toEqual(['follower', 'follower', 'leader']);
    expect(await leader()).not.toBe(before);
  } finally {
    await openbao.withToken(token).token.revokeSelf();
    await root.console.shutdown();
  }
});

test('every rotation, by whoever can: the console far away, or the one on the host of the servers', async () => {
  const near = await servers.open();
  await near.call('openbao.setMembers', { members: cluster.others.map(({ url }) => url) });
  const done = async (console: InnerConsole, { kind, input, secrets }: RotationRun): Promise<void> => {
    const ended = await console.operate(kind, input, secrets);
    expect([kind, input, ended.state, ended.error]).toEqual([kind, input, 'done', undefined]);
  };
  const proved = async (): Promise<void> => {
    const { ladder } = await far.call<ServiceDetail>('services.prove', { id: 'far-app' });
    expect(ladder.filter(({ outcome }) => outcome !== 'proved')).toEqual([]);
  };
  for (const rotation of byAddress) {
    await done(far, rotation);
    await proved();
  }
  for (const rotation of byFiles) {
    const { kind, input } = rotation;
    // From far away it would be half done; who can do it is named before anything happens.
    const plan = await far.call<Plan>('operations.plan', { kind, input });
    expect(plan.preconditions.filter(({ met }) => !met)).not.toEqual([]);
    await done(near, rotation);
    // What the CA publishes is taken over far away: both generations first, then certificates of the new one.
    if (kind !== 'rotate.ca-key') continue;
    if (input['action'] === 'switch')
      await done(far, { kind: 'rotate.force-reissue', input: { ids: 'all' } });
    else await done(far, { kind: 'rotate.trust-sync', input: {} });
    await proved();
  }
  await near.console.shutdown();
});

test.each(['mint:before', 'mint:after', 'retire:before'])(
  'a rotation goes on when the leader dies at %s, and leaves the new credential alone',
  async (moment) => {
    const before = await leader();
    process.env['BOOTROOT_CONSOLE_TEST'] = '1';
    process.env['BOOTROOT_CONSOLE_FAULT'] = moment;
    process.env['BOOTROOT_CONSOLE_FAULT_PID'] = String(await pidOf(before));
    const done = await operate('rotate.approle-secret-id', { ids: 'all' });
    const seen = await members();
    expect(seen.find(({ url }) => url === before)?.state).toBe('unreachable');
    expect(seen.find(({ state }) => state === 'leader')?.url).not.toBe(before);
    // The new credential logs in, and the one before it does not.
    expect(done.proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
    await revive(before);
  },
);

test('a cluster without a majority is said to have no leader, and nothing is lost by asking', async () => {
  for (const node of cluster.others) await node.halt();
  await expect.poll(states, patience).not.toContain('leader');
  const seen = await status();
  expect(seen.cluster?.members.filter(({ state }) => state === 'unreachable')).toHaveLength(2);
  for (const node of cluster.others) await node.resume();
  for (const share of cluster.shares.slice(0, 2)) await far.call('openbao.unsealWithShare', { share });
  await expect.poll(states, patience).toEqual(['follower', 'follower', 'leader']);
});
