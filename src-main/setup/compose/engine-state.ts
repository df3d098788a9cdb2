import type { Message } from '../../../shared/message.ts';
import { isConsoleError, type ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { socketOf } from '../../docker/endpoint.ts';
import { DockerEngine } from '../../docker/engine.ts';
import { dockerCommand } from '../../topology/compose/docker-command.ts';

/** What is wrong, and what to do next. */
export function unmet({ data }: ConsoleError): Message {
  const texts = { reason: `error.${data.code}.what`, remedy: `error.${data.code}.next` };
  return message('setup.compose.unmet', { ...data.params, ...texts });
}

/** Whether servers can run as containers of this host, before anything is chosen; else why not. */
export async function engineState(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly ready: boolean; readonly version?: string; readonly problem?: Message }> {
  try {
    const { engine } = await new DockerEngine(socketOf(environment)).version();
    await dockerCommand(environment).run(['compose', 'version', '--short']);
    return { ready: true, version: engine };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { ready: false, problem: unmet(error) };
  }
}
