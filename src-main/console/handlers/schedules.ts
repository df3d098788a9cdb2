import { join } from 'node:path';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { distDirectory } from '../../install/paths.ts';
import { currentSchedulerFiles, presentSchedulerFiles } from '../../schedule/credential/files.ts';
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

/** Of now: a run may have renewed it. */
async function credentialFiles({ paths }: OpenWorkspace): Promise<OpenWorkspace['credential']> {
  const { roleIdPath, secretIdPath } = await currentSchedulerFiles(
    paths,
    process.env['CREDENTIALS_DIRECTORY'],
  );
  return { roleId: roleIdPath, secretId: secretIdPath };
}

/** Unattended runs use their narrow credential as soon as there is one. Throws `schedule_credential_refused`. */
async function takeCredential(workspace: OpenWorkspace): Promise<boolean> {
  const files = await credentialFiles(workspace);
  if ((await readCredential(files.secretId)) === undefined) return false;
  workspace.credential = files;
  try {
    await workspace.signIn();
    return true;
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
      async runners() {
        const credential = await presentSchedulerFiles(paths);
        const uid = process.getuid?.() ?? 0;
        return schedulerRunners({ program: program(), workDir: paths.root, uid, credential });
      },
      tokens: () => scanForTokens(),
    };
  };
  return {
    ...scheduleHandlers(deps),
    async *'schedules.run'({ once }, { actor, signal, host }) {
      const workspace = console.required();
      const { schedules, lockPath, now } = deps();
      // In a window the operator's own session runs them, for it cannot be taken away from under the operator.
      const narrow = host === 'cli' && (await takeCredential(workspace));
      const { engine } = workspace;
      for await (const ran of runSchedules({ schedules, engine, lockPath, actor, once, now, signal })) {
        if (narrow) workspace.credential = await credentialFiles(workspace);
        yield ran;
      }
    },
  };
};
