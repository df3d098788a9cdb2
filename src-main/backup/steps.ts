import { createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';
import { dumpDatabase } from '../postgres/dump-database.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { ensureDirectory, flushDirectory, writeFileAtomic } from '../workspace/atomic.ts';
import { olderThanNewest, stampOf } from '../workspace/newest.ts';
import { isThere } from '../workspace/tree-copy.ts';
import { copyFiles } from './files.ts';
import { manifestDifferences, manifestOf, type Manifest } from './manifest.ts';
import { checkSnapshot } from './snapshot.ts';
import type { BackupWorld } from './world.ts';

export const backupPrefix = 'backup';
const manifestName = 'manifest.json';

/** A set under its name; until it is whole it ends in `.part`. */
const setOf = ({ paths }: BackupWorld, stamp: string): string =>
  join(paths.backups, `${backupPrefix}-${stamp}`);

/** The name is chosen once: what a crash interrupts goes on with the same set. */
async function partOf(world: BackupWorld, run: Run): Promise<string> {
  const stamp = await run.stage.once('stamp', () => stampOf(world.now()));
  const part = `${setOf(world, stamp)}.part`;
  await ensureDirectory(part, { mode: 0o700 });
  return part;
}

/** Whether something of the set is there, in the unfinished one or in the whole one. */
async function has(world: BackupWorld, run: Run, name: string): Promise<boolean> {
  const stamp = await run.stage.read('stamp');
  if (stamp === undefined) return false;
  const set = setOf(world, stamp);
  return (await isThere(join(set, name))) || (await isThere(join(`${set}.part`, name)));
}

async function discardSet(world: BackupWorld, run: Run): Promise<void> {
  const stamp = await run.stage.read('stamp');
  if (stamp === undefined) return;
  const set = setOf(world, stamp);
  for (const path of [set, `${set}.part`]) await rm(path, { recursive: true, force: true });
}

/** One part of a set; undoing any of them discards the whole set. */
const part = (
  world: BackupWorld,
  id: string,
  title: Step['title'],
  name: string,
  take: (path: string, run: Run) => Promise<void>,
): Step => ({
  id,
  title,
  effects: [{ kind: 'file', path: join(setOf(world, '…'), name), action: 'create', mode: '0600' }],
  check: (run) => has(world, run, name),
  apply: async (run) => take(join(await partOf(world, run), name), run),
  undo: (run) => discardSet(world, run),
});

/** Everything that OpenBao stores, sealed as it is. */
export const snapshotStep = (world: BackupWorld): Step =>
  part(world, 'openbao', message('backup.step.openbao'), 'openbao.snap', async (path, run) => {
    const snapshot = await world.client().raft.snapshot();
    checkSnapshot(snapshot, path);
    await writeFileAtomic(path, snapshot, { mode: 0o600 });
    run.prove({
      title: message('backup.proof.openbao'),
      outcome: 'proved',
      evidence: message('backup.evidence.bytes', { bytes: snapshot.length }),
    });
  });

/** step-ca's tables of one moment, while it works. */
export const databaseStep = (world: BackupWorld, dsn: Dsn): Step =>
  part(world, 'database', message('backup.step.database'), 'database.sql.gz', async (path, run) => {
    const half = `${path}.part`;
    const text = new PassThrough();
    const written = pipeline(text, createGzip(), createWriteStream(half, { mode: 0o600, flush: true }));
    const counts = await dumpDatabase(dsn, async (lines) => {
      if (run.signal.aborted) throw new ConsoleError('cancelled');
      if (!text.write(lines)) await Promise.race([new Promise((go) => text.once('drain', go)), written]);
    }).finally(() => text.end());
    await written;
    await rename(half, path);
    run.prove({
      title: message('backup.proof.database'),
      outcome: 'proved',
      evidence: message('backup.evidence.rows', {
        tables: Object.keys(counts).length,
        rows: Object.values(counts).reduce((sum, count) => sum + count, 0),
      }),
    });
  });

export const filesStep = (world: BackupWorld): Step =>
  part(world, 'files', message('backup.step.files'), 'files', async (path, run) => {
    const half = `${path}.part`;
    await rm(half, { recursive: true, force: true });
    await copyFiles(world.paths, half, run.signal);
    await rename(half, path);
  });

/** Schedules, journal and audit log, by SQLite itself: a file that is written to cannot be copied. */
export const storeStep = (world: BackupWorld): Step =>
  part(world, 'store', message('backup.step.store'), 'console.db', async (path) => {
    const half = `${path}.part`;
    await rm(half, { force: true });
    await writeFileAtomic(half, '', { mode: 0o600 });
    await world.store.all('VACUUM INTO ?', [half]);
    await rename(half, path);
  });

/** What was written is read again; only then the set has its name. */
export const finishStep = (world: BackupWorld): Step => ({
  id: 'finish',
  title: message('backup.step.finish'),
  effects: [{ kind: 'file', path: join(setOf(world, '…'), manifestName), action: 'create', mode: '0600' }],
  async check(run) {
    const stamp = await run.stage.read('stamp');
    return stamp !== undefined && isThere(setOf(world, stamp));
  },
  async apply(run) {
    const from = await partOf(world, run);
    const path = join(from, manifestName);
    const files = await manifestOf(from, [manifestName]);
    await writeFileAtomic(path, `${JSON.stringify({ takenAt: world.now(), files }, null, 2)}\n`, {
      mode: 0o600,
    });
    const kept = (JSON.parse(await readFile(path, 'utf8')) as { readonly files: Manifest }).files;
    const [different] = manifestDifferences(kept, await manifestOf(from, [manifestName]));
    if (different !== undefined)
      throw new ConsoleError('backup_damaged', { path: different, reason: 'sha256' });
    checkSnapshot(await readFile(join(from, 'openbao.snap')), join(from, 'openbao.snap'));
    const set = from.replace(/\.part$/, '');
    await rename(from, set);
    await flushDirectory(dirname(set));
    run.prove({
      title: message('backup.proof.set', { path: set }),
      outcome: 'proved',
      evidence: message('backup.evidence.files', { count: Object.keys(kept).length }),
    });
  },
  undo: (run) => discardSet(world, run),
});

export const retireStep = (world: BackupWorld, keep: number): Step => {
  const old = (): Promise<string[]> => olderThanNewest(world.paths.backups, backupPrefix, keep);
  return {
    id: 'retire',
    title: message('backup.step.retire', { count: keep }),
    effects: [],
    check: async () => (await old()).length === 0,
    async apply() {
      for (const name of await old())
        await rm(join(world.paths.backups, name), { recursive: true, force: true });
    },
  };
};
