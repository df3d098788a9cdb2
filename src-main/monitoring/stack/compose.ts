import { join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { dockerCommand } from '../../topology/compose/docker-command.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { stackDirectory } from './deployed.ts';

export interface StackWorld {
  readonly paths: WorkspacePaths;
  /** Identity of this installation. */
  readonly instance: string;
  /** `docker compose …`. Replaced by tests. */
  readonly compose?: Compose;
}

export type Compose = (args: readonly string[], signal?: AbortSignal) => Promise<string>;

/**
 * The compose command on the stack, as one project whatever the shell says; the password is in `.env`, never in an argument.
 * The calls throw `compose_…`, `cancelled`.
 */
export function stackCompose({ paths, instance, compose }: StackWorld): Compose {
  if (compose !== undefined) return compose;
  const directory = stackDirectory(paths);
  const command = dockerCommand();
  const project = ['-p', `bootroot-monitoring-${instance}`, '--project-directory', directory];
  const files = ['--env-file', paths.env, '-f', join(directory, 'docker-compose.yml')];
  return (args, signal) => command.run(['compose', ...project, ...files, ...args], signal);
}

/** Those of the images that this engine does not have. @throws `compose_…` */
export async function missingImages(images: readonly string[]): Promise<readonly string[]> {
  const command = dockerCommand();
  const missing: string[] = [];
  for (const image of images)
    try {
      await command.run(['image', 'inspect', '--format', '{{.Id}}', image]);
    } catch (error) {
      if (!(error instanceof ConsoleError) || error.code !== 'compose_no_image') throw error;
      missing.push(image);
    }
  return missing;
}
