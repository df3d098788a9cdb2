import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { images } from '../../../src-main/monitoring/stack/files.ts';
import { postgresEntry } from '../../../src-main/topology/compose/images/postgres-entry.ts';
import { RootTree } from '../../../src-main/topology/compose/images/root-tree.ts';
import { once } from './cached.ts';
import { docker } from './command.ts';
import type { TestDaemon } from './daemon.ts';

const run = promisify(execFile);
async function inTemporary<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    return await work(place);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Makes a root directory an image under this name. `changes`: lines of a Dockerfile, such as `CMD ["/bin/sh"]`. */
async function imported(
  { socket }: TestDaemon,
  image: string,
  tar: string,
  changes: readonly string[] = [],
): Promise<void> {
  await docker(socket, ['import', ...changes.flatMap((change) => ['--change', change]), tar, image]);
}

/** A small image with a shell: `test/busybox`. */
export async function busyboxImage(daemon: TestDaemon): Promise<string> {
  const image = 'test/busybox:1';
  await inTemporary(async (place) => {
    const root = join(place, 'root');
    await mkdir(join(root, 'bin'), { recursive: true });
    for (const name of ['tmp', 'etc', 'proc', 'sys', 'dev']) await mkdir(join(root, name));
    await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
    for (const name of ['sh', 'sleep', 'cat', 'echo', 'nc', 'seq', 'kill', 'dd', 'tail', 'true'])
      await symlink('busybox', join(root, 'bin', name));
    const tar = join(place, 'root.tar');
    await run('tar', ['-C', root, '-cf', tar, '.']);
    await imported(daemon, image, tar, ['ENV PATH=/bin', 'CMD ["/bin/sleep","1000000"]']);
  });
  return image;
}

/** Debian's Prometheus under the name and version that the product asks for, where there is no registry. */
export async function prometheusImage({ engine }: TestDaemon): Promise<void> {
  await RootTree.with(async (tree) => {
    await tree.program('/usr/bin/prometheus', '/bin/prometheus');
    await tree.makeDirectory('/etc/prometheus');
    await tree.makeDirectory('/prometheus');
    await engine.importImage(tree.directory, images.prometheus, ['ENTRYPOINT ["/bin/prometheus"]']);
  });
}

/**
 * Debian's PostgreSQL of another major version under the official image's name, which is answered.
 * @param program `…/lib/postgresql/MAJOR/bin/postgres`
 */
export async function oldPostgresImage(
  { engine }: TestDaemon,
  program: string,
  version: string,
): Promise<string> {
  const image = `postgres:${version}`;
  // It may be found by a link on PATH.
  const home = dirname(dirname(await realpath(program)));
  const share = home.replace('/lib/', '/share/');
  await RootTree.with(async (tree) => {
    await tree.installation(home, home);
    await tree.makeDirectory(dirname(share));
    await cp(share, join(tree.directory, share), { recursive: true, dereference: true });
    for (const name of ['sh', 'rm', 'mv']) await tree.program(join('/bin', name), join('/bin', name));
    await tree.write(
      '/etc/passwd',
      'root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n',
    );
    await tree.write('/docker-entrypoint.sh', postgresEntry, 0o755);
    await tree.makeDirectory('/var/lib/postgresql', 0o1777);
    const changes = [`ENV PATH=${home}/bin:/bin`, 'ENV TZ=UTC', 'USER 999:999'];
    await engine.importImage(tree.directory, image, [...changes, 'ENTRYPOINT ["/docker-entrypoint.sh"]']);
  });
  return image;
}

/** What a service host has: systemd, and the programs that an administrator reaches for. */
const hostPackages =
  'systemd,systemd-sysv,dbus,libstdc++6,ca-certificates,openssl,iproute2,procps,cron,util-linux,openssh-server,openssh-client,sudo,faketime';

/** A Debian whose first process is systemd, with this Node: `test/host`. About a minute the first time. */
export async function systemdImage(daemon: TestDaemon): Promise<string> {
  const image = 'test/host:12';
  const tar = await once('host-bookworm-2.tar', (target) =>
    inTemporary(async (place) => {
      const root = join(place, 'root');
      await run('debootstrap', ['--variant=minbase', `--include=${hostPackages}`, 'bookworm', root], {
        maxBuffer: 1 << 26,
        env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      });
      await rm(join(root, 'var', 'cache', 'apt'), { recursive: true, force: true });
      await rm(join(root, 'var', 'lib', 'apt', 'lists'), { recursive: true, force: true });
      await rm(join(root, 'etc', 'machine-id'), { force: true });
      await writeFile(join(root, 'etc', 'machine-id'), '');
      await mkdir(join(root, 'usr', 'local', 'bin'), { recursive: true });
      await cp(process.execPath, join(root, 'usr', 'local', 'bin', 'node'), { dereference: true });
      await mkdir(dirname(target), { recursive: true });
      await run('tar', ['-C', root, '-cf', target, '.']);
    }),
  );
  await imported(daemon, image, tar, ['ENV container=docker', 'CMD ["/sbin/init"]']);
  return image;
}
