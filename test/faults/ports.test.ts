import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { PortField, SetupLocal } from '../../shared/contract/setup.ts';
import { LocalTopology } from '../../src-main/topology/local-topology.ts';
import { plannedPorts } from '../../src-main/setup/local/ports.ts';
import { freePort } from '../support/child.ts';
import { emptyInstallation, type Installation } from '../support/installation.ts';

let made: Installation | undefined;
const held: (() => Promise<void>)[] = [];
const release = async (): Promise<void> => {
  for (const close of held.splice(0)) await close();
};
afterEach(async () => {
  await release();
  await made?.stop();
  made = undefined;
});

/** Somebody else's program on this port. */
async function take(port: number, transport: 'tcp' | 'udp' = 'tcp'): Promise<void> {
  if (transport === 'udp') {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', resolve);
    });
    held.push(() => new Promise((resolve) => socket.close(resolve)));
    return;
  }
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  held.push(() => new Promise((resolve) => server.close(() => resolve())));
}

const layoutOf = ({ paths }: Installation) => new LocalTopology(paths).requireLayout();

const kill = (step: string, moment: string): Record<string, string> => ({
  BOOTROOT_CONSOLE_TEST: '1',
  BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:setup.local`,
});

async function works(stack: Installation): Promise<void> {
  await stack.must(['service', 'add', 'edge']);
  await stack.must(['service', 'prove', 'edge']);
}

/** Answers with ports that nobody has, as if the console had proposed them. */
async function proposal(path: string, defaults: SetupLocal): Promise<SetupLocal> {
  const ports = {
    openbao: { ...defaults.openbao, port: await freePort(), clusterPort: await freePort() },
    postgres: { port: await freePort() },
    stepca: { port: await freePort(), acmeHttpPort: await freePort() },
    responder: { adminPort: await freePort() },
    resolver: { port: await freePort() },
  };
  const proposedPorts: Record<PortField, number> = {
    'openbao.port': ports.openbao.port,
    'openbao.clusterPort': ports.openbao.clusterPort,
    'postgres.port': ports.postgres.port,
    'stepca.port': ports.stepca.port,
    'stepca.acmeHttpPort': ports.stepca.acmeHttpPort,
    'responder.adminPort': ports.responder.adminPort,
    'resolver.port': ports.resolver.port,
  };
  return { ...defaults, ...ports, path, proposedPorts };
}

test('every proposed port is taken between plan and start: each server gets another, and the stack works', async () => {
  made = await emptyInstallation();
  const { console, call } = await made.open();
  const input = await proposal(made.paths.root, await call<SetupLocal>('setup.defaults', {}));
  const plan = await call<Plan>('operations.plan', { kind: 'setup.local', input });
  expect(plan.preconditions.find(({ id }) => id === 'ports')).not.toHaveProperty('detail');
  const planned = plannedPorts(input);
  const { resolver, ...tcp } = planned;
  for (const port of Object.values(tcp)) await take(port);
  await take(resolver, 'udp');
  // Whoever looks again before the confirmation is told.
  const again = await call<Plan>('operations.plan', { kind: 'setup.local', input });
  expect(again.preconditions.find(({ id }) => id === 'ports')).toMatchObject({
    met: true,
    detail: { key: 'setup.check.port_taken', params: { port: planned.openbao, pid: process.pid } },
  });
  const started = await call<Operation>('operations.start', {
    kind: 'setup.local',
    input,
    digest: plan.digest,
    secrets: {},
  });
  const done = await console.required().engine.waitFor(started.id);
  expect([done.state, done.error]).toEqual(['done', undefined]);
  const { ports } = await layoutOf(made);
  for (const [name, port] of Object.entries(planned)) {
    expect(ports).toHaveProperty(name);
    expect(Object.values(ports)).not.toContain(port);
  }
  const state = JSON.parse(await readFile(made.paths.state, 'utf8')) as { openbao_url: string };
  expect(state.openbao_url).toBe(`http://127.0.0.1:${ports.openbao}`);
  await console.shutdown();
  await works(made);
});

/** `init` with the ports of `flags` but those that stay proposals. */
const without = (flags: readonly string[], names: readonly string[]): string[] =>
  flags.filter((_, index) => !names.includes((flags[index - (index % 2)] ?? '').slice(2)));

test('an exchange that the console did not survive is not lost', async () => {
  made = await emptyInstallation();
  const flags = without(made.flags, ['openbao-cluster-port', 'acme-http-port']);
  expect(flags).toHaveLength(10);
  const words = ['init', '--kind', 'lab', ...flags];
  expect((await made.cli(words, kill('layout', 'journaled'))).signal).toBe('SIGKILL');
  const before = (await layoutOf(made)).ports;
  // Another parallel set-up may have them by now; then they are taken all the same.
  for (const port of [before.openbaoCluster, before.acmeHttp]) await take(port).catch(() => undefined);
  const { id } = await made.last();
  const resume = ['operations', 'resume', id];
  expect((await made.cli(resume, kill('openbao', 'after'))).signal).toBe('SIGKILL');
  const between = (await layoutOf(made)).ports;
  expect(between.openbaoCluster).not.toBe(before.openbaoCluster);
  expect((await made.cli(resume, kill('responder', 'after'))).signal).toBe('SIGKILL');
  await made.must(resume);
  const after = (await layoutOf(made)).ports;
  expect(after.openbaoCluster).toBe(between.openbaoCluster);
  expect(after.acmeHttp).not.toBe(before.acmeHttp);
  const { openbao, postgres, stepCa } = before;
  expect(after).toMatchObject({ openbao, postgres, stepCa });
  await works(made);
});

test('a port that the operator asked for is not exchanged: who has it, and resumed when it is free', async () => {
  made = await emptyInstallation();
  const words = ['init', '--kind', 'lab', ...made.flags];
  expect((await made.cli(words, kill('layout', 'journaled'))).signal).toBe('SIGKILL');
  const { ports } = await layoutOf(made);
  const { id } = await made.last();
  const steps = [
    { step: 'openbao', port: ports.openbaoCluster, server: 'OpenBao', transport: 'tcp' },
    { step: 'responder', port: ports.resolver, transport: 'udp' },
    { step: 'responder', port: ports.acmeHttp, server: 'HTTP-01 responder', transport: 'tcp' },
    { step: 'stepca', port: ports.stepCa, server: 'step-ca', transport: 'tcp' },
  ] as const;
  for (const { step, port, transport, ...about } of steps) {
    await take(port, transport);
    const { stderr, code } = await made.cli(['operations', 'resume', id]);
    expect(code).toBe(1);
    const broken = await made.last();
    expect(broken.steps.find(({ state }) => state === 'failed')?.id).toBe(step);
    expect(broken.error).toMatchObject({
      code: 'topology_port_taken',
      params: { ...about, port, transport: transport.toUpperCase(), pid: process.pid },
    });
    // In words: the port, the process, and what to do about it.
    expect(stderr).toContain(`port ${port}`);
    expect(stderr).toContain(`kill ${process.pid}`);
    expect(stderr).toContain('resume the operation');
    await release();
  }
  await made.must(['operations', 'resume', id]);
  expect((await layoutOf(made)).ports).toEqual(ports);
  await works(made);
});

test('a typed port that is taken when the plan is confirmed is named by the precondition, and nothing begins', async () => {
  made = await emptyInstallation();
  const port = Number(made.flags[made.flags.indexOf('--resolver-port') + 1]);
  await take(port, 'udp');
  const { stdout, stderr, code } = await made.cli(['init', '--kind', 'lab', ...made.flags]);
  expect(code).toBe(3);
  expect(`${stdout}${stderr}`).toContain(`(process ${process.pid}) holds port ${port}`);
});
