import type { Message } from '../../../shared/message.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { engineHere } from '../../docker/engine.ts';
import { dockerCommand } from '../../topology/compose/docker-command.ts';
import { problemAndNext } from '../../topology/compose/engine-problem.ts';

/** Whether servers can run as containers of this host, before anything is chosen; else why not. */
export async function engineState(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly ready: boolean; readonly version?: string; readonly problem?: Message }> {
  try {
    const { engine } = await engineHere(environment).version();
    await dockerCommand(environment).run(['compose', 'version', '--short']);
    return { ready: true, version: engine };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { ready: false, problem: problemAndNext(error) };
  }
}
