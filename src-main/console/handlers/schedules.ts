import { join } from 'node:path';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { distDirectory } from '../../install/paths.ts';
import { schedulerFiles } from '../../schedule/credential/steps.ts';
import { credentialState } from '../../schedule/credential/state.ts';
import { scheduleHandlers, type ScheduleDeps } from '../../schedule/handlers.ts';
import { runSchedules } from '../../schedule/run.ts';
import { schedulerRunners } from '../../schedule/runners.ts';
import { Schedules } from '../../schedule/schedules.ts';
import { scanForTokens } from '../../schedule/token-scan.ts';
import { readCredential } from '../../rotation/targets.ts';
import type { BootrootConsole } from '../console.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import type { HandlersOf } from './part.ts';

/** Node, and the bundle beside this code. The window's own program is no interpreter for a unit. */
const program = (): readonly string[] => [
  process.versions['electron'] === undefined ? process.execPath : '/usr/bin/node',
  join(distDirectory(), 'console.cjs'),
];

/** Where systemd puts what `LoadCredential=` names; files of the work directory otherwise. */
function credentialFiles(workspace: OpenWorkspace): { readonly roleId: string; readonly secretId: string } {
  const directory = process.env['CREDENTIALS_DIRECTORY'];
  const { roleIdPath, secretIdPath } = schedulerFiles(workspace.services);
  return directory === undefined
    ? { roleId: roleIdPath, secretId: secretIdPath }
    : { roleId: join(directory, 'role_id'), secretId: join(directory, 'secret_id') };
}

/** Unattended runs use their narrow credential as soon as there is one. Throws `schedule_credential_refused`. */
async function takeCredential(workspace: OpenWorkspace): Promise<void> {
  const files = credentialFiles(workspace);
  if ((await readCredential(files.secretId)) === undefined) return;
  workspace.credential = files;
  try {
    await workspace.signIn();
  } catch (error) {
    if (!isConsoleError(error, 'openbao_credentials_refused')) throw error;
    throw new ConsoleError('schedule_credential_refused', {}, { cause: error });
  }
}

export const schedulesPart = (console: BootrootConsole): HandlersOf<'schedules'> => {
  const deps = (): ScheduleDeps => {
    const { settings, engine, audit, paths, now, services } = console.required();
    const schedules = new Schedules(settings);
    return {
      schedules,
      engine,
      audit,
      lockPath: paths.schedulerLock,
      now,
      credential: () => credentialState(services, schedules),
      runners: () =>
        schedulerRunners({ program: program(), workDir: paths.root, uid: process.getuid?.() ?? 0 }),
      tokens: () => scanForTokens(),
    };
  };
  return {
    ...scheduleHandlers(deps),
    async *'schedules.run'({ once }, { actor, signal, host }) {
      const workspace = console.required();
      const { schedules, lockPath, now } = deps();
      // In a window the operator's own session runs them, for it cannot be taken away from under the operator.
      if (host === 'cli') await takeCredential(workspace);
      yield* runSchedules({ schedules, engine: workspace.engine, lockPath, actor, once, now, signal });
    },
  };
};
