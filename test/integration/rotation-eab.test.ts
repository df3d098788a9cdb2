import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Proof } from '../../shared/contract/operations.ts';
import { createOpenBao, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { FileStage } from '../../src-main/operations/stage.ts';
import type { Run } from '../../src-main/operations/types.ts';
import type { RotationContext } from '../../src-main/rotation/context.ts';
import { eabStatus } from '../../src-main/rotation/eab/handlers.ts';
import { eabDefinition, type EabInput } from '../../src-main/rotation/eab/definition.ts';
import { ensureDirectory, readTextFile, writeFileAtomic } from '../../src-main/workspace/atomic.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { newServiceEntry } from '../../src-main/workspace/service-entry.ts';
import { readState, updateState } from '../../src-main/workspace/state.ts';
import { installation, leaks, type Installation } from '../support/installation.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';
import { startPebble, type Pebble } from '../support/pebble.ts';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64url');
const first = { kid: 'kid-first', hmac: key(7) };
const second = { kid: 'kid-second', hmac: key(9) };
const agentToml = `# the operator's own remark
domain = "trusted.domain" # kept
unknown_key = 1

[acme]
http_responder_hmac = "x"
`;

describe('a CA that asks for EAB (pebble)', () => {
  let bao: TestOpenBao;
  let pebble: Pebble;
  let root: OpenBaoClient;
  let directory: string;
  let paths: WorkspacePaths;

  beforeAll(async () => {
    bao = await startOpenBao();
    root = bao.openbao.withToken((await bao.init()).rootToken);
    await root.mounts.enableKv2('secret');
    pebble = await startPebble({
      httpPort: 1,
      dns: '127.0.0.1:1',
      eab: { [first.kid]: first.hmac, [second.kid]: second.hmac },
    });
    await root.kv.write('bootroot/ca', { trusted_ca_sha256: [], ca_bundle_pem: pebble.ca });
  });
  afterAll(async () => {
    await pebble?.stop();
    await bao?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const service = (id: string, deliveryMode: 'local-file' | 'remote-bootstrap') =>
    newServiceEntry(
      {
        registrationId: id,
        serviceName: id,
        deployType: 'daemon',
        deliveryMode,
        hostname: 'host',
        domain: 'trusted.domain',
        // Without an instance there is no name to order: the trial account is the proof here.
        instanceId: '',
        agentConfigPath: `agent-${id}.toml`,
        certPath: `certs/${id}.crt`,
        keyPath: `certs/${id}.key`,
        approle: {
          roleName: `bootroot-service-${id}`,
          roleId: 'r',
          secretIdPath: `secrets/services/${id}/secret_id`,
          policyName: `bootroot-service-${id}`,
        },
      },
      0,
    );

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'eab-'));
    paths = new WorkspacePaths(directory);
    const services = { near: service('near', 'local-file'), far: service('far', 'remote-bootstrap') };
    await writeFileAtomic(
      paths.state,
      JSON.stringify({ openbao_url: bao.url, kv_mount: 'secret', services }),
      { mode: 0o600 },
    );
    await ensureDirectory(dirname(paths.serviceSecret('near', 'secret_id')), { mode: 0o700 });
    await writeFileAtomic(paths.resolve('agent-near.toml'), agentToml, { mode: 0o640 });
    for (const path of ['agent/eab', 'services/near/eab', 'services/far/eab'])
      await root.kv.destroy(`bootroot/${path}`);
  });

  const context = (): RotationContext => ({
    services: {
      paths,
      openbao: bao.openbao,
      kvMount: 'secret',
      client: () => root,
      endpoints: async () => ({
        directoryUrl: pebble.directoryUrl,
        responderAdminUrl: 'http://127.0.0.1:1',
        httpPort: 80,
        domain: 'trusted.domain',
      }),
      localPins: async () => [],
      evidence: { read: async () => new Map(), write: async () => undefined, remove: async () => undefined },
      now: Date.now,
    },
    topology: {
      managed: async () => false,
      restartStepCa: async () => undefined,
      reloadResponder: async () => false,
    },
    secretIds: () => Promise.reject(new Error('not asked')),
    adopt: async () => undefined,
  });

  let runs = 0;
  function runOf(pair: { kid: string; hmac: string }, proofs: Omit<Proof, 'at'>[]): Run {
    runs += 1;
    return {
      operationId: `op${runs}`,
      signal: new AbortController().signal,
      stage: new FileStage(join(directory, 'stage'), `op${runs}`),
      log: () => undefined,
      progress: () => undefined,
      secret: (name) => (name === 'eab_kid' ? pair.kid : pair.hmac),
      prove: (proof) => void proofs.push(proof),
      changed: () => undefined,
    };
  }

  async function perform(input: EabInput, pair = { kid: '', hmac: '' }) {
    const proofs: Omit<Proof, 'at'>[] = [];
    const run = runOf(pair, proofs);
    const { steps } = await eabDefinition(context()).prepare(input);
    for (const step of steps) if (!(await step.check(run))) await step.apply(run);
    const undo = async (): Promise<void> => {
      for (const step of [...steps].reverse()) await step.undo?.(run);
    };
    return { undo, proofs: Object.fromEntries(proofs.map(({ title, outcome }) => [title.key, outcome])) };
  }

  const kv = async (path: string) => (await root.kv.read(`bootroot/${path}`))?.data;
  const set = { action: 'set', trial: true } as const;

  test('the page learns what the CA wants before anybody types', async () => {
    expect(await eabStatus(context().services)).toEqual({
      directoryUrl: pebble.directoryUrl,
      required: true,
      kid: '',
    });
  });

  test('the pair is tried, stored everywhere, and replaced by the next one', async () => {
    const begun = await perform(set, { kid: ` ${first.kid}`, hmac: `${first.hmac}=` });
    expect(begun.proofs).toEqual({
      'rotation.proof.eab_new': 'proved',
      'rotation.proof.eab_needed': 'proved',
      'rotation.proof.remote': 'pending',
    });
    for (const path of ['agent/eab', 'services/near/eab', 'services/far/eab'])
      expect(await kv(path)).toEqual(first);
    const toml = await readTextFile(paths.resolve('agent-near.toml'));
    expect(toml.startsWith(agentToml)).toBe(true);
    expect(toml).toContain(`kid = "${first.kid}"`);
    expect((await stat(paths.resolve('agent-near.toml'))).mode & 0o777).toBe(0o640);
    const json = paths.serviceSecret('near', 'eab.json');
    expect(JSON.parse(await readTextFile(json))).toEqual(first);
    expect((await stat(json)).mode & 0o777).toBe(0o600);
    await expect(stat(paths.serviceSecret('far', 'eab.json'))).rejects.toThrow('ENOENT');
    const state = await readState(paths.state);
    expect(state.services?.['far']?.sync_status?.eab).toBe('pending');
    expect(state.services?.['near']?.sync_status?.eab).toBe('none');

    const next = await perform(set, second);
    // Pebble still knows the first pair: that is said, and is no failure.
    expect(next.proofs['rotation.proof.eab_old']).toBe('not_proved');
    expect(await kv('services/near/eab')).toEqual(second);
    expect(JSON.parse(await readTextFile(json))).toEqual(second);
    await next.undo();
    expect(await kv('agent/eab')).toEqual(first);
    expect(JSON.parse(await readTextFile(json))).toEqual(first);
    expect(await readTextFile(paths.resolve('agent-near.toml'))).toBe(toml);

    const cleared = await perform({ action: 'clear' });
    expect(await kv('services/far/eab')).toEqual({ kid: '', hmac: '' });
    expect(await readTextFile(paths.resolve('agent-near.toml'))).not.toContain('kid');
    expect(JSON.parse(await readTextFile(json))).toEqual({ kid: '', hmac: '' });
    await cleared.undo();
    await begun.undo();
    expect(await kv('agent/eab')).toBeUndefined();
    await expect(stat(json)).rejects.toThrow('ENOENT');
    expect(await readTextFile(paths.resolve('agent-near.toml'))).toBe(agentToml);
  });

  test.each([
    ['a wrong key', { kid: first.kid, hmac: key(1) }, 'acme_eab_rejected'],
    ['an unknown id', { kid: 'kid-third', hmac: first.hmac }, 'acme_eab_rejected'],
    ['an answer to another question', { kid: 'y', hmac: first.hmac }, 'rotation_eab_kid'],
    ['a key that is none', { kid: 'kid', hmac: 'correct horse battery' }, 'rotation_eab_hmac'],
  ])('%s is refused before anything is changed', async (_what, pair, code) => {
    await expect(perform(set, pair)).rejects.toThrow(code);
    expect(await kv('agent/eab')).toBeUndefined();
    expect(await readTextFile(paths.resolve('agent-near.toml'))).toBe(agentToml);
  });

  test("a pair of the operator's own in a profile is left alone", async () => {
    const own = `${agentToml}\n[[profiles]]\nservice_name = "near"\n[profiles.eab]\nkid = "own"\nhmac = "${key(3)}"\n`;
    await writeFileAtomic(paths.resolve('agent-near.toml'), own, { mode: 0o640 });
    await perform(set, first);
    const toml = await readTextFile(paths.resolve('agent-near.toml'));
    expect(toml).toContain('kid = "own"');
    expect(toml).toContain(`kid = "${first.kid}"`);
  });
});

describe('an installation with open-source step-ca', () => {
  let lab: Installation;
  beforeAll(async () => {
    lab = await installation();
    await lab.must(['service', 'add', 'edge']);
  });
  afterAll(() => lab?.stop());

  const stored = async (): Promise<unknown> => {
    const openbao = createOpenBao({ url: (await readState(lab.paths.state)).openbao_url });
    const read = (file: 'role_id' | 'secret_id') => readTextFile(lab.paths.consoleRole('console', file));
    const login = await openbao.login((await read('role_id')).trim(), (await read('secret_id')).trim());
    const client = openbao.withToken(login.token);
    const data = (await client.kv.read('bootroot/agent/eab'))?.data;
    await client.token.revokeSelf();
    return data;
  };
  const words = ['rotate', 'eab'];

  test('from the command line: said why it cannot mint them, kept secret, cleared again', async () => {
    const dry = await lab.must(['--dry-run', ...words]);
    expect(dry.stderr).toContain('501');
    // Without a terminal nothing is asked, and nothing is assumed.
    expect((await lab.cli(words)).code).not.toBe(0);
    const wrong = await lab.cli(words, { EAB_KID: 'y', EAB_HMAC: first.hmac });
    expect([wrong.code, wrong.stderr.includes('EAB key id')]).toEqual([1, true]);
    await lab.must(['operations', 'undo', (await lab.last()).id]);

    const done = await lab.cli(words, { EAB_KID: first.kid, EAB_HMAC: first.hmac });
    expect([done.code, done.stderr]).toEqual([0, expect.any(String)]);
    expect(await stored()).toEqual(first);
    expect(done.stdout + done.stderr).not.toContain(first.hmac);
    const kept = ['agent-edge.toml', 'secrets/services/edge/eab.json'];
    expect(
      await leaks(lab.paths.root, new Map([['hmac', first.hmac]]), (path) => kept.includes(path)),
    ).toEqual([]);
    // An agent with the pair still gets its certificates from a CA that does not ask for one.
    await lab.must(['rotate', 'force-reissue', 'edge']);

    await lab.must(['rotate', 'eab-clear']);
    expect(await stored()).toEqual({ kid: '', hmac: '' });
    expect(await readTextFile(lab.paths.resolve('agent-edge.toml'))).not.toContain(first.kid);
  });

  test('a state.json that another tool changed meanwhile is kept', async () => {
    await updateState(lab.paths.state, (draft) => Object.assign(draft, { added_by_hand: 1 }), {
      holder: 'test',
    });
    await lab.must(['rotate', 'eab', '--clear']);
    expect(await readState(lab.paths.state)).toMatchObject({ added_by_hand: 1 });
  });
});
