import type { Command } from 'commander';
import path from 'node:path';
import { ConsoleError } from '../../../../shared/errors.ts';
import { readState } from '../../../workspace/state.ts';
import { WorkspacePaths } from '../../../workspace/paths.ts';
import type { CommandContext, Registry } from '../context.ts';

/** Flags of the tools' `rotate` that stand before the target, as in the crontabs of running installations (formats-newer.md). */
export interface PlaceOptions {
  readonly stateFile?: string;
  readonly composeFile?: string;
  readonly openbaoUrl?: string;
  readonly kvMount?: string;
  readonly secretsDir?: string;
}

/** Declares them. `--state-file` chooses the installation, as `--work-dir` does. */
export function addPlaceOptions(rotate: Command, say: Registry['say']): void {
  rotate
    .option('--state-file <file>', say('cli.rotate.state_file'))
    .option('--compose-file <file>', say('cli.rotate.compose_file'))
    .option('--openbao-url <url>', say('cli.rotate.openbao_url'))
    .option('--kv-mount <mount>', say('cli.rotate.kv_mount'))
    .option('--secrets-dir <dir>', say('cli.rotate.secrets_dir'));
}

const bare = (url: string): string => url.replace(/\/+$/, '').toLowerCase();

/**
 * The installation is what its state.json says. A flag that says the same is taken, for a line that always ran goes on; one that says
 * anything else would have worked on another installation with the tools, and works on none here.
 * @param current directory that relative paths count from
 * @throws `cli_other_place`, and what reading state.json refuses
 */
export async function requirePlace(
  { workDir }: Pick<CommandContext, 'workDir'>,
  { composeFile, openbaoUrl, kvMount, secretsDir }: PlaceOptions,
  current: string = process.cwd(),
): Promise<void> {
  if ([composeFile, openbaoUrl, kvMount, secretsDir].every((given) => given === undefined)) return;
  if (workDir === undefined) throw new ConsoleError('cli_usage', { problem: '--state-file' });
  const state = await readState(path.join(workDir, 'state.json'));
  const paths = new WorkspacePaths(workDir, state.secrets_dir);
  const at = (given: string): string => path.resolve(current, given);
  const pairs: readonly (readonly [string, string | undefined, string])[] = [
    ['--compose-file', composeFile === undefined ? undefined : path.dirname(at(composeFile)), paths.root],
    ['--openbao-url', openbaoUrl === undefined ? undefined : bare(openbaoUrl), bare(state.openbao_url)],
    ['--kv-mount', kvMount, state.kv_mount],
    ['--secrets-dir', secretsDir === undefined ? undefined : at(secretsDir), paths.secrets],
  ];
  for (const [flag, asked, present] of pairs)
    if (asked !== undefined && asked !== present)
      throw new ConsoleError('cli_other_place', { flag, asked, present });
}
