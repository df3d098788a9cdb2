import { execFile } from 'node:child_process';
import { access, chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdoptReport } from '../../shared/contract/adopt.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import { createOpenBao, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { isNewer, parseArtifact } from '../../src-main/remote/artifact.ts';
import { agentGeneration } from '../../src-main/workspace/agent-config.ts';
import { isSuperset } from '../../src-main/workspace/generation.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { parseToml, valueAt } from '../../src-main/workspace/toml.ts';
import { manifestOf } from '../../src-main/adopt/storage/directories.ts';
import {
  emptyInstallation,
  filesBelow,
  type InnerConsole,
  type Installation,
} from '../support/installation.ts';
import { binary } from '../support/binaries.ts';
import { startChild, untilReady } from '../support/child.ts';
import { toolsInstallation, type ToolsInstallation } from '../support/tools-installation.ts';

const there = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Every file of the installation with content and mode; what the console keeps for itself is none of it. */
async function snapshot(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of await filesBelow(root, ['.console']))
    found[path] = `${(await stat(path)).mode.toString(8)} ${await readFile(path, 'base64')}`;
  return found;
}

const ids = ({ oddities }: AdoptReport): string[] => oddities.map(({ id }) => id);
const shares = ({ keys }: ToolsInstallation): string => keys.slice(1, 3).join(' ');

/** Every version that the tools wrote and did not delete. */
async function expectSecrets(client: OpenBaoClient, { secrets }: ToolsInstallation): Promise<void> {
  for (const [path, versions] of secrets) {
    const found = await client.kv.read(path);
    expect([path, found?.data, found?.version]).toEqual([
      path,
      JSON.parse(versions.at(-1) ?? 'null'),
      versions.length,
    ]);
  }
  const gone = await client.kv.metadata('bootroot/services/far/secret_id');
  expect(gone?.versions.map(({ deleted }) => deleted)).toEqual([false, true, false]);
}

describe('an installation of the older tools', () => {
  let stack: Installation;
  let tools: ToolsInstallation;
  let inner: InnerConsole;
  const look = () => inner.call<AdoptReport>('adopt.look');
  const cli = (words: readonly string[], environment: Record<string, string> = {}) =>
    stack.cli(words, { BOOTROOT_SECRET_UNSEAL_SHARES: shares(tools), ...environment });

  beforeAll(async () => {
    stack = await emptyInstallation();
    tools = await toolsInstallation(stack.paths, 'older');
    inner = await stack.open();
  });
  afterAll(async () => {
    // Where a test failed on the way it runs still.
    await stack?.cli(['adopt', 'stop']);
    await stack?.stop();
  });

  it('is looked at without a trace, everything odd about it is told, and nothing may be changed', async () => {
    const before = await snapshot(stack.paths.root);
    const report = await look();
    expect(report).toMatchObject({ owned: false, generation: 'older' });
    expect(report.services.map(({ id, how, generation }) => [id, how, generation])).toEqual([
      ['edge', 'daemon', 'older'],
      ['web', 'docker', 'older'],
      ['far', 'remote', 'older'],
    ]);
    const { paths } = stack;
    expect(ids(report)).toEqual(
      expect.arrayContaining([
        'file-storage',
        'summary:init-summary.json',
        `image:${paths.openbaoAgentComposeOverride}`,
        'infra-secret-id:stepca',
        'infra-secret-id:responder',
        'agent:stepca',
        `bundle:${paths.bundle}`,
        'mode:secrets/services',
        'mode:secrets/openbao/services',
        'mode:state.json',
        `absent:${join(paths.root, 'agent-edge.toml')}`,
        `daemon:${join(paths.root, 'agent-edge.toml')}`,
        `verify:${join(paths.root, 'agent-edge.toml')}`,
        'pending:far',
        'unknown-keys',
      ]),
    );
    const storage = report.oddities.find(({ id }) => id === 'file-storage');
    expect(storage).toMatchObject({ severity: 'critical', remedy: { input: { storage: tools.storage } } });
    await expect(inner.operate('drift.mend', { ids: [`bundle:${paths.bundle}`] })).rejects.toMatchObject({
      code: 'precondition_unmet',
    });
    expect((await cli(['adopt', 'mend'])).code).toBe(3);
    expect(await snapshot(paths.root)).toEqual(before);
  });

  it('is taken over on a word, which changes nothing of it and is in the audit log', async () => {
    const before = await snapshot(stack.paths.root);
    await stack.must(['adopt', 'take-over']);
    expect(await snapshot(stack.paths.root)).toEqual(before);
    expect((await look()).owned).toBe(true);
    expect((await stack.must(['audit', 'list', '--json'])).stdout).toContain('adopt.take-over');
  });

  it('has its files mended as one operation', async () => {
    const done = await cli(['adopt', 'mend']);
    expect([done.code, done.stderr]).toEqual([0, done.stderr]);
    expect((await readFile(stack.paths.bundle, 'utf8')).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(await readFile(stack.paths.infraAgent('stepca', 'agent.hcl'), 'utf8')).toContain(
      'remove_secret_id_file_after_reading = false',
    );
    await stack.must(['adopt', 'mend', 'mode:state.json', 'mode:secrets/services']);
    expect((await stat(stack.paths.state)).mode & 0o777).toBe(0o600);
    expect((await stat(stack.paths.serviceSecrets)).mode & 0o777).toBe(0o700);
  });

  it('goes from file storage to Raft on 2.7 past a kill at each step, with every key compared', async () => {
    const old = await manifestOf(tools.storage);
    let id: string | undefined;
    const steps = ['backup:after', 'compare:before', 'switch:after', 'unseal:before'];
    for (const moment of steps) {
      const words = id === undefined ? ['adopt', 'storage'] : ['operations', 'resume', id];
      const killed = await cli(words, {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `${moment}:adopt.storage`,
      });
      expect([moment, killed.signal, killed.signal === null ? killed.stderr : '']).toEqual([
        moment,
        'SIGKILL',
        '',
      ]);
      id = (await stack.last()).id;
    }
    const done = await cli(['operations', 'resume', id ?? '']);
    expect([done.code, done.stderr.slice(-400)]).toEqual([0, done.stderr.slice(-400)]);
    const operation: Operation = await stack.last();
    expect(operation.proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved', 'proved']);

    const openbao = createOpenBao({ url: tools.url });
    const status = await openbao.sealStatus();
    expect(status).toMatchObject({ storage: 'raft', sealed: false });
    expect(status.version.startsWith('2.7.')).toBe(true);
    await expectSecrets(openbao.withToken(tools.rootToken), tools);
    // The old storage was read and nothing else; no private server or copy is left.
    expect(await manifestOf(tools.storage)).toEqual(old);
    expect((await readdir(join(stack.paths.root, 'openbao'))).filter((name) => name.startsWith('.'))).toEqual(
      [],
    );
    // Only the token that the tools made is a root token; those of the comparison are ended.
    expect(await openbao.withToken(tools.rootToken).accessors.roots()).toHaveLength(1);
    expect(await look()).toMatchObject({ kept: { storage: tools.storage } });
    expect(ids(await look())).not.toContain('file-storage');
    // By another process: whoever closes a database file here drops the locks that this console holds on it.
    for (const share of tools.keys) {
      const found = promisify(execFile)('grep', ['-rlF', share, join(stack.paths.root, '.console')]);
      expect(await found.catch(({ code }: { code: number }) => code)).toBe(1);
    }
  });

  it('moves to the newer generation; interrupted, it goes back to what was there', async () => {
    await inner.call('openbao.login', { method: 'token', token: tools.rootToken });
    const token = { OPENBAO_ROOT_TOKEN: tools.rootToken };
    const before = await snapshot(stack.paths.root);
    const client = createOpenBao({ url: tools.url }).withToken(tools.rootToken);
    const policy = await client.policies.read('bootroot-service-edge');
    const killed = await cli(['adopt', 'newer'], {
      ...token,
      BOOTROOT_CONSOLE_TEST: '1',
      BOOTROOT_CONSOLE_FAULT: 'state:after:adopt.generation',
    });
    expect(killed.signal).toBe('SIGKILL');
    const undone = await cli(['operations', 'undo', (await stack.last()).id], token);
    expect([undone.code, undone.stderr.slice(-300)]).toEqual([0, undone.stderr.slice(-300)]);
    const after = await snapshot(stack.paths.root);
    const differs = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (path) => before[path] !== after[path] && !path.includes('/openbao/raft/'),
    );
    expect(differs).toEqual([]);
    expect(await client.policies.read('bootroot-service-edge')).toBe(policy);
    expect(await client.policies.read('bootroot-runtime-rotate')).toBeUndefined();

    const done = await cli(['adopt', 'newer'], token);
    expect([done.code, done.stderr.slice(-300)]).toEqual([0, done.stderr.slice(-300)]);
    const state = await readState(stack.paths.state);
    expect(Object.values(state.services ?? {}).every(isSuperset)).toBe(true);
    expect(state).toMatchObject({
      site: { ticket: 4711 },
      services: { web: { site_label: 'rack of web', deploy_type: 'docker' } },
    });
    for (const name of ['edge', 'web']) {
      const text = await readFile(join(stack.paths.root, `agent-${name}.toml`), 'utf8');
      const config = parseToml(text, name);
      expect(agentGeneration(config)).toBe('newer');
      expect(valueAt(config, ['trust', 'verify_certificates'])).toBeUndefined();
      expect(valueAt(config, ['openbao', 'state_path'])).toBe(stack.paths.agentState(name));
      expect(text).toContain(`# an operator's own remark about ${name}`);
      for (const item of ['trust', 'http_responder_hmac', 'eab'])
        expect(await client.kv.read(`bootroot/services/${name}/${item}`)).toBeDefined();
    }
    const path = stack.paths.bootstrapArtifact('far');
    const artifact = parseArtifact(await readFile(path, 'utf8'), path);
    expect(isNewer(artifact)).toBe(true);
    expect(artifact).toMatchObject({
      agent_email: 'ops@example.com',
      agent_config_path: '/srv/far/agent.toml',
      registration_id: 'far',
    });
    expect(await client.policies.read('bootroot-service-edge')).toContain('services/edge/reissue');
    expect(await client.approle.list()).toEqual(
      expect.arrayContaining([
        'bootroot-runtime-service-add-role',
        'bootroot-runtime-rotate-role',
        'bootroot-infra-rotate-role',
      ]),
    );
  });

  it('gives the infra agents a credential again, and finds nothing critical that it could mend', async () => {
    const token = { OPENBAO_ROOT_TOKEN: tools.rootToken };
    const override = stack.paths.openbaoAgentComposeOverride;
    const ids = [`image:${override}`, 'infra-secret-id:stepca', 'infra-secret-id:responder'];
    const words = ['adopt', 'mend', ...ids];
    const done = await cli(words, token);
    expect([done.code, done.stderr.slice(-300)]).toEqual([0, done.stderr.slice(-300)]);
    expect(await readFile(override, 'utf8')).toContain('image: openbao/openbao:2.7.');
    const { oddities } = await look();
    expect(
      oddities.filter(({ severity, remedy }) => severity === 'critical' && remedy !== undefined),
    ).toEqual([]);
  });

  it('goes back to the old storage until that is let go', async () => {
    // After a reboot it is started by a word, and comes up sealed.
    await stack.must(['adopt', 'stop']);
    await stack.must(['adopt', 'start']);
    expect(await createOpenBao({ url: tools.url }).sealStatus()).toMatchObject({
      storage: 'raft',
      sealed: true,
    });
    const back = await cli(['adopt', 'storage-back']);
    expect([back.code, back.stderr.slice(-300)]).toEqual([0, back.stderr.slice(-300)]);
    const openbao = createOpenBao({ url: tools.url });
    expect(await openbao.sealStatus()).toMatchObject({ storage: 'file', sealed: false });
    await expectSecrets(openbao.withToken(tools.rootToken), tools);
    expect((await cli(['adopt', 'storage-back'])).code).not.toBe(0);
    // What the console started it also ends, although nothing of the migration is kept any more.
    await stack.must(['adopt', 'stop']);
    await expect(openbao.sealStatus()).rejects.toMatchObject({ code: 'openbao_unreachable' });
    expect((await cli(['adopt', 'stop'])).code).toBe(3);
  });
});

describe('an installation of the newer tools', () => {
  let stack: Installation;
  let tools: ToolsInstallation;
  let stop = async (): Promise<void> => undefined;
  beforeAll(async () => {
    stack = await emptyInstallation();
    tools = await toolsInstallation(stack.paths, 'newer');
  });
  afterAll(async () => {
    await stop();
    await stack?.stop();
  });

  it('keeps what its configuration says beside the storage, and lets the old storage go when that is confirmed', async () => {
    const { paths } = stack;
    const { call, operate, console } = await stack.open();
    const report = await call<AdoptReport>('adopt.look');
    expect(report).toMatchObject({ owned: false, generation: 'newer' });
    expect(ids(report)).toContain('file-storage');
    // What the newer agent refuses, written by an older one that was started once more.
    const agent = join(paths.root, 'agent-edge.toml');
    await writeFile(
      agent,
      `${await readFile(agent, 'utf8')}`.replace('[trust]', '[trust]\nverify_certificates = true'),
    );
    await chmod(agent, 0o600);
    const verify = (await call<AdoptReport>('adopt.look')).oddities.find(
      ({ id }) => id === `verify:${agent}`,
    );
    expect(verify).toMatchObject({ severity: 'critical', remedy: { kind: 'adopt.generation' } });

    expect((await operate('adopt.take-over', {})).state).toBe('done');
    // As in a volume of a container, whose service manager the test is.
    const raft = join(tools.storage, 'raft');
    const input = {
      storage: tools.storage,
      config: join(paths.root, 'openbao', 'openbao.hcl'),
      elsewhere: true,
      raft,
    };
    const few = await operate('adopt.storage', input, { unseal_shares: tools.keys[0] ?? '' });
    expect(few).toMatchObject({ state: 'failed', error: { code: 'adopt_shares_few' } });
    const engine = console.required().engine;
    await engine.resume(few.id, { unseal_shares: shares(tools) }, 'test');
    expect(await engine.waitFor(few.id)).toMatchObject({
      state: 'failed',
      error: { code: 'adopt_start_elsewhere' },
    });
    const server = startChild(await binary('openbao'), ['server', `-config=${input.config}`]);
    stop = () => server.stop();
    const openbao = createOpenBao({ url: tools.url });
    await untilReady(server, async () => (await openbao.sealStatus()).initialised);
    await engine.resume(few.id, { unseal_shares: shares(tools) }, 'test');
    expect(await engine.waitFor(few.id)).toMatchObject({ state: 'done' });
    expect(await openbao.sealStatus()).toMatchObject({ storage: 'raft', sealed: false });
    const config = await readFile(input.config, 'utf8');
    expect(config).toContain('ui = false # kept');
    expect(config).not.toMatch(/disable_mlock|storage "file"/);
    await expectSecrets(openbao.withToken(tools.rootToken), tools);

    const { kept } = await call<AdoptReport>('adopt.look');
    expect((await operate('adopt.storage-confirm', {})).state).toBe('done');
    expect([await there(join(tools.storage, 'core')), await there(kept?.backup ?? '')]).toEqual([
      false,
      false,
    ]);
    expect(await there(join(raft, 'vault.db'))).toBe(true);
    // Whoever started it stops it.
    await expect(operate('adopt.openbao', { action: 'stop' })).rejects.toMatchObject({
      code: 'precondition_unmet',
    });
  });
});
