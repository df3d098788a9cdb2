import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import { agentService } from '../../src-main/systemd/programs.ts';
import { renderService } from '../../src-main/systemd/unit.ts';
import { TopologyPaths } from '../../src-main/topology/topology-paths.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { updateState } from '../../src-main/workspace/state.ts';
import { issueLeaf, openAuthority } from '../../src-main/x509/authority.ts';
import { decryptKey, exportKey, generateKey } from '../../src-main/x509/keys.ts';
import { docker } from '../support/docker/command.ts';
import { startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { makeNetwork, startHost, type TestHost } from '../support/docker/host.ts';
import { systemdImage } from '../support/docker/images.ts';
import { long } from '../support/long.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const network = 'site';
export const workDir = '/srv/bootroot';
export const meshPort = 7443;

/** How long an hour of the simulated day takes: certificates live 24 of them and are renewed with 16 left, as the tools' defaults are. */
export const hourMs = Number(process.env['BOOTROOT_TEST_HOUR_MS'] ?? (long ? 30_000 : 5_000));
export const hours = (count: number): number => count * hourMs;
const seconds = (ms: number): string => `${String(Math.round(ms / 1000))}s`;

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host with one service, its agent, and the job that syncs it. */
export interface ServiceHost {
  readonly host: TestHost;
  readonly id: string;
  /** Directory of the service's files on that host; a small disk of its own. */
  readonly directory: string;
  readonly identity: string;
  readonly agentUnit: string;
  readonly syncUnit: string;
}

export interface World {
  readonly daemon: TestDaemon;
  readonly control: TestHost;
  readonly ca: TestHost;
  readonly services: readonly ServiceHost[];
  /** The work directory as this machine sees it. */
  readonly paths: WorkspacePaths;
  /** The console's command line on the CA's host, over SSH from the control host, as its administrator works. */
  cli(words: readonly string[], environment?: readonly string[]): Promise<Answer>;
  /** As {@link cli}; throws what it said unless it ended with this code. */
  must(words: readonly string[], code?: number): Promise<string>;
  /** Takes a host off the network, or back. */
  cut(host: TestHost, off: boolean): Promise<void>;
  stop(): Promise<void>;
}

const shell = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
export const put = (host: TestHost, path: string, text: string, mode = '644'): Promise<string> =>
  host.must(
    ['sh', '-c', 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"', 'sh', path, mode],
    text,
  );

const program = `#!/bin/sh
export BOOTROOT_CONSOLE_OPENBAO_BIN=/usr/local/bin/bao BOOTROOT_CONSOLE_STEP_CA_BIN=/usr/local/bin/step-ca BOOTROOT_CONSOLE_POSTGRES_BIN=/usr/local/pgsql/bin/postgres
exec /usr/local/bin/node /opt/console/dist/console.cjs "$@"
`;

/** Every host has its own keys: the image's are in all of them. */
async function startSsh(host: TestHost): Promise<void> {
  await host.must(['sh', '-c', 'rm -f /etc/ssh/ssh_host_* && ssh-keygen -q -A && systemctl restart ssh']);
}

/** `user` logs in at `to` from `from` with a key, and `from` knows the host: what an administrator arranges once. */
export async function letIn(from: TestHost, to: TestHost, user: string): Promise<void> {
  const make =
    'test -f /root/.ssh/id_ed25519 || { mkdir -p -m 700 /root/.ssh && ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519; }; cat /root/.ssh/id_ed25519.pub';
  const key = await from.must(['sh', '-c', make]);
  const home = user === 'root' ? '/root' : `/home/${user}`;
  await to.must(
    [
      'sh',
      '-c',
      'mkdir -p "$1/.ssh" && cat >> "$1/.ssh/authorized_keys" && chown -R "$2" "$1/.ssh" && chmod -R go= "$1/.ssh"',
      'sh',
      home,
      user,
    ],
    key,
  );
  const hostKey = (await to.must(['cat', '/etc/ssh/ssh_host_ed25519_key.pub'])).split(' ').slice(0, 2);
  await from.must(['sh', '-c', 'cat >> /root/.ssh/known_hosts'], `${to.name} ${hostKey.join(' ')}\n`);
}

/** Opens the servers to the network, as an administrator does by hand: OpenBao and the responder with TLS, step-ca under its name. */
async function openServers(ca: TestHost, paths: WorkspacePaths, must: World['must']): Promise<void> {
  const password = (await readFile(paths.passwordFile, 'utf8')).trim();
  const issuer = openAuthority(
    new X509Certificate(await readFile(paths.intermediateCert)).raw,
    decryptKey(await readFile(paths.intermediateKey, 'utf8'), password),
  );
  const pair = async (directory: string): Promise<string> => {
    const key = await generateKey('ec-p256');
    const leaf = await issueLeaf(
      {
        names: [ca.name, 'localhost', '127.0.0.1'],
        key,
        purposes: ['server'],
        notBefore: Date.now() - 60_000,
        lifetime: 30 * 24 * 3_600_000,
      },
      issuer,
    );
    await mkdir(paths.resolve(directory), { recursive: true, mode: 0o700 });
    await writeFile(paths.resolve(join(directory, 'server.crt')), leaf.pem + issuer.pem);
    await writeFile(paths.resolve(join(directory, 'server.key')), exportKey(key), { mode: 0o600 });
    return join(workDir, directory);
  };
  const change = async (path: string, edit: (text: string) => string): Promise<void> =>
    writeFile(path, edit(await readFile(path, 'utf8')));
  const baoPair = await pair('openbao/tls');
  await change(new TopologyPaths(paths).openbaoConfig, (text) =>
    text
      .replace(
        'tls_disable = true',
        `tls_cert_file = "${baoPair}/server.crt"\n  tls_key_file = "${baoPair}/server.key"`,
      )
      .replace('address = "127.0.0.1:8200"', 'address = "0.0.0.0:8200"')
      .replace('api_addr = "http:', 'api_addr = "https:'),
  );
  const responderPair = await pair('secrets/bootroot-http01/tls');
  await change(
    paths.responderConfig,
    (text) =>
      `${text.replace(/^admin_addr.*$/m, 'admin_addr = "0.0.0.0:8080"')}\ntls_cert_path = "${responderPair}/server.crt"\ntls_key_path = "${responderPair}/server.key"\n`,
  );
  await change(paths.caConfig, (text) => {
    const config = JSON.parse(text) as {
      address: string;
      dnsNames: string[];
      authority: { claims?: object; backdate?: string; provisioners: { claims?: object }[] };
    };
    config.address = ':9000';
    config.dnsNames.push(ca.name);
    const life = seconds(hours(24));
    const claims = { minTLSCertDuration: '5s', defaultTLSCertDuration: life, maxTLSCertDuration: '24h' };
    config.authority.backdate = '2s';
    for (const one of [config.authority, ...config.authority.provisioners])
      one.claims = { ...one.claims, ...claims };
    return JSON.stringify(config, null, 2);
  });
  await updateState(
    paths.state,
    (draft) => {
      draft.openbao_url = 'https://127.0.0.1:8200';
      draft.openbao_advertise_addr = `${ca.name}:8200`;
    },
    { holder: 'test' },
  );
  const units = ['openbao', 'responder', 'step-ca'].map((id) => `bootroot-${id}.service`);
  await ca.must(['systemctl', 'restart', ...units]);
  await must(['unseal']);
}

const serviceDirectory = (id: string): string => `/etc/bootroot/${id}`;

/** A host as it comes: systemd, SSH, the console's program, and a small disk for the service's files. */
async function startServiceHost(daemon: TestDaemon, image: string, number: number): Promise<ServiceHost> {
  const id = `edge-${String(number)}`;
  const name = `svc-${String(number)}`;
  const directory = serviceDirectory(id);
  const host = await startHost(daemon, {
    name,
    image,
    network,
    mounts: [
      `${root}/dist:/opt/console/dist:ro`,
      `${root}/node_modules:/opt/console/node_modules:ro`,
      `${root}/test/hosts/mesh.mjs:/opt/mesh.mjs:ro`,
    ],
    tmpfs: [`${directory}:size=4m,mode=755`],
  });
  await put(host, '/usr/local/bin/bootroot-console', program, '755');
  await host.must([
    'sh',
    '-c',
    'useradd -m -s /bin/bash ops && echo "ops ALL=(root) NOPASSWD: ALL" > /etc/sudoers.d/ops',
  ]);
  await startSsh(host);
  return {
    host,
    id,
    directory,
    identity: `001.${id}.${name}.trusted.domain`,
    agentUnit: `bootroot-agent-${id}.service`,
    syncUnit: `bootroot-remote-sync-${id}.service`,
  };
}

/** The clock of these processes is what this file says (libfaketime): the kernel's is the machine's own and not ours to move. */
const clockFile = '/etc/clock';
export const clockEnvironment = [
  'LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  `FAKETIME_TIMESTAMP_FILE=${clockFile}`,
  'FAKETIME_NO_CACHE=1',
  'FAKETIME_DONT_FAKE_MONOTONIC=1',
];
/** @param offset as libfaketime takes it, for example `+900` seconds */
export const setClock = (host: TestHost, offset: string): Promise<string> => put(host, clockFile, offset);

/** Agent, service and sync job of an onboarded host, with the units and templates that the console makes. */
export async function startService(world: World, service: ServiceHost, movable: boolean): Promise<void> {
  const { host, id, directory, agentUnit, syncUnit } = service;
  const { templates } = JSON.parse(await world.must(['service', 'handover', id, '--json'])) as {
    templates: { path: string; text: string }[];
  };
  for (const { path, text } of templates) if (!path.includes('cron')) await put(host, path, text);
  const environment = movable ? clockEnvironment.map((line) => `Environment=${line}`).join('\n') : '';
  if (movable) {
    await setClock(host, '+0');
    for (const unit of [agentUnit, syncUnit, 'mesh.service'])
      await put(host, `/etc/systemd/system/${unit}.d/clock.conf`, `[Service]\n${environment}\n`);
  }
  const agent = agentService({
    user: 'root',
    id,
    program: ['/usr/local/bin/node', '/opt/console/dist/console.cjs'],
    config: `${directory}/agent.toml`,
    writable: [`${directory}/certs`, `${directory}/secrets`],
  });
  await put(host, `/etc/systemd/system/${agent.name}`, renderService(agent));
  await put(
    host,
    `/etc/systemd/system/${syncUnit.replace('.service', '.timer')}.d/often.conf`,
    `[Timer]\nOnBootSec=\nOnUnitActiveSec=\nOnActiveSec=1s\nOnUnitInactiveSec=3s\nRandomizedDelaySec=0\nAccuracySec=100ms\n`,
  );
  // What an administrator of short-lived certificates sets; the console keeps what it does not write itself.
  await host.must([
    'sh',
    '-c',
    `sed -i -e '/^\\[openbao\\]/a fast_poll_interval = "1s"' -e '/^# END BOOTROOT REMOTE PROFILE/i [profiles.daemon]\\ncheck_interval = "1s"\\nrenew_before = "${seconds(hours(16))}"\\n[profiles.hooks.post_renew]\\nsuccess = [{ command = "/bin/systemctl", args = ["reload", "mesh.service"] }]' ${directory}/agent.toml`,
  ]);
  await host.must([
    'sh',
    '-c',
    `systemctl daemon-reload && systemctl enable --now ${agentUnit} ${syncUnit.replace('.service', '.timer')}`,
  ]);
}

/** The service itself, once it has a certificate; it talks to every other one, some times a second. */
export async function startMesh(services: readonly ServiceHost[], service: ServiceHost): Promise<void> {
  const { host, id, directory } = service;
  const config = {
    name: id,
    cert: `${directory}/certs/${id}.crt`,
    key: `${directory}/certs/${id}.key`,
    bundle: `${directory}/certs/ca-bundle.pem`,
    port: meshPort,
    log: '/var/log/mesh.jsonl',
    everyMs: 300,
    peers: services
      .filter((other) => other !== service)
      .map((other) => ({ name: other.id, host: other.host.name, port: meshPort, identity: other.identity })),
  };
  await put(host, '/etc/mesh.json', JSON.stringify(config));
  await put(
    host,
    '/etc/systemd/system/mesh.service',
    '[Service]\nExecStart=/usr/local/bin/node /opt/mesh.mjs /etc/mesh.json\nExecReload=/bin/kill -HUP $MAINPID\nRestart=always\n',
  );
  await host.must(['sh', '-c', 'systemctl daemon-reload && systemctl start mesh.service']);
}

/** Five hosts on one network, each with systemd, its own name and address; nothing is onboarded yet. */
export async function startWorld(): Promise<World> {
  const [openbao, stepCa, postgres] = await Promise.all([
    ensureServer('openbao'),
    ensureServer('step-ca'),
    ensureServer('postgres', { major: 18 }),
  ]);
  const directory = await mkdtemp(join(tmpdir(), 'hosts-'));
  // PostgreSQL runs as a user of its own and has to pass.
  await chmod(directory, 0o755);
  const shared = join(directory, 'work');
  await mkdir(shared, { mode: 0o755 });
  const daemon = await startDaemon();
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const image = await systemdImage(daemon);
    await makeNetwork(daemon, network);
    const programs = [
      `${root}/dist:/opt/console/dist:ro`,
      `${root}/node_modules:/opt/console/node_modules:ro`,
    ];
    const [control, ca, ...services] = await Promise.all([
      startHost(daemon, { name: 'control', image, network }),
      startHost(daemon, {
        name: 'ca',
        image,
        network,
        mounts: [
          ...programs,
          `${shared}:${workDir}`,
          `${openbao.path}:/usr/local/bin/bao:ro`,
          `${stepCa.path}:/usr/local/bin/step-ca:ro`,
          `${dirname(dirname(postgres.path))}:/usr/local/pgsql:ro`,
        ],
      }),
      startServiceHost(daemon, image, 1),
      startServiceHost(daemon, image, 2),
      startServiceHost(daemon, image, 3),
    ]);
    await put(ca, '/usr/local/bin/bootroot-console', program, '755');
    await startSsh(ca);
    await letIn(control, ca, 'root');
    let turn: Promise<unknown> = Promise.resolve();
    const cli: World['cli'] = (words, environment = []) => {
      const line = [
        ...environment.map((one) => `env ${shell(one)}`),
        'bootroot-console',
        '--work-dir',
        workDir,
        '--yes',
        ...words.map(shell),
      ];
      // One operation at a time in an installation: who comes second would be refused.
      const answer = turn.then(() => control.exec(['ssh', '-o', 'BatchMode=yes', 'ca', line.join(' ')]));
      turn = answer.catch(() => undefined);
      return answer;
    };
    const must: World['must'] = async (words, code = 0) => {
      const answer = await cli(words);
      if (answer.code !== code)
        throw new Error(`${words.join(' ')}: ${String(answer.code)}\n${answer.stdout}\n${answer.stderr}`);
      return answer.stdout;
    };
    const paths = new WorkspacePaths(shared);
    await must(['init', '--kind', 'lab']);
    await must(['infra', 'to-systemd']);
    await must(['unseal']);
    await openServers(ca, paths, must);
    return {
      daemon,
      control,
      ca,
      services,
      paths,
      cli,
      must,
      cut: async (host, off) => {
        await docker(daemon.socket, ['network', off ? 'disconnect' : 'connect', network, host.name]);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
