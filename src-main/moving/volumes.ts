import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import type { ComposeProject } from '../topology/compose/compose-project.ts';
import { postgresData, postgresOwner, postgresVolume } from '../topology/compose/postgres-data.ts';
import { serviceOf } from '../topology/compose/services.ts';
import type { Layout } from '../topology/layout.ts';
import { clusterData, clusterMajor } from '../topology/postgres-cluster.ts';
import { flushDirectory } from '../workspace/atomic.ts';
import { copyTree, isThere } from '../workspace/tree-copy.ts';

type Stored = 'openbao' | 'postgres';

/** Where the images keep their data. */
const openbaoData = '/openbao/file';
const baseOf: Readonly<Record<Stored, string>> = { openbao: openbaoData, postgres: postgresVolume };

/** A file beside the data that says: all of it is here. */
const wholeMark = '.moved';

/** Files of a running server, which mean nothing to the next one. */
const transient = ['postmaster.pid', 'postmaster.opts', 'scratch.log'];

/**
 * The one member that a moved Raft node has, under its new address: a node that finds this file takes it for the whole cluster (the
 * documented recovery of a lost quorum), and removes it.
 */
const peers = (id: string, address: string): string =>
  `${JSON.stringify([{ id, address, non_voter: false }])}\n`;

async function scratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'move-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Data of servers that do not run, into volumes of containers that were made for it and do not run either, and back. */
export class Volumes {
  readonly #project: ComposeProject;
  readonly #nameOf: (id: Stored) => string;

  /** @param nameOf containers by their names: after the switch of a move the layout does not say them any more */
  constructor(project: ComposeProject, nameOf: (id: Stored) => string) {
    this.#project = project;
    this.#nameOf = nameOf;
  }

  async #create(id: Stored, signal: AbortSignal): Promise<void> {
    await this.#project.refuseForeign((await this.#project.requireLayout()).compose);
    await this.#project.compose(
      ['up', '--no-start', '--no-deps', '--no-build', '--pull', 'missing', serviceOf[id]],
      signal,
    );
  }

  async #has(id: Stored, mark: string): Promise<boolean> {
    const name = this.#nameOf(id);
    if ((await this.#project.inspect(name)) === undefined) return false;
    return scratch(async (directory) => {
      await this.#project.engine.takeDirectory(name, mark, directory).catch(() => undefined);
      return (await readdir(directory)).length > 0;
    });
  }

  /** Whether a volume holds all that was moved into it. */
  filled(id: Stored): Promise<boolean> {
    return this.#has(id, join(baseOf[id], wholeMark));
  }

  async #fill(
    id: Stored,
    parts: readonly { readonly from: string; readonly to: string }[],
    extra: (directory: string) => Promise<void>,
    owner: { readonly uid: number; readonly gid: number },
    signal: AbortSignal,
    volumes: readonly string[] = id === 'openbao' ? ['openbao-data', 'openbao-audit'] : ['postgres-data'],
  ): Promise<void> {
    const name = this.#nameOf(id);
    const { engine } = this.#project;
    // Half of a try before is not built upon.
    await this.#project.remove(name);
    await this.#project.removeVolumes(volumes);
    await this.#create(id, signal);
    const base = baseOf[id];
    await scratch(async (directory) => {
      await extra(directory);
      for (const { from, to } of parts) await engine.putDirectory(name, to, from, owner);
      await engine.putDirectory(name, base, directory, owner);
    });
    await scratch(async (directory) => {
      await mkdir(join(directory, wholeMark));
      await writeFile(join(directory, wholeMark, 'whole'), '');
      await engine.putDirectory(name, base, directory, owner);
    });
  }

  /** @param data of the Raft node, as it stopped */
  fillOpenBao(data: string, signal: AbortSignal): Promise<void> {
    return this.#fill(
      'openbao',
      [{ from: data, to: openbaoData }],
      async (directory) => {
        await mkdir(join(directory, 'raft'), { mode: 0o700 });
        await writeFile(join(directory, 'raft', 'peers.json'), peers('bootroot-compose', 'openbao:8201'), {
          mode: 0o600,
        });
      },
      { uid: 0, gid: 0 },
      signal,
    );
  }

  /** Others than this host call the database now, each with its password. */
  async fillPostgres(layout: Layout, signal: AbortSignal): Promise<void> {
    const data = clusterData(layout);
    const major = await clusterMajor(layout);
    if (major === undefined) throw new ConsoleError('topology_file', { server: 'PostgreSQL', path: data });
    const inside = postgresData(major);
    await scratch(async (directory) => {
      // A copy, so that what is not to be moved can be left out, and the original stays as it is.
      const copy = join(directory, 'data');
      await copyTree(data, copy, signal);
      for (const name of transient) await rm(join(copy, name), { force: true });
      const hba = await readFile(join(copy, 'pg_hba.conf'), 'utf8');
      await writeFile(join(copy, 'pg_hba.conf'), withLine(hba, 'host all all all scram-sha-256'));
      const conf = await readFile(join(copy, 'postgresql.conf'), 'utf8');
      await writeFile(join(copy, 'postgresql.conf'), withLine(conf, "listen_addresses = '*'"));
      await this.#fill(
        'postgres',
        [],
        async (root) => {
          const at = join(root, inside.slice(postgresVolume.length + 1));
          await mkdir(dirname(at), { recursive: true });
          await rename(copy, at);
          await chmod(at, 0o700);
        },
        postgresOwner,
        signal,
      );
    });
  }

  /** Into the directory of a Raft node of this host, which appears whole. */
  async takeOpenBao(data: string, address: string): Promise<void> {
    await this.#take('openbao', openbaoData, { target: data, part: 'raft' }, undefined, async (staging) => {
      await mkdir(join(staging, 'raft'), { recursive: true, mode: 0o700 });
      await writeFile(join(staging, 'raft', 'peers.json'), peers('bootroot-local', address), { mode: 0o600 });
    });
  }

  /** Everything in the volume of a server that does not run, into a directory of this host, which appears whole. */
  async copyOut(id: Stored, directory: string): Promise<void> {
    const part = `${directory}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true, mode: 0o700 });
    await this.#project.engine.takeDirectory(this.#nameOf(id), baseOf[id], part);
    await rename(part, directory);
    await flushDirectory(dirname(directory));
  }

  /** What {@link copyOut} took is all that the volume holds again; its container is made anew and does not run. */
  async copyBack(id: Stored, directory: string, signal: AbortSignal): Promise<void> {
    const parts = [{ from: directory, to: baseOf[id] }];
    const owner = id === 'openbao' ? { uid: 0, gid: 0 } : postgresOwner;
    await this.#fill(id, parts, async () => undefined, owner, signal, [`${id}-data`]);
  }

  /** The audit log goes where it can still be read when the volume is gone. */
  async takeAudit(directory: string): Promise<void> {
    if (await isThere(directory)) return;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await this.#project.engine.takeDirectory(this.#nameOf('openbao'), '/openbao/audit', directory);
  }

  async takePostgres(layout: Layout, major: number): Promise<void> {
    const { home, user } = layout.postgres;
    await mkdir(home, { recursive: true, mode: 0o700 });
    if (user !== undefined) await chown(home, user.uid, user.gid);
    const into = { target: clusterData(layout), part: 'PG_VERSION' };
    await this.#take('postgres', postgresData(major), into, user, async (staging) => {
      for (const name of transient) await rm(join(staging, name), { force: true });
    });
  }

  async #take(
    id: Stored,
    inside: string,
    /** `part`: what an empty directory lacks. */
    { target, part }: { readonly target: string; readonly part: string },
    owner: { readonly uid: number; readonly gid: number } | undefined,
    finish: (staging: string) => Promise<void>,
  ): Promise<void> {
    if (await isThere(join(target, part))) return;
    const name = this.#nameOf(id);
    const staging = `${target}.part`;
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true, mode: 0o700 });
    await this.#project.engine.takeDirectory(name, inside, staging);
    await rm(join(staging, wholeMark), { recursive: true, force: true });
    await finish(staging);
    if (owner !== undefined) await giveTo(staging, owner);
    await chmod(staging, 0o700);
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
    await flushDirectory(dirname(target));
  }
}

/** The last line of a setting counts; one that is there already is not written again. */
const withLine = (text: string, line: string): string =>
  text.split('\n').includes(line) ? text : `${text.trimEnd()}\n${line}\n`;

async function giveTo(path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  await chown(path, owner.uid, owner.gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if ((await lstat(below)).isSymbolicLink()) continue;
    if (entry.isDirectory()) await giveTo(below, owner);
    else await chown(below, owner.uid, owner.gid);
  }
}
