import { docker } from './command.ts';
import type { TestDaemon } from './daemon.ts';

/** A host of a test: a container with systemd as its first process, on a network with the others. */
export interface TestHost {
  readonly name: string;
  readonly address: string;
  /** Runs a command in it; standard input for secrets. */
  exec(
    argv: readonly string[],
    input?: string,
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** As {@link exec}; throws what it said unless it ended with 0. Answers standard output. */
  must(argv: readonly string[], input?: string): Promise<string>;
  remove(): Promise<void>;
}

export interface HostOptions {
  readonly name: string;
  readonly image: string;
  readonly network: string;
  /** `HOST:CONTAINER[:ro]` */
  readonly mounts?: readonly string[];
  readonly aliases?: readonly string[];
  /** Disks of their own in memory: `CONTAINER:size=4m` */
  readonly tmpfs?: readonly string[];
}

export async function makeNetwork({ socket }: TestDaemon, name: string): Promise<string> {
  await docker(socket, ['network', 'create', name]);
  return name;
}

/** Starts a host and waits until systemd has come up. About five seconds. */
export async function startHost({ socket, engine }: TestDaemon, options: HostOptions): Promise<TestHost> {
  const { name, image, network, mounts = [], aliases = [], tmpfs = [] } = options;
  await docker(socket, [
    ...['run', '-d', '--name', name, '--hostname', name, '--network', network],
    ...['--stop-signal', 'SIGRTMIN+3', '--stop-timeout', '5'],
    ...['--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--security-opt', 'seccomp=unconfined'],
    ...['--security-opt', 'apparmor=unconfined', '--cgroupns=host', '-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw'],
    ...['--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp'],
    ...tmpfs.flatMap((mount) => ['--tmpfs', mount]),
    ...mounts.flatMap((mount) => ['-v', mount]),
    ...aliases.flatMap((alias) => ['--network-alias', alias]),
    image,
    '/sbin/init',
  ]);
  const exec: TestHost['exec'] = (argv, input = '') => engine.exec(name, argv, input);
  const end = Date.now() + 90_000;
  for (;;) {
    const { stdout } = await exec(['systemctl', 'is-system-running']).catch(() => ({ stdout: '' }));
    if (/^(running|degraded)/.test(stdout)) break;
    if (Date.now() > end)
      throw new Error(`${name}: systemd is ${stdout.trim()}\n${await docker(socket, ['logs', name])}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const { networks } = await engine.inspect(name);
  return {
    name,
    address: networks[network]?.address ?? '',
    exec,
    async must(argv, input) {
      const { code, stdout, stderr } = await exec(argv, input);
      if (code !== 0) throw new Error(`${name}: ${argv.join(' ')}: ${String(code)}\n${stdout}\n${stderr}`);
      return stdout;
    },
    async remove() {
      await docker(socket, ['rm', '-f', name]);
    },
  };
}
