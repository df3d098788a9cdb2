import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import path from 'node:path';

/** Work directory from `--workspace=DIR`; undefined lets the console take the one that was open last. */
export function workspaceArgument(argv: readonly string[]): string | undefined {
  const flag = argv.find((argument) => argument.startsWith('--workspace='));
  const directory = flag?.slice('--workspace='.length);
  return directory === undefined || directory === '' ? undefined : path.resolve(directory);
}

/** One profile directory for each work directory, because Electron's instance lock lies there: one window per workspace. */
export function profileDirectory(configDir: string, workspace: string | undefined): string {
  if (workspace === undefined) return path.join(configDir, 'window', 'last');
  let real = workspace;
  try {
    real = realpathSync(workspace);
  } catch {
    // A directory that does not exist yet is known by the name it was given.
  }
  return path.join(configDir, 'window', createHash('sha256').update(real).digest('hex').slice(0, 16));
}
