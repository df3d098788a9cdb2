import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DockerEngine } from '../../../src-main/docker/engine.ts';
import { startChild, untilReady, type TestChild } from '../child.ts';

const run = promisify(execFile);
const dockerd = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'].find((path) =>
  existsSync(path),
);

/** Why no engine can be started here; undefined: it can. */
export function noEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'a Docker engine of its own needs root';
  if (dockerd === undefined) return 'no dockerd on this machine (Debian: docker.io)';
  return undefined;
}

/** A Docker engine of a test, with a socket, images and networks of its own. */
export interface TestDaemon {
  readonly socket: string;
  readonly engine: DockerEngine;
  /** Ends the engine, and before it its containers, each within its own stop time. */
  end(): Promise<void>;
  /** Starts it again on the same images and containers. */
  start(): Promise<void>;
  /** Ends everything and removes it. */
  stop(): Promise<void>;
  /** As if this process were killed: whoever watches over the engine ends and removes it. */
  abandon(): void;
}

/** Networks that nobody else here uses: the engine's own choice may be taken by another engine. */
const pools = (slot: number): readonly string[] => [
  `--bip=10.${String(200 + slot)}.0.1/24`,
  `--default-address-pool=base=10.${String(200 + slot)}.16.0/20,size=24`,
];

/** A second listener, on loopback: only who shows a certificate of the CA is let in. Paths of PEM files. */
export interface DaemonTls {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A process that watches over the engine of this one, from outside of its group: a suite that meets its time limit is killed as a group,
 * and containers and mounts would stay for ever.
 * @returns lets it see what it would see if this process were gone
 */
function guard(directory: string): () => void {
  const program = fileURLToPath(new URL('guard.mjs', import.meta.url));
  const stdio = ['pipe', 'ignore', 'ignore'] as const;
  const child = spawn(process.execPath, [program, directory], { stdio: [...stdio], detached: true });
  child.unref();
  return () => void child.stdin.end();
}

export async function startDaemon(tls?: DaemonTls): Promise<TestDaemon> {
  const directory = await mkdtemp(join(tmpdir(), 'docker-'));
  const socket = join(directory, 'd.sock');
  const slot = process.pid % 50;
  let child: TestChild | undefined;
  const engine = new DockerEngine({ kind: 'socket', path: socket });
  const abandon = guard(directory);
  const start = async (): Promise<void> => {
    const args = [
      '--storage-driver=overlay2',
      `--host=unix://${socket}`,
      ...(tls === undefined
        ? []
        : [
            `--host=tcp://127.0.0.1:${String(tls.port)}`,
            ...['--tlsverify', `--tlscacert=${tls.ca}`, `--tlscert=${tls.cert}`, `--tlskey=${tls.key}`],
          ]),
      `--data-root=${join(directory, 'data')}`,
      `--exec-root=${join(directory, 'exec')}`,
      `--pidfile=${join(directory, 'd.pid')}`,
      ...pools(slot),
    ];
    child = startChild(dockerd ?? 'dockerd', args, { detached: true });
    // One that has asked before knows the version still.
    const looks = new DockerEngine({ kind: 'socket', path: socket });
    await untilReady(child, async () => (await looks.version()).api !== '', 60_000);
  };
  const end = async (): Promise<void> => {
    const running = child?.process;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    // Killed, it would leave its containers and their mounts behind.
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  };
  await start();
  return {
    socket,
    engine,
    start,
    end,
    abandon,
    async stop() {
      const running = await engine.containers().catch(() => []);
      await Promise.all(running.map(({ id }) => engine.signal(id, 'KILL').catch(() => undefined)));
      await end();
      // A container on this host's own network leaves that mounted, and what is mounted is not removed.
      await run('umount', ['--lazy', join(directory, 'exec', 'netns', 'default')]).catch(() => undefined);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
      abandon();
    },
  };
}
