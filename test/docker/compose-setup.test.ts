import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { ContainerDifference, Containers, ContainerView } from '../../shared/contract/containers.ts';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { ServiceDetail } from '../../shared/contract/services.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import type { DockerEngine } from '../../src-main/docker/engine.ts';
import { ruleGroups, renderRules } from '../../src-main/monitoring/rules.ts';
import { images } from '../../src-main/monitoring/stack/files.ts';
import { withConnection } from '../../src-main/postgres/connection.ts';
import { parseDsn } from '../../src-main/postgres/dsn.ts';
import { handshake } from '../../src-main/tls/handshake.ts';
import { postgresHandshake } from '../../src-main/tls/postgres-start.ts';
import { caDsn, parseCaConfig } from '../../src-main/workspace/ca-json.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { ComposeTopology } from '../../src-main/topology/compose/compose-topology.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { freePort, startChild, untilReady } from '../support/child.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { docker } from '../support/docker/command.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { prometheusImage } from '../support/docker/images.ts';
import { startAlertmanager, startReceiver } from '../support/monitoring.ts';
import { byAddress, byFiles, newShares } from '../support/every-rotation.ts';
import { emptyInstallation, type InnerConsole, type Installation } from '../support/installation.ts';

const consoleProgram = fileURLToPath(new URL('../../dist/console.cjs', import.meta.url));
const patience = { timeout: 30_000 };
const all = (state: string): Record<string, string> => ({
  openbao: state,
  postgres: state,
  responder: state,
  'step-ca': state,
});

describeUnless(noEngine(), 'an installation in containers', () => {
  let daemon: TestDaemon | undefined;
  let engine: DockerEngine;
  let made: Installation;
  let inner: InnerConsole;
  let compose: ComposeTopology;

  const states = async (): Promise<Record<string, string>> => {
    const servers = await inner.first<ServerStatus[]>('infra.status');
    return Object.fromEntries(servers.map(({ name, state }) => [name, state]));
  };
  /** Every rung is proved now, the handshake of a client that trusts only this CA among them. */
  const proved = async (): Promise<void> => {
    const { ladder } = await inner.call<ServiceDetail>('services.prove', { id: 'edge-proxy' });
    expect(ladder.map(({ rung }) => rung)).toContain('trusted');
    expect(ladder.filter(({ outcome }) => outcome !== 'proved')).toEqual([]);
  };
  const operate = async (kind: string, input: unknown = {}, secrets = {}): Promise<Operation> => {
    const done = await inner.operate(kind, input, secrets);
    expect([kind, input, done.error]).toEqual([kind, input, undefined]);
    expect(done.state).toBe('done');
    return done;
  };
  const planOf = (kind: string, input: unknown = {}): Promise<Plan> =>
    inner.call<Plan>('operations.plan', { kind, input });
  const notes = (plan: Plan): string[] =>
    plan.steps.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'touches' ? [`${effect.who} ${effect.note.key}`] : [])),
    );
  /** Whether each connection of step-ca to its database is TLS. */
  const databaseClients = async (): Promise<readonly { readonly ssl: boolean }[]> => {
    const text = caDsn(parseCaConfig(await readFile(made.paths.caConfig, 'utf8'), made.paths.caConfig)) ?? '';
    const { ports } = await compose.requireLayout();
    const dsn = { ...parseDsn(text), host: '127.0.0.1', port: ports.postgres };
    const asked =
      "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name <> 'bootroot-console' AND a.usename = current_user";
    return withConnection(dsn, (connection) => connection.rows(z.object({ ssl: z.boolean() }), asked));
  };
  const picture = (): Promise<Containers> => inner.first<Containers>('containers.watch');
  const shown = async (name: string): Promise<ContainerView | undefined> =>
    (await picture()).containers.find((container) => container.name === name);
  const problemOf = async (name: string): Promise<string | undefined> => (await shown(name))?.problem?.key;
  const serverNow = async (id: string): Promise<ServerStatus | undefined> =>
    (await inner.first<ServerStatus[]>('infra.status')).find(({ name }) => name === id);
  const problem = async (id: string): Promise<string | undefined> => (await serverNow(id))?.problem?.key;
  /** The docker command on the engine of this test: what strangers and accidents do. */
  const run = (...args: readonly string[]): Promise<string> => docker(daemon?.socket ?? '', args);

  beforeAll(async () => {
    daemon = await startDaemon();
    engine = daemon.engine;
    process.env['DOCKER_HOST'] = `unix://${daemon.socket}`;
    process.env['DOCKER_CONFIG'] = await dockerConfig();
    made = await emptyInstallation();
    const { DOCKER_HOST, DOCKER_CONFIG } = process.env;
    const words = ['init', '--topology', 'compose', '--instance', 'blue', '--kind', 'lab', ...made.flags];
    const answer = await made.cli(words, { DOCKER_HOST, DOCKER_CONFIG });
    expect(answer.code, `${answer.stdout}\n${answer.stderr}`).toBe(0);
    inner = await made.open();
    compose = inner.console.required().topologies.compose;
  });
  afterAll(async () => {
    await daemon?.stop();
    await made?.stop();
  });

  test('is set up by the command line: all answers, and every container says whose it is', async () => {
    expect(await states()).toEqual(all('ready'));
    const { identity } = (await compose.requireLayout()).compose;
    const labels = (await engine.containers()).map(({ labels }) => labels['io.bootroot.installation']);
    expect(labels).toEqual(Array.from({ length: 6 }, () => identity));
  });

  test('OpenBao and PostgreSQL serve certificates of the CA, and step-ca talks to its database by TLS', async () => {
    const ca = await readFile(made.paths.rootCert, 'utf8');
    const { ports } = await compose.requireLayout();
    const at = (port: number) => ({ host: '127.0.0.1', port, servername: '127.0.0.1', ca, timeoutMs: 5_000 });
    const [openbao, postgres] = [
      await handshake(at(ports.openbao)),
      await postgresHandshake(at(ports.postgres)),
    ];
    expect([openbao.ok, openbao.served?.names]).toEqual([true, ['openbao', 'localhost', '127.0.0.1']]);
    expect([postgres.ok, postgres.served?.names]).toEqual([true, ['postgres', 'localhost', '127.0.0.1']]);
    const state = await readState(made.paths.state);
    expect(state.openbao_url).toBe(`https://127.0.0.1:${String(ports.openbao)}`);
    // As the bootroot tools have it; the signal is all that either of us ever sends.
    expect(state.infra_certs?.['openbao']).toMatchObject({
      cert_path: 'openbao/tls/server.crt',
      reload_strategy: { type: 'container_signal', container_name: 'blue-openbao', signal: 'SIGHUP' },
    });
    // Nothing was restarted on the way.
    for (const name of ['blue-openbao', 'blue-postgres'])
      expect((await engine.inspect(name)).restarts).toBe(0);
    const clients = await databaseClients();
    expect(clients.length).toBeGreaterThan(0);
    expect(clients.every(({ ssl }) => ssl)).toBe(true);
  });

  test('a service gets a certificate and is proved', async () => {
    await operate('service.add', await inner.call('services.defaults', { serviceName: 'edge-proxy' }));
    await proved();
  });

  test('every rotation', async () => {
    for (const { kind, input, secrets } of [
      ...byAddress,
      { kind: 'rotate.approle-secret-id', input: { ids: [], infra: ['stepca', 'responder'] } },
      ...byFiles.slice(0, -1),
      // Servers that still show a certificate of the old CA keep it from being retired.
      { kind: 'rotate.infra-tls', input: {} },
      ...byFiles.slice(-1),
      newShares,
    ]) {
      await operate(kind, input, secrets);
      await proved();
    }
  });

  test('another installation of the same name is refused, and nothing of this one is touched', async () => {
    const before = (await engine.containers()).map(({ id, state }) => `${id} ${state}`);
    const paths = new WorkspacePaths(join(made.paths.root, '..', 'other'));
    await mkdir(paths.secrets, { recursive: true });
    const other = new ComposeTopology(paths);
    const { ports } = await compose.requireLayout();
    const choices = { ports, leafHours: 24, instance: 'blue' };
    await expect(other.createLayout(choices)).rejects.toMatchObject({ code: 'compose_foreign' });
    expect(await other.readLayout()).toBeUndefined();
    expect((await engine.containers()).map(({ id, state }) => `${id} ${state}`)).toEqual(before);
  });

  test('an OpenBao that would be made anew, and so be sealed, stays as it is', async () => {
    const before = await engine.inspect('blue-openbao');
    const { ports } = await compose.requireLayout();
    await compose.changePorts({ openbao: ports.openbao + 1 });
    await expect(compose.startServer('openbao')).rejects.toMatchObject({ code: 'compose_would_recreate' });
    await compose.changePorts({ openbao: ports.openbao });
    await compose.startServer('openbao');
    const { id, startedAt } = await engine.inspect('blue-openbao');
    expect({ id, startedAt }).toEqual({ id: before.id, startedAt: before.startedAt });
  });

  test('lines of all servers are followed, also past a restart', async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { server, text } of compose.logs({ lines: 500, follow: true }, control.signal))
        seen.push(`${server} ${text}`);
    })();
    const servers = () => [...new Set(seen.map((line) => line.split(' ', 1)[0]))].sort();
    const agents = ['openbao-agent-responder', 'openbao-agent-stepca'];
    await expect.poll(servers, patience).toEqual([...Object.keys(all('')), ...agents].sort());
    seen.length = 0;
    await compose.reloadServer('openbao');
    await compose.restartServer('responder');
    await expect.poll(() => seen.join('\n'), patience).toMatch(/openbao .*reload/i);
    await expect.poll(() => seen.join('\n'), patience).toMatch(/responder .* answers challenges/);
    control.abort();
    await reading;
  });

  test('goes down and comes up again, sealed until the shares are given; an agent that ended is noticed', async () => {
    const { id } = await engine.inspect('blue-openbao');
    await operate('infra.down');
    expect((await engine.containers()).filter(({ state }) => state === 'running')).toEqual([]);
    expect(await states()).toEqual(all('stopped'));
    await operate('infra.up');
    expect(await states()).toEqual({ ...all('ready'), openbao: 'sealed' });
    await inner.call('openbao.unsealFromDisk');
    expect(await states()).toEqual(all('ready'));
    expect((await engine.inspect('blue-openbao')).id).toBe(id);
    await engine.stop('blue-openbao-agent-responder', 5);
    expect(await states()).toEqual({ ...all('ready'), responder: 'unhealthy' });
    await operate('infra.up');
    expect(await states()).toEqual(all('ready'));
    await proved();
  });

  test('the window has every container: what it is made of, what it uses, whether it comes back', async () => {
    await picture();
    const { engine: who, boot, containers } = await picture();
    expect(who?.version).toMatch(/^\d+\.\d+/);
    expect(['starts', 'stays_down', 'unknown']).toContain(boot);
    expect(containers.map(({ name }) => name)).toEqual(
      ['openbao', 'postgres', 'http01', 'ca', 'openbao-agent-stepca', 'openbao-agent-responder'].map(
        (part) => `blue-${part}`,
      ),
    );
    for (const container of containers) {
      expect(container).toMatchObject({ state: 'running', pinned: 'version', comesBack: true });
      expect(container.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
    const uses = async (): Promise<boolean> =>
      (await picture()).containers.every(({ memoryBytes = 0 }) => memoryBytes > 0);
    await expect.poll(uses, patience).toBe(true);
    expect((await shown('blue-openbao'))?.ports[0]).toMatch(/^127\.0\.0\.1:\d+ → 8200\/tcp$/);
  });

  test('a policy with which a container stays down is found and mended, and nothing is restarted for it', async () => {
    await run('update', '--restart', 'no', 'blue-postgres');
    const { startedAt } = await engine.inspect('blue-postgres');
    expect(await shown('blue-postgres')).toMatchObject({
      comesBack: false,
      problem: { key: 'topology.container.stays_down' },
    });
    const done = await operate('containers.mend-policies', { containers: ['blue-postgres'] });
    expect(done.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
    expect(await engine.inspect('blue-postgres')).toMatchObject({
      restartPolicy: 'unless-stopped',
      startedAt,
    });
    expect(await problemOf('blue-postgres')).toBeUndefined();
  });

  test('what differs between files and containers is shown before anything starts, and made anew by name', async () => {
    expect(await inner.call<ContainerDifference[]>('containers.differences')).toEqual([]);
    const { ports } = await compose.requireLayout();
    await compose.changePorts({ responderAdmin: ports.responderAdmin + 1, openbao: ports.openbao + 1 });
    const found = await inner.call<ContainerDifference[]>('containers.differences');
    expect(found.map(({ name, fields }) => [name, ...fields.map(({ field }) => field)])).toEqual([
      ['blue-openbao', 'ports'],
      ['blue-http01', 'ports'],
    ]);
    const plan = await planOf('infra.up');
    expect(plan.preconditions.filter(({ met }) => !met).map(({ id }) => id)).toContain('as-planned');
    expect(notes(plan)).toContain('blue-http01 topology.difference.field');
    // Naming it is what makes OpenBao anew, by a typed confirmation that says it will be sealed.
    const recreate = await planOf('containers.recreate', { service: 'openbao' });
    expect(recreate.confirm.typed).toBe('blue-openbao');
    expect(notes(recreate)).toContain('blue-openbao topology.note.sealed');
    await compose.changePorts({ openbao: ports.openbao });
    const before = (await engine.inspect('blue-http01')).id;
    await operate('containers.recreate', { service: 'bootroot-http01' });
    expect((await engine.inspect('blue-http01')).id).not.toBe(before);
    await compose.changePorts({ responderAdmin: ports.responderAdmin });
    await operate('infra.up');
    expect(await inner.call<ContainerDifference[]>('containers.differences')).toEqual([]);
    await proved();
  });

  test('a restart says what it means; OpenBao comes back sealed', async () => {
    expect(notes(await planOf('infra.restart', { servers: ['openbao'] }))).toContain(
      'OpenBao topology.note.sealed',
    );
    expect(notes(await planOf('infra.restart', { servers: ['step-ca'] }))).toContain(
      'step-ca topology.note.stepca',
    );
    await operate('infra.restart', { servers: ['openbao'] });
    expect(await serverNow('openbao')).toMatchObject({
      state: 'sealed',
      problem: { key: 'topology.problem.sealed' },
    });
    await inner.call('openbao.unsealFromDisk');
    await expect.poll(states, patience).toEqual(all('ready'));
  });

  test('what happens to a container is named with the next step: paused, killed, crash loop, out of memory, removed', async () => {
    const since = Date.now() - 1_000;
    await run('pause', 'blue-ca');
    expect([await problem('step-ca'), await problemOf('blue-ca')]).toEqual([
      'topology.container.paused',
      'topology.container.paused',
    ]);
    await operate('infra.up', { servers: ['step-ca'] });
    await run('kill', 'blue-ca');
    await expect.poll(() => problem('step-ca'), patience).toBe('topology.container.killed');
    expect((await serverNow('step-ca'))?.state).toBe('failed');
    await operate('infra.up', { servers: ['step-ca'] });

    const seen: string[] = [];
    const control = new AbortController();
    const reading = (async () => {
      for await (const { container, action } of compose.events(since, control.signal))
        seen.push(`${container} ${action}`);
    })();
    await expect
      .poll(() => seen, patience)
      .toEqual(expect.arrayContaining(['blue-ca pause', 'blue-ca kill']));
    control.abort();
    await reading;

    // A configuration that it cannot work with: the engine starts it again and again.
    const { responderConfig } = made.paths;
    const config = await readFile(responderConfig, 'utf8');
    await writeFile(responderConfig, 'hmac_secret = 7\n');
    try {
      await run('restart', '-t', '1', 'blue-http01').catch(() => '');
      await expect.poll(() => problemOf('blue-http01'), patience).toBe('topology.container.crash_loop');
      await expect.poll(async () => (await serverNow('responder'))?.lastLine, patience).toMatch(/responder/);
    } finally {
      await writeFile(responderConfig, config);
    }
    await expect.poll(() => states(), patience).toEqual(all('ready'));

    // The engine learns of an end and of its reason by two ways, and on a busy machine misses the reason now and then.
    const { identity } = (await compose.requireLayout()).compose;
    let greedy: string | undefined;
    for (let tries = 0; tries < 4 && greedy !== 'topology.container.out_of_memory'; tries += 1) {
      await run('rm', '-f', 'blue-greedy').catch(() => '');
      const label = ['--label', `io.bootroot.installation=${identity}`, '--entrypoint', '/bin/sh'];
      const limit = ['--memory', '8m', '--memory-swap', '8m', compose.images.postgres.path];
      await run(
        'run',
        '-d',
        '--name',
        'blue-greedy',
        ...label,
        ...limit,
        '-c',
        'x=aaaaaaaa; while :; do x=$x$x; done',
      );
      await expect.poll(async () => (await shown('blue-greedy'))?.state, patience).toBe('exited');
      greedy = await problemOf('blue-greedy');
    }
    expect(greedy).toBe('topology.container.out_of_memory');
    await run('rm', '-f', 'blue-greedy');
    await run('rm', '-f', 'blue-openbao-agent-stepca');
    expect(await problemOf('blue-openbao-agent-stepca')).toBe('topology.container.missing');
    expect(await problem('step-ca')).toBe('topology.compose.no_agent');
    await operate('infra.up');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
    await proved();
  });

  test('a port that a stranger took, an image that is gone, a volume of somebody else: named, and nothing is touched', async () => {
    const { ports, compose: own } = await compose.requireLayout();
    await operate('infra.down', { servers: ['responder'] });
    const stranger = createServer().listen(ports.responderAdmin, '127.0.0.1');
    await once(stranger, 'listening');
    const unmet = (await planOf('infra.up', { servers: ['responder'] })).preconditions.find(
      ({ met }) => !met,
    );
    expect([unmet?.id, unmet?.detail?.params?.['pid']]).toEqual(['ports', process.pid]);
    await new Promise((resolve) => stranger.close(resolve));

    await run('rm', '-f', 'blue-http01');
    await run('tag', own.responderImage, 'kept:1');
    await run('rmi', own.responderImage);
    const failed = await inner.operate('infra.up', { servers: ['responder'] });
    expect(failed.error?.code).toBe('compose_no_image');
    // As a host without a registry gets it: from a file.
    await run('tag', 'kept:1', own.responderImage);
    const file = join(made.paths.root, '..', 'images.tar');
    await run('save', '-o', file, own.responderImage);
    await run('rmi', 'kept:1', own.responderImage);
    const loaded = await operate('containers.load-images', { file });
    expect(loaded.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
    await operate('infra.up', { servers: ['responder'] });

    await run('volume', 'create', 'blue_of-somebody-else');
    await expect(compose.startServer('responder')).rejects.toMatchObject({ code: 'compose_foreign' });
    await run('volume', 'rm', 'blue_of-somebody-else');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
  });

  test('an engine that stops is named while it is away, and followed again when it is back', async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const servers of compose.watch(control.signal, 200))
        seen.push(servers.map(({ problem: each }) => String(each?.params?.['reason'] ?? '')).join());
    })();
    await daemon?.end();
    await expect.poll(() => seen.at(-1), patience).toMatch(/docker_(stopped|absent|lost)/);
    expect((await picture()).problem?.params?.['reason']).toMatch(/docker_(stopped|absent|lost)/);
    const down = await inner.operate('infra.up', { servers: ['step-ca'] }).catch((error: unknown) => error);
    expect(JSON.stringify(down)).toMatch(/docker_(stopped|absent|lost)/);
    await daemon?.start();
    await operate('infra.up');
    await inner.call('openbao.unsealFromDisk');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
    await expect.poll(() => seen.at(-1), patience).not.toMatch(/docker_/);
    control.abort();
    await watching;
    await proved();
  });

  test('a console that is killed while the servers go down or up leaves nothing that cannot be gone on with', async () => {
    const { DOCKER_HOST = '', DOCKER_CONFIG = '' } = process.env;
    const environment = { DOCKER_HOST, DOCKER_CONFIG, BOOTROOT_CONSOLE_TEST: '1' };
    for (const [word, moment] of [
      ['down', 'stop-responder:after'],
      ['up', 'start-postgres:after'],
    ] as const) {
      const killed = await made.cli(['infra', word], { ...environment, BOOTROOT_CONSOLE_FAULT: moment });
      expect(killed.signal ?? killed.code).not.toBe(0);
      const { operations } = JSON.parse(
        (await made.cli(['operations', 'list', '--json'], environment)).stdout,
      ) as { operations: Operation[] };
      expect(operations[0]?.state).toBe('interrupted');
      const resumed = await made.cli(['operations', 'resume', operations[0]?.id ?? ''], environment);
      expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
      expect(Object.values(await states())).toEqual(
        word === 'down' ? Object.values(all('stopped')) : ['sealed', 'ready', 'ready', 'ready'],
      );
    }
    await inner.call('openbao.unsealFromDisk');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
    await proved();
  });

  test('Prometheus runs beside it without Grafana, and an alert travels from a stopped container to who is told', async () => {
    const { DOCKER_HOST = '', DOCKER_CONFIG = '' } = process.env;
    const environment = { DOCKER_HOST, DOCKER_CONFIG };
    const bridge = '{{(index .IPAM.Config 0).Gateway}}';
    const gateway = await run('network', 'inspect', 'bridge', '--format', bridge);
    const [exporterPort, prometheusPort, alertPort] = [await freePort(), await freePort(), await freePort()];
    const monitoring = join(made.paths.root, 'monitoring');
    const ports = ['--exporter-port', String(exporterPort), '--prometheus-port', String(prometheusPort)];
    const up = ['monitoring', 'up', '--profile', 'lan', ...ports];
    await prometheusImage(daemon as TestDaemon);
    const watching = async (): Promise<string[]> =>
      (await engine.containers())
        .filter(({ labels }) => labels['bootroot.instance'] === inner.console.required().id)
        .map(({ state }) => state);

    // Grafana is in no package registry: the image that is missing is named, with the way to go on without it.
    const refused = await made.cli([...up, '--json'], environment);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      operation: { error: { code: 'monitoring_no_image', params: { images: images.grafana } } },
    });
    expect(refused.code).not.toBe(0);
    expect(await watching()).toEqual([]);

    const receiver = await startReceiver();
    const words = ['--work-dir', made.paths.root, 'monitoring', 'exporter', '--no-watch'];
    const token = ['--token-file', join(monitoring, 'prometheus', 'token')];
    const exporter = startChild(
      process.execPath,
      [consoleProgram, ...words, ...token, '--listen', `${gateway}:${exporterPort}`],
      { env: environment },
    );
    const alertmanager = await startAlertmanager(
      join(made.paths.root, '..', 'alerts'),
      `${gateway}:${alertPort}`,
      receiver.url,
    );
    try {
      const asked = async (): Promise<boolean> =>
        (await fetch(`http://${gateway}:${exporterPort}/metrics`)).status === 401;
      await untilReady(exporter, asked);
      const started = await made.cli([...up, '--without-grafana'], environment);
      expect([started.code, started.stderr]).toEqual([0, expect.any(String)]);
      expect((await made.last()).proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
      expect(await watching()).toEqual(['running']);
      const { stdout } = await made.cli(['monitoring', 'status'], environment);
      expect(stdout).toMatch(/^bootroot-console: up http:\/\/host\.docker\.internal:/m);
      expect(stdout).toMatch(/^Grafana: none/m);

      // Its own rules and its own Alertmanager list; only the waiting is taken out.
      const file = (name: string): string => join(monitoring, 'prometheus', name);
      const config = await readFile(file('prometheus.yml'), 'utf8');
      await writeFile(file('prometheus.yml'), config.replaceAll('_interval: 30s', '_interval: 2s'));
      await writeFile(file('bootroot.rules.yml'), renderRules(ruleGroups, '0s'));
      const targets = [`host.docker.internal:${alertPort}`];
      await writeFile(file('alertmanagers.json'), JSON.stringify([{ targets }]));
      await run('kill', '-s', 'HUP', `bootroot-monitoring-${inner.console.required().id}-prometheus-1`);
      await run('stop', '-t', '1', 'blue-http01');
      const fired = await receiver.until(
        (body) => body.includes('BootrootServerDown') && body.includes('responder'),
      );
      expect(fired).toMatchObject({
        alerts: [{ status: 'firing', labels: { severity: 'critical', server: 'responder' } }],
      });
      await operate('infra.up');
      await receiver.until((body) => body.includes('BootrootServerDown') && body.includes('"resolved"'));

      const ended = await made.cli(['monitoring', 'down'], environment);
      expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
      expect(await watching()).toEqual([]);
    } finally {
      await alertmanager.stop();
      await exporter.stop();
      await receiver.close();
    }
  });
});
