import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { DockerEngine } from '../../../docker/engine.ts';
import { distDirectory } from '../../../install/paths.ts';
import { majorOf, type ServerName } from '../../../servers/catalogue.ts';
import { ensureServer } from '../../../servers/ensure-server.ts';
import type { Image, ImageName } from './pinned.ts';
import { postgresEntry } from './postgres-entry.ts';
import { RootTree } from './root-tree.ts';

/** Lines of a Dockerfile for what the image is when it is run. */
type Fill = (tree: RootTree, image: Image, signal?: AbortSignal) => Promise<readonly string[]>;

/** The program of a server as the console finds or gets it. Throws `compose_no_image` when that is another version. */
async function programOf(name: ServerName, { path, version }: Image, signal?: AbortSignal): Promise<string> {
  const found = await ensureServer(name, {
    ...(signal === undefined ? {} : { signal }),
    ...(name === 'postgres' ? { major: majorOf(version) } : { version }),
  });
  // An image of that name is what its name says.
  if (found.version !== version)
    throw new ConsoleError('compose_no_image', {}, { detail: `${path}: ${found.path} ${found.version}` });
  return found.path;
}

const users = 'root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n';

const fills: Readonly<Record<ImageName, Fill>> = {
  async openbao(tree, image, signal) {
    await tree.program(await programOf('openbao', image, signal), '/bin/bao');
    for (const name of ['file', 'audit', 'config']) await tree.makeDirectory(`/openbao/${name}`);
    return ['ENV PATH=/bin', 'ENTRYPOINT ["bao"]'];
  },
  async postgres(tree, image, signal) {
    const home = '/usr/local/pgsql';
    const program = await programOf('postgres', image, signal);
    await tree.installation(dirname(dirname(program)), home);
    for (const name of ['sh', 'rm', 'mv']) await tree.program(join('/bin', name), join('/bin', name));
    await tree.write('/etc/passwd', users);
    await tree.write('/docker-entrypoint.sh', postgresEntry, 0o755);
    // A volume that is mounted here gets this mode, so that the server's own user can make its directory.
    await tree.makeDirectory('/var/lib/postgresql', 0o1777);
    return [
      `ENV PATH=${home}/bin:/bin`,
      'ENV TZ=UTC',
      'USER 999:999',
      'ENTRYPOINT ["/docker-entrypoint.sh"]',
    ];
  },
  async 'step-ca'(tree, image, signal) {
    await tree.program(await programOf('step-ca', image, signal), '/usr/local/bin/step-ca');
    return ['ENV PATH=/usr/local/bin', 'ENTRYPOINT ["step-ca"]'];
  },
  async responder(tree) {
    await tree.program(process.execPath, '/bin/node');
    const bundles = distDirectory();
    for (const name of ['console.cjs', 'words.cjs', 'long-running.cjs'])
      await tree.file(join(bundles, name), join('/app', name));
    return ['ENV PATH=/bin', 'ENTRYPOINT ["node","/app/console.cjs","responder"]'];
  },
};

/** Whether this host has what making an image takes: Linux, and the tools that find and pack its files. */
export async function canMakeImages(): Promise<boolean> {
  const there = await Promise.all(
    ['/usr/bin/ldd', '/bin/tar'].map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return process.platform === 'linux' && there.every(Boolean);
}

/**
 * Makes an image of the programs that this host has, for engines without a registry. It carries a label that says so.
 * @throws `compose_no_image`, what `ensureServer` throws, `docker_*`
 */
export async function makeImage(
  engine: DockerEngine,
  name: ImageName,
  image: Image,
  signal?: AbortSignal,
): Promise<void> {
  await RootTree.with(async (tree) => {
    const changes = await fills[name](tree, image, signal);
    await engine.importImage(tree.directory, image.path, [...changes, 'LABEL io.bootroot.made=console']);
  });
}
