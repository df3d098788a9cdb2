import { mkdtemp, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import { Agent } from '../../src-main/agent/agent.ts';
import { readAgentConfig, type ConfigSource } from '../../src-main/agent/config.ts';
import { FastPoll, type FastPollAgent } from '../../src-main/agent/fast-poll.ts';
import type { RenewalResult } from '../../src-main/agent/renewal.ts';
import { readAgentState } from '../../src-main/agent/state-file.ts';
import type { OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { servicePolicy, serviceRoleName } from '../../src-main/openbao/policies.ts';
import { toolRole } from '../../src-main/openbao/roles.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';
import { testPki, type TestPki } from '../support/pki.ts';

const id = 'edge-proxy';
const role = serviceRoleName(id);
const kvPath = (item: string): string => `bootroot/services/${id}/${item}`;
const renewed: RenewalResult = { outcome: 'renewed', reasons: ['forced'] };
const failed: RenewalResult = {
  outcome: 'failed',
  reasons: ['forced'],
  error: new ConsoleError('acme_unreachable', { url: '', reason: '' }),
};

let server: TestOpenBao;
let root: OpenBaoClient;
let shares: readonly string[];
let oldPki: TestPki;
let newPki: TestPki;
let directory: string;
let events: string[];
let clock: number;
let force: (identity: string) => Promise<RenewalResult>;
let forcedFor: string[];
let source: ConfigSource;
let agent: FastPollAgent;

beforeAll(async () => {
  server = await startOpenBao();
  const init = await server.init();
  shares = init.keys;
  root = server.openbao.withToken(init.rootToken);
  await root.mounts.enableKv2('secret');
  await root.auth.enableAppRole();
  await root.policies.write(role, servicePolicy(id, 'secret'));
  await root.approle.write(role, toolRole(role));
  oldPki = await testPki('Step');
  newPki = await testPki('Step');
});
afterAll(() => server?.stop());

const file = (name: string): string => join(directory, name);
const text = (name: string): Promise<string> => readFile(file(name), 'utf8');
const config = (): string => file('agent.toml');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fast-poll-'));
  events = [];
  clock = Date.now();
  forcedFor = [];
  force = async () => renewed;
  for (const item of ['trust', 'secret_id', 'http_responder_hmac', 'eab', 'reissue'])
    await root.kv.destroy(kvPath(item));
  await writeFile(file('role_id'), `${await root.approle.roleId(role)}\n`, { mode: 0o600 });
  await writeFile(file('secret_id'), (await root.approle.secretId(role)).secretId, { mode: 0o600 });
  await writeFile(file('ca-bundle.pem'), oldPki.bundle);
  const profile = (instance: string): string => `
[[profiles]]
registration_id = "${id}"
service_name = "edge-proxy"
instance_id = "${instance}"
hostname = "edge-node-01"
[profiles.paths]
cert = "${file(`${instance}.crt`)}"
key = "${file(`${instance}.key`)}"
`;
  await writeFile(
    config(),
    `domain = "trusted.domain" # ours
[acme]
http_responder_hmac = "old secret"
[trust]
ca_bundle_path = "${file('ca-bundle.pem')}"
trusted_ca_sha256 = ["${oldPki.root.sha256}", "${oldPki.intermediate.sha256}"]
[openbao]
url = "${server.url}"
role_id_path = "${file('role_id')}"
secret_id_path = "${file('secret_id')}"
state_path = "${file('state.json')}"
fast_poll_interval = "10s"
${profile('001')}${profile('002')}`,
    { mode: 0o640 },
  );
  source = { path: config(), environment: {}, flags: { eabFile: file('eab.json') } };
  const deps = {
    source,
    log: () => undefined,
    now: () => clock,
    random: () => 0.5,
    sleep: async () => undefined,
  };
  const real = new Agent(await readAgentConfig(source), deps, () => undefined);
  agent = {
    get config() {
      return real.config;
    },
    edit: (settings) => real.edit(settings),
    reload: () => real.reload(),
    force(profile_) {
      forcedFor.push(profile_.identity);
      return force(profile_.identity);
    },
  };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const poller = (): FastPoll =>
  new FastPoll({
    agent,
    log: ({ key }) => events.push(key),
    now: () => clock,
    random: () => 1,
    sleep: async () => undefined,
  });
const signal = new AbortController().signal;
/** A round, and the reissue that it began. */
async function tick(poll: FastPoll): Promise<boolean> {
  const ok = await poll.tick(signal);
  await poll.settled();
  return ok;
}
const count = (event: string): number => events.filter((one) => one === event).length;
const trustOf = (pki: TestPki): object => ({
  trusted_ca_sha256: [pki.root.sha256, pki.intermediate.sha256],
  ca_bundle_pem: pki.bundle,
});
const reissue = async (): Promise<Readonly<Record<string, unknown>> | undefined> =>
  (await root.kv.read(kvPath('reissue')))?.data;
const request = (by = 'mina'): Promise<{ version: number }> =>
  root.kv.write(kvPath('reissue'), { requested_at: '2030-01-01T00:00:00Z', requester: by });

describe('what is delivered', () => {
  test('nothing published is nothing to do', async () => {
    expect(await tick(poller())).toBe(true);
    expect(events).toEqual([]);
  });

  test('responder secret, EAB and trust are applied once for each version; comments and modes stay', async () => {
    await root.kv.write(kvPath('http_responder_hmac'), { hmac: 'new secret' });
    await root.kv.write(kvPath('eab'), { kid: 'k1', hmac: 'AAAAAAAAAAAAAAAA' });
    await root.kv.write(kvPath('trust'), trustOf(newPki));
    const poll = poller();
    await tick(poll);
    expect(count('agent.log.item_applied')).toBe(3);
    await tick(poll);
    await tick(poller());
    expect(count('agent.log.item_applied')).toBe(3);
    expect(await text('agent.toml')).toContain('domain = "trusted.domain" # ours');
    expect((await stat(config())).mode & 0o777).toBe(0o640);
    expect(agent.config.acme.http_responder_hmac).toBe('new secret');
    expect(agent.config.profiles[1]?.eab).toEqual({ kid: 'k1', hmac: 'AAAAAAAAAAAAAAAA' });
    expect(agent.config.trust.pins).toEqual([newPki.root.sha256, newPki.intermediate.sha256]);
    expect(await text('ca-bundle.pem')).toBe(newPki.bundle);
    // The empty pair clears.
    await root.kv.write(kvPath('eab'), { kid: '', hmac: '' });
    await tick(poll);
    expect(agent.config.profiles[0]?.eab).toBeUndefined();
    expect((await stat(file('eab.json'))).mode & 0o777).toBe(0o600);
  });

  test('trust that contradicts itself is not applied, and said once', async () => {
    await root.kv.write(kvPath('trust'), { ...trustOf(newPki), ca_bundle_pem: newPki.root.pem });
    const poll = poller();
    await tick(poll);
    clock += 3_600_000;
    await tick(poll);
    expect(count('agent.log.item_refused')).toBe(1);
    expect(agent.config.trust.pins).toContain(oldPki.root.sha256);
    expect(await text('ca-bundle.pem')).toBe(oldPki.bundle);
    // Pins without any root would leave a bundle in which nothing can be verified (C4).
    await root.kv.write(kvPath('trust'), {
      trusted_ca_sha256: [newPki.intermediate.sha256],
      ca_bundle_pem: newPki.intermediate.pem,
    });
    await tick(poll);
    expect(count('agent.log.item_failed')).toBe(1);
    expect(await text('agent.toml')).toContain(oldPki.root.sha256);
  });

  test('version numbers that start again after a path was made anew are not taken for old ones', async () => {
    for (const hmac of ['one', 'two', 'three']) await root.kv.write(kvPath('http_responder_hmac'), { hmac });
    const poll = poller();
    await tick(poll);
    expect((await readAgentState(file('state.json'))).last_responder_hmac_seen_version).toEqual({ [id]: 3 });
    await root.kv.destroy(kvPath('http_responder_hmac'));
    await root.kv.write(kvPath('http_responder_hmac'), { hmac: 'anew' });
    await tick(poll);
    expect(agent.config.acme.http_responder_hmac).toBe('anew');
    // A state file of the newer agent knows numbers only.
    const numbers = { last_responder_hmac_seen_version: { [id]: 5 } };
    await writeFile(file('state.json'), JSON.stringify(numbers), { mode: 0o600 });
    await agent.edit({ acme: { http_responder_hmac: 'stale' } });
    await agent.reload();
    await tick(poll);
    expect(agent.config.acme.http_responder_hmac).toBe('anew');
    // And the same number of another path.
    await root.kv.destroy(kvPath('http_responder_hmac'));
    await root.kv.write(kvPath('http_responder_hmac'), { hmac: 'anew again' });
    await tick(poll);
    expect(agent.config.acme.http_responder_hmac).toBe('anew again');
  });
});

describe('secret_id', () => {
  test('a value that does not log in never replaces the one that does', async () => {
    const before = await text('secret_id');
    await root.kv.write(kvPath('secret_id'), { secret_id: 'dead' });
    const poll = poller();
    await tick(poll);
    await tick(poll);
    expect(await text('secret_id')).toBe(before);
    expect(count('agent.log.secret_id_unproved')).toBe(1);
    // Still able to log in, and to take a good one.
    const { secretId } = await root.approle.secretId(role);
    await root.kv.write(kvPath('secret_id'), { secret_id: secretId });
    await chmod(file('secret_id'), 0o640);
    expect(await tick(poller())).toBe(true);
    expect(await text('secret_id')).toBe(secretId);
    expect((await stat(file('secret_id'))).mode & 0o777).toBe(0o640);
  });

  test('a proof that OpenBao does not take is not repeated at every poll', async () => {
    await root.kv.write(kvPath('secret_id'), { secret_id: 'dead' });
    const poll = poller();
    const logins = async (): Promise<number> =>
      (await readFile(server.auditFile, 'utf8')).split('"path":"auth/approle/login"').length;
    await tick(poll);
    const first = await logins();
    for (let round = 0; round < 5; round += 1) await tick(poll);
    expect(await logins()).toBe(first);
    clock += 3_600_000;
    await tick(poll);
    expect(await logins()).toBeGreaterThan(first);
  });
});

describe('reissue', () => {
  test('every profile is renewed, the request reported done, once', async () => {
    const { version } = await request();
    const poll = poller();
    await tick(poll);
    expect(forcedFor).toHaveLength(2);
    expect(await reissue()).toMatchObject({ requester: 'mina', completed_version: version });
    await tick(poll);
    await tick(poller());
    expect(forcedFor).toHaveLength(2);
    const state = await readAgentState(file('state.json'));
    expect(state.in_flight_renewals).toEqual({});
    expect(state.pending_completion_writes).toEqual({});
  });

  test('a request that lands while the last one is served is not overwritten, and is served next', async () => {
    await request('first');
    let second: { version: number } | undefined;
    force = async () => {
      second ??= await request('second');
      return renewed;
    };
    const poll = poller();
    await tick(poll);
    expect(await reissue()).toMatchObject({ requester: 'second' });
    expect(await reissue()).not.toHaveProperty('completed_version');
    expect(events).toContain('agent.log.reissue_superseded');
    await tick(poll);
    expect(forcedFor).toHaveLength(4);
    expect(await reissue()).toMatchObject({ requester: 'second', completed_version: second?.version });
  });

  test('a failing renewal is tried with growing pauses, not at every poll', async () => {
    await request();
    force = async () => failed;
    const poll = poller();
    const tries: number[] = [];
    for (let round = 0; round < 60; round += 1) {
      const before = forcedFor.length;
      await tick(poll);
      if (forcedFor.length > before) tries.push(round);
      clock += 10_000;
    }
    expect(tries).toEqual([0, 2, 6, 14, 30]);
  });

  test('while a reissue hangs in its retries, the trust it waits for still comes', async () => {
    await request();
    let release: (result: RenewalResult) => void = () => undefined;
    force = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const poll = poller();
    expect(await poll.tick(signal)).toBe(true);
    await root.kv.write(kvPath('trust'), trustOf(newPki));
    expect(await poll.tick(signal)).toBe(true);
    expect(agent.config.trust.pins).toContain(newPki.root.sha256);
    force = async () => renewed;
    release({ outcome: 'failed', reasons: [], error: new ConsoleError('cancelled') });
    await poll.settled();
    expect(await reissue()).toHaveProperty('completed_version');
  });

  test('trust of the same round is in force before the reissue begins', async () => {
    await root.kv.write(kvPath('trust'), trustOf(newPki));
    await request();
    let pins: readonly string[] = [];
    force = async () => {
      pins = agent.config.trust.pins;
      return renewed;
    };
    await tick(poller());
    expect(pins).toContain(newPki.root.sha256);
  });

  test('after a crash in the middle, finished profiles are not renewed again, and the report is made up for', async () => {
    const { version } = await request();
    const done = '001.edge-proxy.edge-node-01.trusted.domain';
    // As the newer agent leaves it.
    const flight = {
      in_flight_renewals: { [id]: { version, completed_profiles: [done] } },
      x_unknown: { a: 1 },
    };
    await writeFile(file('state.json'), JSON.stringify(flight), { mode: 0o600 });
    await tick(poller());
    expect(forcedFor).toEqual(['002.edge-proxy.edge-node-01.trusted.domain']);
    expect(JSON.parse(await text('state.json'))).toMatchObject({
      x_unknown: { a: 1 },
      last_reissue_seen_version: { [id]: version },
    });
    const next = await request();
    const pending = {
      last_reissue_seen_version: { [id]: next.version },
      pending_completion_writes: { [id]: { version: next.version, completed_at: '2030-01-01T00:00:00Z' } },
    };
    await writeFile(file('state.json'), JSON.stringify(pending), { mode: 0o600 });
    forcedFor = [];
    await tick(poller());
    expect(forcedFor).toEqual([]);
    expect(await reissue()).toMatchObject({ completed_version: next.version });
  });
});

describe('an OpenBao with a certificate of another CA', () => {
  test('is followed as soon as the bundle on this host trusts it, whoever wrote that', async () => {
    const serve = async (pki: TestPki, port?: number) =>
      startFaultProxy({
        target: server.url,
        tls: await pki.leaf(['127.0.0.1']),
        ...(port === undefined ? {} : { port }),
      });
    let tls = await serve(oldPki);
    try {
      const own = await text('agent.toml');
      const ca = `ca_bundle_path = "${file('ca-bundle.pem')}"`;
      await writeFile(config(), own.replace(`url = "${server.url}"`, `url = "${tls.url}"\n${ca}`));
      await agent.reload();
      const poll = poller();
      expect(await tick(poll)).toBe(true);
      const { port } = tls;
      await tls.stop();
      tls = await serve(newPki, port);
      expect(await tick(poll)).toBe(false);
      expect(events).toEqual(['agent.log.poll_failed']);
      // As the job that takes over what OpenBao holds writes it.
      await writeFile(file('ca-bundle.pem'), newPki.bundle);
      clock += 10_000;
      expect(await tick(poll)).toBe(true);
      // One that is gone for a moment is no reason to be without.
      await rm(file('ca-bundle.pem'));
      expect(await tick(poll)).toBe(true);
    } finally {
      await tls.stop();
    }
  });
});

describe('an OpenBao that does not answer', () => {
  test('a sealed one is told, and work goes on when it is open again', async () => {
    await request();
    const poll = poller();
    await server.halt();
    expect(await tick(poll)).toBe(false);
    expect(events).toEqual(['agent.log.poll_failed']);
    await server.resume();
    clock += 10_000;
    expect(await tick(poll)).toBe(false);
    expect(forcedFor).toEqual([]);
    await server.unseal(shares);
    clock += 10_000;
    expect(await tick(poll)).toBe(true);
    expect(await reissue()).toHaveProperty('completed_version');
  });
});
