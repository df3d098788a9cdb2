import { chown, copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effect } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { Run } from '../operations/types.ts';
import { copyDatabase } from '../postgres/copy-database.ts';
import { provision } from '../postgres/provision.ts';
import { factsOf, majorOf, type ServerName } from '../servers/catalogue.ts';
import { ensureServer } from '../servers/ensure-server.ts';
import { findServer } from '../servers/find-server.ts';
import { layoutText, withProgram, type Layout } from '../topology/layout.ts';
import type { LocalTopology } from '../topology/local-topology.ts';
import { clusterData, clusterMajor, makeCluster } from '../topology/postgres-cluster.ts';
import { reachableProgram } from '../topology/reach.ts';
import { stopScratch, withScratchServer } from '../topology/scratch-cluster.ts';
import { flushDirectory, readTextFileIfPresent } from '../workspace/atomic.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { copyTree, isThere, replaceTree, roomAt, treeSize } from '../workspace/tree-copy.ts';
import type { MajorChange, Place, Program } from './context.ts';
import { formerData } from './former.ts';

/** The database's own files stay where its own user may reach them. */
const formerCluster = ({ postgres }: Layout): string => join(postgres.home, 'former');
/** A layout whose cluster is the one in the making. */
const nextLayout = (layout: Layout): Layout => ({
  ...layout,
  postgres: { ...layout.postgres, home: join(layout.postgres.home, 'next') },
});

/** What an administrator may have written into a cluster's directory, and which means the same in the next version. */
const carried = /^(?:pg_hba\.conf|pg_ident\.conf|postgresql\.auto\.conf|.*\.(?:crt|key|pem))$/;

async function carryFiles(
  from: string,
  to: string,
  owner: { uid: number; gid: number } | undefined,
): Promise<void> {
  for (const name of (await readdir(from)).filter((each) => carried.test(each))) {
    await copyFile(join(from, name), join(to, name));
    if (owner !== undefined) await chown(join(to, name), owner.uid, owner.gid);
  }
}

/** A new cluster beside the old one, filled from it while it runs. */
const majorChange = (topology: LocalTopology): MajorChange => ({
  async convert(program, { admin, owner }, run) {
    const layout = await topology.requireLayout();
    const next = nextLayout(layout);
    const data = clusterData(next);
    await stopScratch(layout, program.path, data);
    // Half of one is of no use, and it is only a copy.
    await rm(next.postgres.home, { recursive: true, force: true });
    await makeCluster(next, program.path, admin.password ?? '', run.signal);
    await carryFiles(clusterData(layout), data, layout.postgres.user);
    await withScratchServer(layout, program.path, data, async (port) => {
      const there = { host: '127.0.0.1', port };
      const { user: role, password = '', database } = owner;
      await provision({ admin: { ...admin, ...there }, role, password, database });
      await copyDatabase(owner, { ...owner, ...there }, (done) => run.progress(done));
    });
    await rm(join(data, 'scratch.log'), { force: true });
    await rename(data, join(next.postgres.home, 'whole'));
    await flushDirectory(next.postgres.home);
  },
  async converted(to) {
    const layout = await topology.requireLayout();
    return (
      (await isThere(join(nextLayout(layout).postgres.home, 'whole'))) ||
      (await clusterMajor(layout)) === majorOf(to)
    );
  },
  async swap(to) {
    const layout = await topology.requireLayout();
    const { home } = layout.postgres;
    const data = clusterData(layout);
    const major = await clusterMajor(layout);
    if (major !== undefined && major !== majorOf(to)) await rename(data, formerCluster(layout));
    const next = nextLayout(layout).postgres.home;
    if (await isThere(join(next, 'whole'))) await rename(join(next, 'whole'), data);
    await rm(next, { recursive: true, force: true });
    await flushDirectory(home);
  },
  async swapBack(from) {
    const layout = await topology.requireLayout();
    if ((await clusterMajor(layout)) !== majorOf(from))
      await replaceTree(formerCluster(layout), clusterData(layout));
  },
  async discard(program) {
    const layout = await topology.requireLayout();
    const next = nextLayout(layout);
    await stopScratch(layout, program.path, clusterData(next));
    await rm(next.postgres.home, { recursive: true, force: true });
  },
});

/** Programs and data of servers that are processes or units of this host. */
export function localPlace(topology: LocalTopology, paths: WorkspacePaths): Place {
  const dataOf: Place['dataOf'] = async (server) =>
    server === 'openbao' ? topology.files.openbaoData : clusterData(await topology.requireLayout());
  const keptAt = async (server: 'openbao' | 'postgres'): Promise<string> =>
    server === 'openbao' ? formerData(paths, server) : formerCluster(await topology.requireLayout());
  /** PostgreSQL under root is run by another user, who has to reach it. */
  const reachable = async (server: ServerName, program: Program): Promise<Program> => {
    const { user } = (await topology.requireLayout()).postgres;
    if (server !== 'postgres' || user === undefined) return program;
    return { ...program, path: await reachableProgram(program.path, program.version, user) };
  };
  return {
    dataOf,
    program: async (server) => (await topology.requireLayout()).programs[server],
    async obtaining(server, version): Promise<readonly Effect[]> {
      if ((await findServer(server, { version })) !== undefined) return [];
      const { title, command } = factsOf(server, version);
      return [{ kind: 'download', name: title, version, how: command }];
    },
    async obtain(server, version, run: Run) {
      let said = '';
      const { path } = await ensureServer(server, {
        version,
        signal: run.signal,
        onProgress({ message: text, fraction }) {
          if (text.key !== said) run.log(text);
          said = text.key;
          run.progress(fraction);
        },
      });
      const program = await reachable(server, { path, version });
      run.log(
        message('setup.log.server_found', { name: factsOf(server).title, version, path: program.path }),
      );
      return program;
    },
    use: (server, program) => topology.useProgram(server, program),
    async using(server, version): Promise<readonly Effect[]> {
      const path = topology.files.layout;
      const before = (await readTextFileIfPresent(path)) ?? '';
      const found = await findServer(server, { version });
      const program = { path: found?.path ?? factsOf(server, version).title, version };
      const text = layoutText(withProgram(await topology.requireLayout(), server, program));
      return [
        { kind: 'file', path, action: 'change', diff: unifiedDiff(before, text, { path, secrets: [] }) },
      ];
    },
    async keep(server, signal) {
      await copyTree(await dataOf(server), await keptAt(server), signal);
    },
    kept: async (server) => isThere(await keptAt(server)),
    async putBack(server) {
      await replaceTree(await keptAt(server), await dataOf(server));
    },
    async drop(server) {
      const at = await keptAt(server);
      for (const path of [at, `${at}.part`]) await rm(path, { recursive: true, force: true });
    },
    async room(server) {
      const at = await keptAt(server);
      return { needed: await treeSize(await dataOf(server)), free: await roomAt(at) };
    },
    major: majorChange(topology),
  };
}
