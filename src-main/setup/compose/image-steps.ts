import type { Precondition } from '../../../shared/contract/operations.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import type { ComposeTopology } from '../../topology/compose/compose-topology.ts';

async function ask(
  id: string,
  title: Precondition['title'],
  question: () => Promise<unknown>,
): Promise<Precondition> {
  try {
    await question();
    return { id, title, met: true };
  } catch (error) {
    if (!isConsoleError(error)) throw error;
    return { id, title, met: false, detail: message(`error.${error.code}.what`, error.data.params) };
  }
}

/** An engine that answers and a docker command that knows compose. */
export const enginePreconditions = async (topology: ComposeTopology): Promise<Precondition[]> => [
  await ask('engine', message('setup.compose.precondition.engine'), async () => topology.engine.version()),
  await ask('plugin', message('setup.compose.precondition.plugin'), () => topology.pluginVersion()),
];

/** Images that this host lacks are pulled before anything is written: without them nothing could start. */
export async function imagesStep(topology: ComposeTopology): Promise<Step> {
  const all = Object.values(topology.images);
  const missing = await topology.missingImages().catch((error: unknown) => {
    // The precondition says what is wrong with the engine.
    if (isConsoleError(error)) return all;
    throw error;
  });
  return {
    id: 'images',
    title: message('setup.compose.step.images'),
    effects: missing.map(({ path, version }) => ({
      kind: 'download',
      name: path,
      version,
      how: `docker pull ${path}`,
    })),
    weight: missing.length === 0 ? 1 : 20,
    check: async () => (await topology.missingImages()).length === 0,
    async apply(run) {
      for (const { path } of await topology.missingImages()) await topology.pull(path, run.signal);
      for (const { path } of all) run.log(message('setup.compose.log.image', { image: path }));
    },
    undo: async () => undefined,
  };
}
