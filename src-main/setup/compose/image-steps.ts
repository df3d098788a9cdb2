import type { Precondition } from '../../../shared/contract/operations.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { askPrecondition } from '../../operations/ask-precondition.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { ComposeTopology } from '../../topology/compose/compose-topology.ts';
import { imagesFileProblem } from '../../topology/compose/images-file.ts';
import { problemAndNext } from '../../topology/compose/engine-problem.ts';
import { canMakeImages } from '../../topology/compose/images/make-image.ts';
import { imageNames, ownImage, type ImageName } from '../../topology/compose/images/pinned.ts';

/** Met when the question is answered; else what is wrong, and what to do next. */
const ask = (
  id: string,
  title: Precondition['title'],
  question: () => Promise<unknown>,
): Promise<Precondition> =>
  askPrecondition(id, title, async () => {
    try {
      await question();
      return undefined;
    } catch (error) {
      if (!isConsoleError(error)) throw error;
      return problemAndNext(error);
    }
  });

/** An engine that answers, a docker command that knows compose, and a name that no other installation has. */
export const enginePreconditions = async (
  topology: ComposeTopology,
  instance: string,
): Promise<Precondition[]> => [
  await ask('engine', message('setup.compose.precondition.engine'), async () => topology.engine.version()),
  await ask('plugin', message('setup.compose.precondition.plugin'), () => topology.pluginVersion()),
  await ask('instance', message('setup.compose.precondition.instance', { instance }), () =>
    topology.refuseForeign(instance),
  ),
];

/** Whether the file with the images is there and is a file. */
export const fileReadable = (file: string): Promise<Precondition> =>
  askPrecondition('images-file', message('setup.compose.precondition.images_file'), () =>
    imagesFileProblem(file),
  );

/** How an image is got, as an operator would do it. */
const wayOf = (name: ImageName, path: string): string =>
  name === ownImage ? `docker import ${path}` : `docker pull ${path}`;

/**
 * Images that this host lacks are got before anything is written: without them nothing could start. Where no registry has one, it is
 * made of the programs that the local topology runs.
 * @param file with images, which is taken first
 */
export async function imagesStep(topology: ComposeTopology, file?: string): Promise<Step> {
  const { images } = topology;
  const missing = await topology.missingImages().catch((error: unknown) => {
    // The precondition says what is wrong with the engine.
    if (isConsoleError(error)) return imageNames;
    throw error;
  });
  /** Whether it was pulled. One registry that does not answer is not asked four times. */
  const pulled = async (name: ImageName, run: Run): Promise<boolean> => {
    try {
      await topology.pull(images[name], run.signal);
      return true;
    } catch (error) {
      if (!isConsoleError(error, 'compose_no_image') || !(await canMakeImages())) throw error;
      run.log(message('setup.compose.log.no_registry', { image: images[name].path }), 'warn');
      return false;
    }
  };
  return {
    id: 'images',
    title: message('setup.compose.step.images'),
    effects: missing.map((name) => {
      const { path, version } = images[name];
      return { kind: 'download', name: path, version, how: file ?? wayOf(name, path) };
    }),
    weight: missing.length === 0 ? 1 : 20,
    check: async () => (await topology.missingImages()).length === 0,
    async apply(run) {
      if (file !== undefined) {
        await topology.engine.loadImages(file);
        run.log(message('setup.compose.log.loaded', { file }));
      }
      let registry = true;
      for (const name of await topology.missingImages()) {
        const there: boolean = name !== ownImage && registry && (await pulled(name, run));
        if (name !== ownImage) registry = there;
        if (!there) await topology.makeImage(name, run.signal);
        const image = images[name].path;
        run.log(message(there ? 'setup.compose.log.image' : 'setup.compose.log.image_made', { image }));
      }
    },
    undo: async () => undefined,
  };
}
