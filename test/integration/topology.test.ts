import { execFile } from 'node:child_process';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import type { Run, Stage } from '../../src-main/operations/types.ts';
import { isAlive } from '../../src-main/processes/process-identity.ts';
import { ProcessSupervisor } from '../../src-main/processes/supervisor.ts';
import { StepCa } from '../../src-main/stepca/step-ca.ts';
import { infraDefinitions } from '../../src-main/topology/definitions.ts';
import { LocalTopology } from '../../src-main/topology/local-topology.ts';
import { serverIds, type ServerId } from '../../src-main/topology/server-id.ts';
import type { NodeProgram } from '../../src-main/topology/specs.ts';
import { editCaConfig } from '../../src-main/workspace/ca-json.ts';
import { freePort } from '../support/child.ts';
import { makeLocalStack, sourceProgram, type LocalStack } from '../support/local-stack.ts';
import { makeZombie } from '../support/zombie.ts';

const run = promisify(execFile);
let stack: LocalStack;

beforeAll(async () => {
  stack = await makeLocalStack({ patienceMs: 30_000 });
  await stack.topology.startAll();
});
afterAll(() => stack.dispose());

const processes = (): ProcessSupervisor =>
  new ProcessSupervisor({ run: stack.paths.run, logs: stack.paths.logs });
const status = async (id: ServerId): Promise<ServerStatus> => {
  const found = (await stack.another().statuses()).find(({ name }) => name === id);
  if (found === undefined) throw new Error(id);
  return found;
};
async function until(look: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await look())) {
    if (Date.now() > end) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A run of steps without an engine. */
function scriptedRun(): Run {
  const kept = new Map<string, string>();
  const stage: Stage = {
    read: async (name) => kept.get(name),
    write: async (name, value) => void kept.set(name, value),
    once: async (name, make) => {
      const value = kept.get(name) ?? (await make());
      kept.set(name, value);
      return value;
    },
    remove: async (name) => void kept.delete(name),
  };
  return {
    operationId: 'test',
    signal: new AbortController().signal,
    stage,
    log: () => undefined,
    progress: () => undefined,
    secret: () => '',
    prove: () => undefined,
    changed: () => undefined,
  };
}
async function operate(kind: string, input: { servers?: ServerId[] } = {}): Promise<string[]> {
  const definition = infraDefinitions(stack.topology).find((candidate) => candidate.kind === kind);
  if (definition === undefined) throw new Error(kind);
  const prepared = await definition.prepare(input);
  expect(prepared.preconditions.every(({ met }) => met)).toBe(true);
  const scripted = scriptedRun();
  const applied: string[] = [];
  for (const step of prepared.steps) {
    if (await step.check(scripted)) continue;
    await step.apply(scripted);
    applied.push(step.id);
    expect(await step.check(scripted)).toBe(true);
  }
  return applied;
}

describe('a running stack', () => {
  test('every server answers, and another console sees the same processes', async () => {
    const [here, there] = await Promise.all([stack.topology.statuses(), stack.another().statuses()]);
    expect(here.map(({ name, state }) => [name, state])).toEqual(serverIds.map((id) => [id, 'ready']));
    expect(there.map(({ pid }) => pid)).toEqual(here.map(({ pid }) => pid));
    expect(here.find(({ name }) => name === 'openbao')?.version).toMatch(/^2\./);
  });

  test('no password is in a command line, an environment, a log or a note', async () => {
    const secrets = Object.values(stack.passwords);
    const texts: string[] = [];
    for (const { pid } of await stack.topology.statuses()) {
      texts.push(
        await readFile(`/proc/${pid}/cmdline`, 'utf8'),
        await readFile(`/proc/${pid}/environ`, 'utf8'),
      );
    }
    for (const directory of [stack.paths.logs, stack.paths.run, stack.topology.files.root]) {
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        if (entry.isFile()) texts.push(await readFile(join(directory, entry.name), 'latin1'));
      }
    }
    expect(texts.length).toBeGreaterThan(15);
    for (const secret of secrets) expect(texts.some((text) => text.includes(secret))).toBe(false);
    for (const name of ['LD_PRELOAD', 'SSH_AUTH_SOCK', 'npm_config']) {
      expect(texts.some((text) => text.includes(name))).toBe(false);
    }
  });

  test.runIf(process.getuid?.() === 0)(
    'PostgreSQL does not run as root, and only it can read its data',
    async () => {
      const { pid } = await status('postgres');
      const layout = await stack.topology.requireLayout();
      const uid = /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
      expect(Number(uid)).toBe(layout.postgres.user?.uid);
      expect(Number(uid)).not.toBe(0);
      const data = await stat(join(layout.postgres.home, 'data'));
      expect([data.uid, data.mode & 0o777]).toEqual([layout.postgres.user?.uid, 0o700]);
      expect((await readdir(layout.postgres.home)).filter((name) => name.includes('password'))).toEqual([]);
      // The work directory lets it pass, and shows it nothing.
      expect((await stat(stack.paths.root)).mode & 0o007).toBe(0);
    },
  );

  test('listens on loopback only', async () => {
    const { stdout } = await run('cat', ['/proc/net/tcp', '/proc/net/tcp6']);
    const { ports } = await stack.topology.requireLayout();
    for (const [name, port] of Object.entries(ports)) {
      // OpenBao opens its cluster port when it is unsealed.
      if (name === 'openbaoCluster') continue;
      const hex = port.toString(16).toUpperCase().padStart(4, '0');
      const listening = stdout
        .split('\n')
        .filter((line) => line.includes(`:${hex} `) && line.includes(' 0A '));
      expect(listening.length).toBe(1);
      expect(listening[0]).toContain('0100007F:');
    }
  });

  test('step-ca is asked through its adapter: health, roots, directory, and what is wrong', async () => {
    const { ports } = await stack.topology.requireLayout();
    const url = `https://127.0.0.1:${ports.stepCa}`;
    const ca = await readFile(stack.paths.rootCert, 'utf8');
    const stepCa = new StepCa({ url, ca });
    await stepCa.health();
    await stepCa.handshake();
    expect((await stepCa.roots()).map(({ pem }) => pem.trim())).toEqual([ca.trim()]);
    expect(await stepCa.directory()).toEqual({
      url: `${url}/acme/acme/directory`,
      externalAccountRequired: false,
    });
    await expect(stepCa.directory('other')).rejects.toMatchObject({ data: { code: 'stepca_not_there' } });
    stepCa.close();
    for (const ask of ['health', 'handshake'] as const) {
      const stranger = new StepCa({ url });
      await expect(stranger[ask]()).rejects.toMatchObject({ data: { code: 'stepca_untrusted' } });
      stranger.close();
      const silent = new StepCa({ url: `https://127.0.0.1:${await freePort()}`, ca });
      await expect(silent[ask]()).rejects.toMatchObject({ data: { code: 'stepca_unreachable' } });
      silent.close();
    }
    const foreign = new StepCa({ url: `http://127.0.0.1:${ports.openbao}`, ca });
    await expect(foreign.roots()).rejects.toMatchObject({ data: { code: 'stepca_not_there' } });
    foreign.close();
  });

  test('looking at the servers leaves no lines in their logs', async () => {
    const sizes = async (): Promise<number[]> =>
      Promise.all(
        (['postgres', 'responder', 'step-ca', 'resolver'] as const).map(
          async (id) => (await stat(processes().logPath(id))).size,
        ),
      );
    const before = await sizes();
    await stack.topology.statuses();
    await stack.topology.statuses();
    expect(await sizes()).toEqual(before);
  });

  test('streams the statuses when one changes, and the logs of a server as they come', async () => {
    const stop = new AbortController();
    const states: string[] = [];
    const watching = (async () => {
      for await (const list of stack.another().watch(stop.signal, 100)) {
        states.push(list.find(({ name }) => name === 'resolver')?.state ?? '');
      }
    })();
    const lines: string[] = [];
    const reading = (async () => {
      const logs = stack.another().logs({ server: 'resolver', lines: 1, follow: true }, stop.signal);
      for await (const line of logs) lines.push(`${line.level} ${line.text}`);
    })();
    await until(async () => states.length === 1 && lines.length === 1);
    await stack.topology.stopServer('resolver');
    await until(async () => lines.some((line) => line.startsWith('info ') && line.includes('dns.stopped')));
    await until(async () => states[states.length - 1] === 'stopped');
    await stack.topology.startServer('resolver');
    await until(async () => states[states.length - 1] === 'ready');
    stop.abort();
    await Promise.all([watching, reading]);
    expect(states[0]).toBe('ready');
  });
});

describe('operations', () => {
  test('infra.restart of one server gives it another process and leaves the rest', async () => {
    const before = await stack.topology.statuses();
    expect(await operate('infra.restart', { servers: ['responder'] })).toEqual([
      'stop-responder',
      'start-responder',
    ]);
    const after = await stack.topology.statuses();
    const changed = after.filter(({ pid }, index) => pid !== before[index]?.pid).map(({ name }) => name);
    expect(changed).toEqual(['responder']);
  });

  test('infra.down stops in order and leaves nothing; infra.up brings all back; both do nothing twice', async () => {
    const running = await Promise.all(serverIds.map((id) => processes().find(id)));
    expect(await operate('infra.down')).toEqual([...serverIds].reverse().map((id) => `stop-${id}`));
    for (const process of running) expect(process !== undefined && (await isAlive(process))).toBe(false);
    expect((await stack.topology.statuses()).map(({ state }) => state)).toEqual(
      serverIds.map(() => 'stopped'),
    );
    expect(await stack.topology.anyRunning()).toBe(false);
    expect(await operate('infra.down')).toEqual([]);
    expect(await operate('infra.up')).toEqual(serverIds.map((id) => `start-${id}`));
    expect(await operate('infra.up')).toEqual([]);
  });
});

describe('watching over', () => {
  test('a server that is killed is started again by the one console that watches', async () => {
    const watcher = stack.another();
    const second = stack.another();
    watcher.supervise();
    second.supervise();
    const { pid } = await status('responder');
    process.kill(pid ?? 0, 'SIGKILL');
    await until(async () => (await status('responder')).state === 'restarting', 10_000);
    await until(async () => (await status('responder')).state === 'ready');
    const after = await status('responder');
    expect(after.pid).not.toBe(pid);
    expect(after.restarts).toBe(1);
    // What the operator stops stays stopped.
    await stack.topology.stopServer('resolver');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await status('resolver')).state).toBe('stopped');
    await watcher.close();
    await second.close();
    await stack.topology.startServer('resolver');
  });

  test('without a watching console a killed server is shown as failed, with its last line', async () => {
    const { pid } = await status('step-ca');
    process.kill(pid ?? 0, 'SIGKILL');
    await until(async () => (await status('step-ca')).state === 'failed');
    expect((await status('step-ca')).problem?.key).toBe('topology.problem.ended');
    expect((await status('step-ca')).lastLine).toMatch(/\S/);
    await stack.topology.startServer('step-ca');
  });

  test('PostgreSQL that was killed starts again where nobody collects the dead', async () => {
    const { postgres } = await stack.topology.requireLayout();
    const { pid } = await status('postgres');
    process.kill(pid ?? 0, 'SIGKILL');
    await until(async () => (await status('postgres')).state === 'failed');
    const zombie = await makeZombie(postgres.user);
    const lock = join(postgres.home, 'data', 'postmaster.pid');
    const text = await readFile(lock, 'utf8');
    await writeFile(lock, text.replace(/^\d+/, String(zombie.pid)));
    await stack.topology.startServer('postgres').finally(() => zombie.release());
    expect((await status('postgres')).state).toBe('ready');
  });

  test('OpenBao that was initialised comes back sealed and is shown so', async () => {
    const { ports } = await stack.topology.requireLayout();
    const base = `http://127.0.0.1:${ports.openbao}/v1/sys`;
    const put = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${base}/${path}`, { method: 'PUT', body: JSON.stringify(body) });
      return (await answer.json()) as Record<string, unknown>;
    };
    const { keys } = (await put('init', { secret_shares: 1, secret_threshold: 1 })) as { keys: string[] };
    expect((await status('openbao')).state).toBe('sealed');
    await put('unseal', { key: keys[0] });
    await stack.topology.waitReady('openbao');
    expect((await stack.topology.probe('openbao')).serving).toBe(true);
    await stack.topology.restartServer('openbao');
    expect(await status('openbao')).toMatchObject({
      state: 'sealed',
      problem: { key: 'topology.problem.sealed' },
    });
    await put('unseal', { key: keys[0] });
    await stack.topology.settle();
    expect((await stack.topology.probe('openbao')).serving).toBe(true);
  });
});

describe('what keeps a server from starting', () => {
  const failure = async (id: ServerId) =>
    stack.topology.startServer(id).then(
      () => undefined,
      (error: unknown) => (error as { data: { code: string; params: object; detail?: string } }).data,
    );
  afterEach(async () => {
    await stack.topology.startAll();
  });

  test('a port in use: by whom, said by the plan already', async () => {
    await stack.topology.stopServer('responder');
    const { ports } = await stack.topology.requireLayout();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(ports.responderAdmin, '127.0.0.1', resolve));
    const data = await failure('responder');
    const up = await infraDefinitions(stack.topology)
      .find(({ kind }) => kind === 'infra.up')
      ?.prepare({});
    expect(up?.preconditions.find(({ id }) => id === 'ports')).toMatchObject({
      met: false,
      detail: { key: 'error.topology_port_taken.what', params: { port: ports.responderAdmin } },
    });
    await new Promise((resolve) => squatter.close(resolve));
    expect(data).toMatchObject({
      code: 'topology_port_taken',
      params: { port: ports.responderAdmin, pid: process.pid, server: 'HTTP-01 responder' },
    });
    expect((await status('responder')).state).toBe('stopped');
  });

  test('a port that is taken after the look at it: by whom, although the responder itself knows only EADDRINUSE', async () => {
    await stack.topology.stopServer('responder');
    const { acmeHttp } = (await stack.topology.requireLayout()).ports;
    const squatter = `setTimeout(process.exit, 60_000);
      require('node:net').createServer((socket) => socket.destroy()).listen(${acmeHttp}, '127.0.0.1');`;
    // Another program gets the port while the responder is on its way to it.
    const script = '"$0" -e "$SQUATTER" & sleep 2; exec "$0" "$@"';
    const late: NodeProgram = {
      command: '/bin/sh',
      args: ['-c', script, sourceProgram.command, ...sourceProgram.args],
      env: { SQUATTER: squatter },
    };
    const racing = new LocalTopology(stack.paths, { node: late });
    const data = await racing.startServer('responder').then(
      () => undefined,
      (error: unknown) =>
        (error as { data: { code: string; params: { pid: number }; detail?: string } }).data,
    );
    expect(data).toMatchObject({
      code: 'topology_port_taken',
      params: { port: acmeHttp, transport: 'TCP', process: 'node', server: 'HTTP-01 responder' },
    });
    expect(data?.detail).toContain('EADDRINUSE');
    process.kill(data?.params.pid ?? 0);
    await racing.close();
  });

  test('the name server finds who has its port, also when only UDP is taken', async () => {
    await stack.topology.stopServer('resolver');
    const { ports } = await stack.topology.requireLayout();
    const squatter = createSocket('udp4');
    await new Promise<void>((resolve) => squatter.bind(ports.resolver, '127.0.0.1', resolve));
    const data = await failure('resolver');
    await new Promise<void>((resolve) => squatter.close(resolve));
    expect(data).toMatchObject({
      code: 'topology_port_taken',
      params: { port: ports.resolver, transport: 'UDP', pid: process.pid },
    });
  });

  test('a wrong password of the CA key, of the database, and a database that is down', async () => {
    await stack.topology.stopServer('step-ca');
    await writeFile(stack.paths.passwordFile, 'another one');
    const wrongKey = await failure('step-ca');
    expect(wrongKey).toMatchObject({ code: 'topology_key_password' });
    expect(wrongKey?.detail).toMatch(/password|asn1/i);
    await writeFile(stack.paths.passwordFile, stack.passwords.ca, { mode: 0o600 });

    const text = await readFile(stack.paths.caConfig, 'utf8');
    const wrong = editCaConfig(text, stack.paths.caConfig, (draft) => {
      if (draft.db?.dataSource !== undefined) {
        draft.db.dataSource = draft.db.dataSource.replace(stack.passwords.database, 'WRONG-planted');
      }
    });
    await writeFile(stack.paths.caConfig, wrong);
    const wrongDatabase = await failure('step-ca');
    expect(wrongDatabase).toMatchObject({ code: 'topology_db_password' });
    expect(JSON.stringify(wrongDatabase)).not.toContain('WRONG-planted');
    await writeFile(stack.paths.caConfig, text);

    await stack.topology.stopServer('postgres');
    expect(await failure('step-ca')).toMatchObject({ code: 'topology_db_down' });
    await stack.topology.startServer('postgres');
  });

  test('a missing file and a directory that may not be written', async () => {
    await stack.topology.stopServer('responder');
    const config = await readFile(stack.paths.responderConfig, 'utf8');
    const { rm, chmod, chown } = await import('node:fs/promises');
    await rm(stack.paths.responderConfig);
    expect(await failure('responder')).toMatchObject({
      code: 'topology_file',
      params: { path: stack.paths.responderConfig },
    });
    await writeFile(stack.paths.responderConfig, config, { mode: 0o600 });

    const { postgres } = await stack.topology.requireLayout();
    if (postgres.user === undefined) return;
    await stack.topology.stopServer('postgres');
    const conf = join(postgres.home, 'data', 'postgresql.conf');
    await chown(conf, 0, 0);
    await chmod(conf, 0o600);
    const data = await failure('postgres');
    await chown(conf, postgres.user.uid, postgres.user.gid);
    expect(data).toMatchObject({ code: 'topology_permission' });
  });

  test('an installation without servers of its own', async () => {
    const { LocalTopology } = await import('../../src-main/topology/local-topology.ts');
    const { WorkspacePaths } = await import('../../src-main/workspace/paths.ts');
    const nowhere = new LocalTopology(new WorkspacePaths(join(stack.paths.root, 'elsewhere')));
    expect(await nowhere.statuses()).toEqual([]);
    await expect(nowhere.startServer('openbao')).rejects.toMatchObject({ data: { code: 'topology_none' } });
  });
});
