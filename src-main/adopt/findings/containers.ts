import type { Oddity } from '../../../shared/contract/adopt.ts';
import { isConsoleError, type ConsoleError } from '../../../shared/errors.ts';
import { problemAndNext } from '../../topology/compose/engine-problem.ts';
import { compareContainers } from '../containers/compare.ts';
import { composeFilesOf, declaredBy, madeHere, projectLabel, serviceLabel } from '../containers/declared.ts';
import { compareState } from '../containers/state.ts';
import type { Finder } from '../world.ts';

const unasked = (error: ConsoleError): Oddity => ({
  id: 'containers',
  severity: 'notice',
  what: 'docker-compose.yml',
  text: problemAndNext(error),
});

/** Servers in containers: what the Compose files and state.json declare against what the engine has. */
export const containersFinder: Finder = async ({
  paths,
  state,
  services,
  docker,
  owned,
  takenOverAt,
  now,
}) => {
  // What the console made itself is compared on the page of the servers.
  if ((await owned()) && (await takenOverAt()) === undefined) return [];
  const files = await composeFilesOf(paths);
  if (files.length === 0) return [];
  try {
    const engine = docker.engine();
    const listed = await engine.containers();
    const made = await madeHere(listed, paths);
    const project = await declaredBy(files, paths, docker.command, made[0]?.labels[projectLabel]);
    const found = await compareContainers(project, { engine, listed, made }, now());
    if (state === undefined) return found;
    const byService = new Map(made.map((one) => [one.labels[serviceLabel] ?? '', one]));
    return [...found, ...compareState(state, services, listed, byService)];
  } catch (error) {
    // An engine or a command that cannot be asked is said once; the rest of the page stands.
    if (isConsoleError(error)) return [unasked(error)];
    throw error;
  }
};
