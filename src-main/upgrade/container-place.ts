import { rm } from 'node:fs/promises';
import type { Effect } from '../../shared/contract/operations.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { Volumes } from '../moving/volumes.ts';
import type { Run } from '../operations/types.ts';
import { factsOf, majorOf, type ServerName } from '../servers/catalogue.ts';
import { plannedText } from '../topology/compose/compose-files.ts';
import { ComposeProject } from '../topology/compose/compose-project.ts';
import type { ComposeTopology } from '../topology/compose/compose-topology.ts';
import { canMakeImages } from '../topology/compose/images/make-image.ts';
import { inVersion, type Image } from '../topology/compose/images/pinned.ts';
import { suffixOf } from '../topology/compose/services.ts';
import { layoutText, withProgram } from '../topology/layout.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { isThere, roomAt } from '../workspace/tree-copy.ts';
import type { Place } from './context.ts';
import { containerMajor, removeClusters } from './container-major.ts';
import { formerData, readFormer } from './former.ts';

type Stored = 'openbao' | 'postgres';

/** Pulls an image, or makes it of a program of that version where no registry has it. Throws `compose_no_image`. */
async function obtainImage(
  topology: ComposeTopology,
  server: ServerName,
  image: Image,
  run: Run,
): Promise<Image> {
  const { path } = image;
  if (!(await topology.engine.hasImage(path))) {
    try {
      await topology.pull(image, run.signal);
      run.log(message('setup.compose.log.image', { image: path }));
    } catch (error) {
      if (!isConsoleError(error, 'compose_no_image') || !(await canMakeImages())) throw error;
      run.log(message('setup.compose.log.no_registry', { image: path }), 'warn');
      await topology.makeImage(server, run.signal, image);
      run.log(message('setup.compose.log.image_made', { image: path }));
    }
  }
  return topology.exactly(image);
}

/** Images and volumes of servers that are containers. */
export function containerPlace(topology: ComposeTopology, paths: WorkspacePaths): Place {
  const instance = async (): Promise<string> => (await topology.requireLayout()).compose.instance;
  const imageFor = async (server: ServerName, version: string): Promise<Image> =>
    inVersion((await topology.requireLayout()).programs[server], version);
  const volumes = async (): Promise<Volumes> => {
    const name = await instance();
    return new Volumes(new ComposeProject(paths), (id) => `${name}-${suffixOf[id]}`);
  };
  const volumeOf = async (server: Stored): Promise<string> => `${await instance()}_${server}-data`;
  const keptAt = (server: Stored): string => formerData(paths, server);
  return {
    dataOf: volumeOf,
    program: async (server) => (await topology.requireLayout()).programs[server],
    async obtaining(server, version): Promise<readonly Effect[]> {
      const image = await imageFor(server, version);
      if (await topology.engine.hasImage(image.path)) return [];
      const { title } = factsOf(server, version);
      return [{ kind: 'download', name: title, version, how: `docker pull ${image.path}` }];
    },
    obtain: async (server, version, run) =>
      obtainImage(topology, server, await imageFor(server, version), run),
    use: (server, program) => topology.useProgram(server, program),
    async using(server, version): Promise<readonly Effect[]> {
      const { files } = topology;
      const layout = await topology.requireLayout();
      const changed = withProgram(layout, server, await imageFor(server, version));
      const next = { ...changed, compose: layout.compose };
      const texts = [
        [files.layout, layoutText(next)],
        [files.composeFile, plannedText(files.composeFile, files, next) ?? ''],
      ] as const;
      return Promise.all(
        texts.map(async ([path, text]): Promise<Effect> => {
          const before = (await readTextFileIfPresent(path)) ?? '';
          return {
            kind: 'file',
            path,
            action: 'change',
            diff: unifiedDiff(before, text, { path, secrets: [] }),
          };
        }),
      );
    },
    keep: async (server) => (await volumes()).copyOut(server, keptAt(server)),
    kept: (server) => isThere(keptAt(server)),
    async putBack(server) {
      if (!(await isThere(keptAt(server)))) return;
      await (await volumes()).copyBack(server, keptAt(server), new AbortController().signal);
    },
    async drop(server) {
      for (const path of [keptAt(server), `${keptAt(server)}.part`])
        await rm(path, { recursive: true, force: true });
      const former = server === 'postgres' ? await readFormer(paths, server) : undefined;
      if (former === undefined) return;
      const now = majorOf((await topology.requireLayout()).programs.postgres.version);
      const others = [former.from.version, former.to].map(majorOf).filter((major) => major !== now);
      await removeClusters(topology, others);
    },
    async room(server) {
      const needed = await topology.engine.volumeSize(await volumeOf(server));
      return { needed, free: await roomAt(keptAt(server)) };
    },
    major: containerMajor(topology, paths),
  };
}
