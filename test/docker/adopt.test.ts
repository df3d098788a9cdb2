import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AdoptReport, Oddity } from '../../shared/contract/adopt.ts';
import { freePort } from '../support/child.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { docker } from '../support/docker/command.ts';
import { dockerConfig } from '../support/docker/compose-plugin.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { busyboxImage } from '../support/docker/images.ts';
import {
  toolsAgents,
  toolsCompose,
  toolsImages,
  toolsService,
  type ToolsPorts,
} from '../support/docker/tools-compose.ts';
import { dockerCommand } from '../../src-main/topology/compose/docker-command.ts';
import { emptyInstallation, type InnerConsole, type Installation } from '../support/installation.ts';

describeUnless(noEngine(), 'an installation of the tools whose servers run in containers', () => {
  let daemon: TestDaemon | undefined;
  let made: Installation;
  let inner: InnerConsole;
  let ports: ToolsPorts;
  let root: string;

  const run = (...args: readonly string[]): Promise<string> => docker(daemon?.socket ?? '', args);
  /** The tools' own way: Compose in the work directory. */
  const compose = (directory: string, ...words: readonly string[]): Promise<string> =>
    dockerCommand().run(['compose', '--project-directory', directory, ...words]);
  const files = (): string[] =>
    [join(root, 'docker-compose.yml'), made.paths.openbaoAgentComposeOverride].flatMap((file) => [
      '-f',
      file,
    ]);
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
  };
  const putState = (more: object = {}): Promise<void> =>
    put(
      made.paths.state,
      JSON.stringify({
        openbao_url: `http://localhost:${String(ports.openbao)}`,
        kv_mount: 'secret',
        secrets_dir: 'secrets',
        services: { web: toolsService('web', 'web') },
        ...more,
      }),
    );
  /** What is odd about containers, by id. */
  const odd = async (): Promise<ReadonlyMap<string, Oddity>> => {
    const { oddities } = await inner.call<AdoptReport>('adopt.look');
    return new Map(oddities.filter(({ id }) => id.startsWith('container')).map((one) => [one.id, one]));
  };
  /** Of every container what an operation could change. */
  const engineNow = async (): Promise<string> =>
    run('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}} {{.Image}}');

  beforeAll(async () => {
    daemon = await startDaemon();
    Object.assign(process.env, {
      DOCKER_HOST: `unix://${daemon.socket}`,
      DOCKER_CONFIG: await dockerConfig(),
    });
    await run('create', '--name', 'stand-in', await busyboxImage(daemon));
    const waits = 'ENTRYPOINT ["/bin/sh","-c","trap \\"exit 0\\" TERM; sleep 1000000 & wait","--"]';
    for (const name of Object.values(toolsImages)) await run('commit', '--change', waits, 'stand-in', name);
    await run('rm', 'stand-in');
    made = await emptyInstallation();
    ({ root } = made.paths);
    ports = { openbao: await freePort(), stepca: await freePort(), postgres: await freePort() };
    await putState();
    await put(join(root, 'docker-compose.yml'), toolsCompose(ports));
    await put(made.paths.openbaoAgentComposeOverride, toolsAgents(root));
    await put(join(root, '.env'), 'POSTGRES_USER=step\nPOSTGRES_PASSWORD=a-secret-word\n');
    await compose(root, ...files(), 'up', '-d');
    await run('run', '-d', '--name', 'web', '--restart', 'always', toolsImages.responder);
    inner = await made.open();
  });
  afterAll(async () => {
    await daemon?.stop();
    await made?.stop();
  });

  test('that runs as its files say has nothing odd about its containers', async () => {
    expect([...(await odd()).keys()]).toEqual([]);
  });

  test('everything that is not as declared is told, masked, and nothing is touched, before and after it is taken over', async () => {
    await writeFile(
      join(root, '.env'),
      'POSTGRES_USER=step\nPOSTGRES_PASSWORD=another-word\nBOOTROOT_UNUSED=1\n',
    );
    await run('update', '--restart', 'no', 'bootroot-postgres');
    // Started by hand, for everybody, on a directory of somebody's own.
    await run('rm', '-f', 'bootroot-ca');
    const everywhere = `0.0.0.0:${String(ports.stepca)}:9000`;
    const own = ['--name', 'bootroot-ca', '--restart', 'always', '-p', everywhere, '-v', '/srv:/home/step'];
    await run('run', '-d', ...own, toolsImages.stepCa, '/home/step/config/ca.json');
    await run('stop', '-t', '5', 'bootroot-openbao-agent-stepca');
    await run('pause', 'bootroot-openbao-agent-responder');
    await run('stop', '-t', '5', 'web');
    // Another installation's, under this one's name.
    await run('rm', '-f', 'bootroot-http01');
    const other = join(root, '..', 'other');
    const text = `services:\n  bootroot-http01:\n    image: ${toolsImages.responder}\n    container_name: bootroot-http01\n`;
    await put(join(other, 'docker-compose.yml'), text);
    await compose(other, 'up', '-d');
    // "latest" is another version tomorrow.
    await run('tag', toolsImages.postgres, toolsImages.openbao);
    await run('network', 'create', 'elsewhere');
    await run('network', 'connect', 'elsewhere', 'bootroot-openbao');
    await putState({ openbao_url: 'http://localhost:18200', services: { web: toolsService('web', 'web') } });

    const before = await engineNow();
    const found = await odd();
    expect(
      [...found]
        .map(
          ([
            id,
            {
              severity,
              text: { key },
            },
          ]) => [id, severity, key],
        )
        .sort(),
    ).toEqual([
      ['container-address:openbao_url', 'warning', 'adopt.text.container_address'],
      ['container-by-hand:bootroot-ca', 'warning', 'adopt.text.container_by_hand'],
      ['container-differs:bootroot-ca', 'critical', 'adopt.text.container_exposed'],
      ['container-differs:bootroot-openbao', 'warning', 'adopt.text.container_differs_openbao'],
      ['container-differs:bootroot-postgres', 'warning', 'adopt.text.container_differs'],
      ['container-foreign:bootroot-http01', 'critical', 'adopt.text.container_foreign'],
      ['container-image:bootroot-openbao', 'warning', 'adopt.text.container_image'],
      ['container-image:bootroot-openbao-agent-responder', 'warning', 'adopt.text.container_image'],
      ['container-image:bootroot-openbao-agent-stepca', 'warning', 'adopt.text.container_image'],
      ['container-service:web', 'warning', 'adopt.text.service_container_stopped'],
      ['container-state:bootroot-openbao-agent-responder', 'warning', 'topology.container.paused'],
      ['container-state:bootroot-openbao-agent-stepca', 'warning', 'topology.container.stopped'],
      ['container-state:bootroot-postgres', 'warning', 'topology.container.stays_down'],
    ]);
    const diff = (name: string): string => found.get(`container-differs:${name}`)?.diff ?? '';
    expect(diff('bootroot-ca')).toMatch(/-volumes: \/srv:\/home\/step\n/);
    expect(diff('bootroot-ca')).toContain(`-ports: :${String(ports.stepca)}:9000/tcp`);
    expect(diff('bootroot-openbao')).toMatch(/-networks: elsewhere\n/);
    expect(diff('bootroot-postgres')).toMatch(/restart: no/);
    expect(diff('bootroot-postgres')).toMatch(/POSTGRES_PASSWORD=•••• sha256:/);
    expect(JSON.stringify([...found])).not.toMatch(/a-secret-word|another-word/);
    expect(found.get('container-foreign:bootroot-http01')?.text.params).toMatchObject({ owner: other });

    await made.must(['adopt', 'take-over']);
    expect([...(await odd()).keys()].sort()).toEqual([...found.keys()].sort());
    expect(await engineNow()).toBe(before);
  });

  test('of the newer generation: the instance names the project, and what state.json binds and signals is compared', async () => {
    await run('rm', '-f', 'bootroot-http01', 'web');
    await writeFile(
      join(root, '.env'),
      'POSTGRES_USER=step\nPOSTGRES_PASSWORD=rotated-use-openbao\nBOOTROOT_INSTANCE=green\n',
    );
    const text = toolsCompose(ports).replaceAll(
      'container_name: bootroot-',
      'container_name: ${BOOTROOT_INSTANCE}-',
    );
    await writeFile(join(root, 'docker-compose.yml'), text);
    await writeFile(
      made.paths.openbaoAgentComposeOverride,
      toolsAgents(root).replaceAll('container_name: bootroot-', 'container_name: ${BOOTROOT_INSTANCE}-'),
    );
    const orphans = ['bootroot-openbao', 'bootroot-postgres', 'bootroot-ca'];
    await run('rm', '-f', ...orphans, 'bootroot-openbao-agent-stepca', 'bootroot-openbao-agent-responder');
    await compose(root, '-p', 'green', ...files(), 'up', '-d', '--scale', 'openbao-agent-stepca=0');
    await putState({
      services: {},
      openbao_bind_addr: `10.9.8.7:${String(ports.openbao)}`,
      stepca_bind_addr: `127.0.0.1:${String(ports.stepca)}`,
      infra_certs: {
        openbao: {
          cert_path: 'openbao/tls/server.crt',
          key_path: 'openbao/tls/server.key',
          sans: ['openbao'],
          reload_strategy: { type: 'container_signal', container_name: 'blue-openbao', signal: 'SIGHUP' },
        },
      },
    });
    // Its service is taken out of the files while the container goes on.
    const whole = await readFile(join(root, 'docker-compose.yml'), 'utf8');
    const at = whole.indexOf('  bootroot-http01:');
    await writeFile(
      join(root, 'docker-compose.yml'),
      whole.slice(0, at) + whole.slice(whole.indexOf('volumes:\n  openbao')),
    );
    expect([...(await odd())].map(([id, { severity }]) => [id, severity]).sort()).toEqual([
      ['container-address:openbao_bind_addr', 'warning'],
      ['container-missing:green-openbao-agent-stepca', 'warning'],
      ['container-orphan:green-http01', 'notice'],
      ['container-reload:openbao', 'warning'],
    ]);
  });

  test('an engine that does not answer is said once, and the rest of the page stands', async () => {
    await daemon?.end();
    const found = await odd();
    expect([...found.keys()]).toEqual(['containers']);
    expect(found.get('containers')?.text.params?.['reason']).toMatch(
      /error\.docker_(stopped|absent|lost)\.what/,
    );
    await daemon?.start();
  });
});
