import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '../../docker/shapes.ts';
import type { DockerCommand } from '../../topology/compose/docker-command.ts';
import { parseProject, type PlannedProject } from '../../topology/compose/planned.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

export const projectLabel = 'com.docker.compose.project';
export const serviceLabel = 'com.docker.compose.service';
const directoryLabel = 'com.docker.compose.project.working_dir';
const filesLabel = 'com.docker.compose.project.config_files';

const there = async (path: string): Promise<boolean> =>
  (await readTextFileIfPresent(path).catch(() => undefined)) !== undefined;

/** The Compose files that the tools of either generation start servers from, in their order. Empty: none lie here. */
export async function composeFilesOf(paths: WorkspacePaths): Promise<readonly string[]> {
  const bases = [paths.composeFile, join(paths.root, 'docker-compose.deploy.yml')];
  let base: string | undefined;
  for (const file of bases) if (base === undefined && (await there(file))) base = file;
  if (base === undefined) return [];
  const overrides = [
    paths.responderComposeOverride,
    paths.openbaoAgentComposeOverride,
    join(paths.secrets, 'openbao', 'docker-compose.openbao-exposed.yml'),
    join(paths.secrets, 'responder', 'docker-compose.http01-exposed.yml'),
    join(paths.secrets, 'step-ca', 'docker-compose.stepca-exposed.yml'),
  ];
  const found = await Promise.all(overrides.map(async (file) => ((await there(file)) ? [file] : [])));
  return [base, ...found.flat()];
}

const real = (path: string): Promise<string> => realpath(path).catch(() => path);

/** The containers that Compose made from files of this directory, by whatever path it was reached. */
export async function madeHere(
  listed: readonly Container[],
  { root, secrets }: WorkspacePaths,
): Promise<readonly Container[]> {
  const places = [await real(root), await real(secrets)];
  const here = await Promise.all(
    listed.map(async ({ labels }) => {
      const directory = labels[directoryLabel];
      if (directory !== undefined && (await real(directory)) === places[0]) return true;
      const files = await Promise.all((labels[filesLabel] ?? '').split(',').filter(Boolean).map(real));
      return files.some((file) => places.some((at) => file.startsWith(`${at}/`)));
    }),
  );
  return listed.filter((_, index) => here[index]);
}

/** Whose a container is, in words for the operator: the directory of its files, or the project. */
export const ownerOf = ({ labels }: Pick<Container, 'labels'>): string =>
  labels[directoryLabel] ?? labels[projectLabel] ?? '?';

/**
 * What the files declare, with every variable filled in. No effect.
 * @param project under which the containers were made; the newer tools' instance or Compose's own choice unless given
 * @throws `compose_command`, `compose_no_command`, `compose_no_plugin`
 */
export async function declaredBy(
  files: readonly string[],
  { root, env }: WorkspacePaths,
  command: DockerCommand,
  project: string | undefined,
): Promise<PlannedProject> {
  const text = await readTextFileIfPresent(env).catch(() => undefined);
  const instance = /^BOOTROOT_INSTANCE=["']?([a-z0-9-]+)/m.exec(text ?? '')?.[1];
  const name = project ?? instance;
  const words = [
    ...['compose', '--project-directory', root],
    ...(text === undefined ? [] : ['--env-file', env]),
    ...(name === undefined ? [] : ['-p', name]),
    ...files.flatMap((file) => ['-f', file]),
  ];
  return parseProject(await command.run([...words, 'config', '--format', 'json']));
}
