import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { readContainerFile, replaceContainerFile } from '../docker/container-files.ts';
import { pause } from '../operations/pause.ts';
import type { Run } from '../operations/types.ts';
import { copyDatabase } from '../postgres/copy-database.ts';
import { provision } from '../postgres/provision.ts';
import { freePort } from '../processes/ports.ts';
import { majorOf } from '../servers/catalogue.ts';
import { ComposeProject } from '../topology/compose/compose-project.ts';
import type { ComposeTopology } from '../topology/compose/compose-topology.ts';
import { postgresData, postgresOwner, postgresVolume } from '../topology/compose/postgres-data.ts';
import { postgresPlace } from '../topology/compose/postgres-place.ts';
import { identityLabel } from '../topology/compose/services.ts';
import { askPostgres } from '../topology/postgres-ready.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { MajorChange, Program } from './context.ts';

const host = '127.0.0.1';
/** For the first start of a new cluster, milliseconds. */
const patienceMs = 120_000;

/** A directory beside a cluster that says: all of it is here. */
const markOf = (major: number): string => `${postgresVolume}/${String(major)}/.whole`;

/** What an administrator may have written into a cluster, and which means the same in the next version. */
const carried = /^(?:pg_hba\.conf|pg_ident\.conf|postgresql\.auto\.conf|.*\.(?:crt|key|pem))$/;

async function scratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'major-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const volumeOf = async (topology: ComposeTopology): Promise<string> =>
  `${(await topology.requireLayout()).compose.instance}_postgres-data`;

/** The container of a cluster in the making; one that was left behind by a crash is found by its name. */
const nextName = async (topology: ComposeTopology): Promise<string> =>
  `${(await topology.requireLayout()).compose.instance}-postgres-next`;

/** Removes the clusters of these major versions from the volume. The one in use is never among them. */
export async function removeClusters(topology: ComposeTopology, majors: readonly number[]): Promise<void> {
  const { programs } = await topology.requireLayout();
  const now = majorOf(programs.postgres.version);
  const paths = majors.filter((major) => major !== now).map((major) => `${postgresVolume}/${String(major)}`);
  if (paths.length === 0) return;
  const mount = ['--volume', `${await volumeOf(topology)}:${postgresVolume}`];
  await topology.docker([
    'run',
    '--rm',
    ...mount,
    '--entrypoint',
    'rm',
    programs.postgres.path,
    '-rf',
    ...paths,
  ]);
}

/** Settings, access rules and TLS of the old cluster, file by file; both containers run. */
async function carryFiles(
  topology: ComposeTopology,
  next: { readonly container: string; readonly data: string },
): Promise<void> {
  const { engine } = topology;
  const { data, ...place } = postgresPlace(await topology.requireLayout());
  const list = `for file in "$1"/*; do printf '%s\\n' "\${file##*/}"; done`;
  const { stdout } = await engine.exec(place.container, ['sh', '-c', list, 'sh', data], '', place.user);
  for (const name of stdout.split('\n').filter((each) => carried.test(each))) {
    const text = await readContainerFile(engine, place, `${data}/${name}`);
    if (text === undefined) continue;
    await replaceContainerFile(engine, { ...place, container: next.container }, `${next.data}/${name}`, text);
  }
}

/** A new cluster beside the old one in the same volume, filled from it by SQL while it runs. */
export function containerMajor(topology: ComposeTopology, paths: WorkspacePaths): MajorChange {
  const project = new ComposeProject(paths);
  const discard = async ({ version }: Program): Promise<void> => {
    await project.remove(await nextName(topology));
    await removeClusters(topology, [majorOf(version)]);
  };

  /** Starts a server on a new cluster, and answers its port on this host. The password goes by a file of this user alone. */
  async function start(program: Program, password: string, superuser: string, run: Run): Promise<number> {
    const { compose } = await topology.requireLayout();
    const port = await freePort(5_640);
    const data = postgresData(majorOf(program.version));
    await scratch(async (directory) => {
      const file = join(directory, 'env');
      await writeFile(file, `POSTGRES_PASSWORD=${password}\nPOSTGRES_USER=${superuser}\nPGDATA=${data}\n`, {
        mode: 0o600,
      });
      await topology.docker(
        [
          ...['run', '--detach', '--name', await nextName(topology), '--stop-signal', 'SIGINT'],
          ...['--label', `${identityLabel}=${compose.identity}`, '--env-file', file],
          ...['--volume', `${await volumeOf(topology)}:${postgresVolume}`],
          ...['--publish', `${host}:${String(port)}:5432`, program.path],
        ],
        run.signal,
      );
    });
    const end = Date.now() + patienceMs;
    while ((await askPostgres(host, port, superuser)) !== 'ready') {
      if (Date.now() > end) throw new ConsoleError('postgres_scratch', { data });
      await pause(250, run.signal);
    }
    return port;
  }

  return {
    async convert(program, { admin, owner }, run) {
      const { container } = postgresPlace(await topology.requireLayout());
      // Half of one is of no use, and it is only a copy.
      await discard(program);
      const major = majorOf(program.version);
      const next = { container: await nextName(topology), data: postgresData(major) };
      const port = await start(program, admin.password ?? '', admin.user, run);
      const there = { host, port };
      const { user: role, password = '', database } = owner;
      await provision({ admin: { ...admin, ...there }, role, password, database });
      await copyDatabase(owner, { ...owner, ...there }, (done) => run.progress(done));
      await carryFiles(topology, next);
      await topology.engine.stop(next.container, 60);
      await project.remove(next.container);
      await scratch(async (directory) => {
        await mkdir(join(directory, '.whole'));
        await writeFile(join(directory, '.whole', 'whole'), '');
        const into = `${postgresVolume}/${String(major)}`;
        await topology.engine.putDirectory(container, into, directory, postgresOwner);
      });
    },
    async converted(to) {
      const layout = await topology.requireLayout();
      const major = majorOf(to);
      if (majorOf(layout.programs.postgres.version) === major) return true;
      return topology.engine.hasPath(postgresPlace(layout).container, markOf(major));
    },
    // Clusters lie side by side, each below its major version: what the layout says is what is used.
    swap: async () => undefined,
    swapBack: async () => undefined,
    discard,
  };
}
