import type { Output } from '../../../shared/contract/index.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { engineEnvironment, engineSaidBy } from '../../docker/chosen-engine.ts';
import { engineHere } from '../../docker/engine.ts';
import { dockerCommand } from '../../topology/compose/docker-command.ts';
import { problemAndNext } from '../../topology/compose/engine-problem.ts';

type EngineState = Output<'setup.engine'>;

/** Whether servers can run as containers of this host, before anything is chosen; else why not. */
export async function engineState(
  environment: Readonly<Record<string, string | undefined>> = engineEnvironment(),
): Promise<EngineState> {
  const about = { said: engineSaidBy(), host: environment['DOCKER_HOST'] ?? '' };
  try {
    const { engine } = await engineHere(environment).version();
    await dockerCommand(environment).run(['compose', 'version', '--short']);
    return { ...about, ready: true, version: engine };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { ...about, ready: false, problem: problemAndNext(error) };
  }
}
