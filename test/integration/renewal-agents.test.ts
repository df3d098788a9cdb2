import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import type { AgentProcess } from '../../shared/contract/renewal-agents.ts';
import type { ServiceDetail } from '../../shared/contract/services.ts';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { handshake } from '../../src-main/tls/handshake.ts';
import { installation, type Installation } from '../support/installation.ts';
import { startNginx } from '../support/nginx.ts';
import { testPki } from '../support/pki.ts';

vi.setConfig({ testTimeout: 300_000 });
let stack: Installation;
beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
});
afterAll(() => stack?.stop());

interface Agents {
  readonly chosen: boolean;
  readonly agents: readonly AgentProcess[];
}

test('agents that were chosen renew by themselves, are started again, come and go with services and servers', async () => {
  const inner = await stack.open();
  const { call, operate } = inner;
  const agents = async (): Promise<Agents> => call<Agents>('infra.agents');
  const stateOf = async (service: string): Promise<string> => {
    const found = (await agents()).agents.find(({ services }) => services.includes(service));
    return found === undefined ? 'none' : found.state;
  };
  const shown = (): Promise<ServiceDetail> => call<ServiceDetail>('services.show', { id: 'edge' });
  const pid = async (): Promise<number> => (await agents()).agents[0]?.pid ?? 0;
  const soon = { timeout: 90_000, interval: 250 };

  // Nobody has chosen them: servers run without, and their plan says nothing of agents.
  expect(await agents()).toMatchObject({ chosen: false, agents: [{ services: ['edge'], state: 'stopped' }] });
  const upPlan = (): Promise<{ steps: { id: string }[] }> =>
    call('operations.plan', { kind: 'infra.up', input: {} });
  expect((await upPlan()).steps.map(({ id }) => id)).not.toContain('start-agents');

  await stack.must(['infra', 'agents', 'on']);
  const on = await stack.last();
  expect([on.kind, on.state]).toEqual(['infra.agents', 'done']);
  expect(on.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
  await stack.must(['infra', 'agents']);
  expect((await shown()).renewal).toMatchObject({ agent: 'running', outcome: 'current', failures: 0 });
  expect((await upPlan()).steps.at(-1)?.id).toBe('start-agents');

  // Its lines among those of the servers, and alone.
  const own = await stack.must(['infra', 'logs', 'agent:edge']);
  expect(own.stdout).toMatch(/^agent:edge \S*edge\S* stays as it is, valid until/m);
  const all = await stack.must(['infra', 'logs', '--lines', '500', '--json']);
  const sources = all.stdout.split('\n').flatMap((line) => /"server":"([^"]+)"/.exec(line)?.[1] ?? []);
  expect(sources).toEqual(expect.arrayContaining(['agent:edge', 'openbao', 'step-ca']));
  await stack.must(['infra', 'logs', 'agent:nobody'], 1);

  // A certificate that is due five seconds after it was issued; read by the agent that takes the place of the one that is killed.
  const { certPath, agentConfigPath } = await shown();
  const leaf = await readFile(certPath, 'utf8');
  const toml = await readFile(agentConfigPath, 'utf8');
  const paths = /^\[profiles\.paths\]$/m;
  const daemon = '[profiles.daemon]\ncheck_interval = "2s"\nrenew_before = "86395s"\n\n[profiles.paths]';
  expect(toml).toMatch(paths);
  await writeFile(agentConfigPath, toml.replace(paths, daemon));
  inner.console.required().topology.supervise();
  const first = await pid();
  process.kill(first, 'SIGKILL');
  await expect.poll(pid, soon).not.toBe(first);
  await expect.poll(async () => (await agents()).agents[0]?.state, soon).toBe('running');
  await expect.poll(() => readFile(certPath, 'utf8'), soon).not.toBe(leaf);
  await expect.poll(async () => (await shown()).renewal?.renewedAt, soon).toBeGreaterThan(0);
  const { renewal } = await shown();
  expect(renewal).toMatchObject({ agent: 'running', failures: 0 });
  expect(renewal?.nextAt).toBeGreaterThan(renewal?.renewedAt ?? Infinity);
  expect((await agents()).agents[0]?.restarts).toBe(1);
  await writeFile(agentConfigPath, toml);

  // A service that comes and goes takes its agent along.
  const added = await operate('service.add', await call('services.defaults', { serviceName: 'mail' }));
  expect(added.state).toBe('done');
  await expect.poll(() => stateOf('mail'), soon).toBe('running');
  const mail = (await agents()).agents.find(({ services }) => services.includes('mail'))?.pid ?? 0;
  expect((await operate('service.remove', { id: 'mail' })).state).toBe('done');
  await expect.poll(() => alive(mail), soon).toBe(false);

  // With the servers, and not without them.
  const edge = await pid();
  const down: Operation = await operate('infra.down', {});
  expect([down.state, down.steps[0]?.id]).toEqual(['done', 'stop-agents']);
  expect([alive(edge), await stateOf('edge')]).toEqual([false, 'stopped']);
  expect((await operate('infra.up', {})).state).toBe('done');
  expect(await stateOf('edge')).toBe('running');
  const last = await pid();
  expect((await operate('infra.agents', { run: false })).state).toBe('done');
  expect([alive(last), await agents()]).toEqual([
    false,
    expect.objectContaining({ chosen: false, agents: [expect.objectContaining({ state: 'stopped' })] }),
  ]);
});

test('what the console issues or trusts anew is read by the service as its profile says, and taken back with it', async () => {
  // Its servers were down; what is there to open OpenBao again is the operator's to use.
  await stack.must(['unseal']);
  await stack.must(['service', 'add', 'web']);
  const { call, operate, console } = await stack.open();
  const {
    certPath: cert,
    keyPath: key,
    bundlePath,
    agentConfigPath,
    identity,
  } = await call<ServiceDetail>('services.show', { id: 'web' });
  const nginx = await startNginx({ cert, key });
  const shown = async (): Promise<string | undefined> =>
    (await handshake({ host: '127.0.0.1', port: nginx.port, servername: identity, timeoutMs: 3_000 })).served
      ?.sha256;
  const onDisk = async (): Promise<string> => sha256(new X509Certificate(await readFile(cert)));
  try {
    const toml = await readFile(agentConfigPath, 'utf8');
    const hook = (command: string, ...args: string[]): string =>
      `[[profiles.hooks.post_renew.success]]\ncommand = "${command}"\nargs = ${JSON.stringify(args)}\non_failure = "stop"\n`;
    const ran = `${nginx.config}.ran`;
    const reload = hook('sh', '-c', `echo ran >> ${ran}`) + hook('nginx', '-s', 'reload', '-c', nginx.config);
    const write = (hooks: string): Promise<void> =>
      writeFile(
        agentConfigPath,
        toml
          .replace('[profiles.paths]', `served_at = "${nginx.address}"\n\n[profiles.paths]`)
          .replace('# END bootroot', `${hooks}# END bootroot`),
      );
    await write(reload);
    const first = await onDisk();
    expect(await shown()).toBe(first);
    const issued = await operate('service.issue', { id: 'web' });
    expect([issued.state, issued.steps.map(({ id }) => id)]).toEqual([
      'done',
      ['path', 'issue', 'tell', 'prove'],
    ]);
    const second = await onDisk();
    expect([await shown(), second === first]).toEqual([second, false]);

    await write(hook('sh', '-c', 'echo refused; exit 3') + reload);
    const broken = await operate('service.issue', { id: 'web' });
    expect([broken.state, broken.error?.code]).toEqual(['failed', 'agent_hook_failed']);
    expect([await onDisk(), await shown()]).toEqual([second, second]);
    await call('operations.undo', { id: broken.id });
    expect((await console.required().engine.waitFor(broken.id)).state).toBe('undone');
    expect([await onDisk(), await shown()]).toEqual([second, second]);
    await write(reload);

    await stack.must(['rotate', 'force-reissue', 'web']);
    const third = await onDisk();
    expect([await shown(), third === second]).toEqual([third, false]);

    const times = async (): Promise<number> => (await readFile(ran, 'utf8')).trim().split('\n').length;
    const before = await times();
    await stack.must(['rotate', 'trust-sync']);
    expect(await times()).toBe(before);
    const bundle = await readFile(bundlePath, 'utf8');
    await writeFile(bundlePath, bundle + (await testPki('Gone')).root.pem);
    await stack.must(['rotate', 'trust-sync']);
    expect([await readFile(bundlePath, 'utf8'), await times()]).toEqual([bundle, before + 1]);
  } finally {
    await nginx.stop();
    await operate('service.remove', { id: 'web' });
  }
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
