import { access, chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import {
  flushDirectory,
  readTextFileIfPresent,
  removeFile,
  replaceFileAtomic,
} from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { sharesOf, type StorageContext } from './context.ts';
import { giveTo, isEmpty, moveTree } from './directories.ts';
import { backupOf, configOnFile, configOnRaft } from './place.ts';
import { ensureCurrent, ensureMigrator } from './programs.ts';
import { unsealWith } from './server.ts';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Stops the one that this console runs on the old storage; whoever else runs one has stopped it himself. */
export function stopStep(context: StorageContext): Step {
  const { place, server } = context;
  return {
    id: 'stop',
    title: message('adopt.storage.step.stop'),
    effects: [{ kind: 'process', name: 'OpenBao', action: 'stop', note: message('adopt.storage.note.stop') }],
    check: async () => !(await server.runs()),
    async apply(run) {
      await run.stage.once('was-running', () => '1');
      await server.stop();
    },
    async undo(run) {
      if ((await run.stage.read('was-running')) === undefined) return;
      const { path } = await ensureMigrator({ signal: run.signal });
      await server.start(path, place.config, run.signal);
      // Sealed: the shares are not asked for again to go back.
      run.log(message('adopt.storage.log.sealed'), 'warn');
    },
  };
}

/** From here on the Raft storage is the installation's: its directory gets its place, and the configuration names it. */
export async function switchStep(context: StorageContext): Promise<Step> {
  const { place } = context;
  const before = await readTextFileIfPresent(place.config);
  const after = configOnRaft(place, before);
  const staged = join(place.work, 'raft');
  return {
    id: 'switch',
    title: message('adopt.storage.step.switch'),
    effects: [
      { kind: 'file', path: place.raft, action: 'create', mode: '0700' },
      {
        kind: 'file',
        path: place.config,
        action: before === undefined ? 'create' : 'change',
        diff: unifiedDiff(before ?? '', after, { path: place.config }),
      },
    ],
    async check() {
      return (await readTextFileIfPresent(place.config)) === after && !(await exists(staged));
    },
    async apply(run) {
      await run.stage.once('config-before', async () => (await readTextFileIfPresent(place.config)) ?? '');
      if (await exists(staged)) {
        // An empty directory may stand in its place; anything else is not this operation's.
        if (!(await isEmpty(place.raft))) throw new ConsoleError('adopt_raft_there', { path: place.raft });
        // Only what this operation put there may an undo remove.
        await run.stage.write('raft-moved', '1');
        await rm(place.raft, { recursive: true, force: true });
        await chmod(staged, 0o700);
        await moveTree(staged, place.raft);
        await giveTo(place.raft, place.storage);
        await flushDirectory(dirname(place.raft));
      }
      await mkdir(dirname(place.config), { recursive: true, mode: 0o700 });
      await replaceFileAtomic(place.config, after, { mode: 0o600 });
    },
    async undo(run) {
      const config = await run.stage.read('config-before');
      if (config === undefined) return;
      if (config === '') await removeFile(place.config);
      else await replaceFileAtomic(place.config, config, { mode: 0o600 });
      if ((await run.stage.read('raft-moved')) !== undefined)
        await rm(place.raft, { recursive: true, force: true });
    },
  };
}

export function startStep(context: StorageContext): Step {
  const { place, server } = context;
  return {
    id: 'start',
    title: message('adopt.storage.step.start'),
    effects: [
      context.input.elsewhere
        ? { kind: 'touches', who: 'OpenBao 2.7', note: message('adopt.storage.note.elsewhere') }
        : { kind: 'process', name: 'OpenBao 2.7', action: 'start' },
    ],
    async check() {
      if (!(await server.runs())) return false;
      const status = await context.openbao.sealStatus().catch(() => undefined);
      return status?.storage === 'raft';
    },
    async apply(run) {
      const { path } = await ensureCurrent();
      const { storage } = await server.start(path, place.config, run.signal);
      if (storage !== 'raft') throw new ConsoleError('adopt_not_raft', { storage, config: place.config });
    },
    async undo() {
      await server.stop();
    },
  };
}

export function unsealStep(context: StorageContext): Step {
  return {
    id: 'unseal',
    title: message('adopt.storage.step.unseal'),
    effects: [{ kind: 'touches', who: 'OpenBao', note: message('adopt.storage.note.unseal') }],
    check: async () => !(await context.openbao.sealStatus()).sealed,
    apply: async (run) => unsealWith(context.openbao, await sharesOf(context, run)),
    undo: async () => undefined,
  };
}

/** What runs now, asked live; and what is kept until the operator confirms. */
export function proveStep(context: StorageContext): Step {
  const { place, paths } = context;
  const kept = (run: Run) => ({
    input: context.input,
    backup: backupOf(paths, run.operationId),
    at: context.now(),
    confirmed: false,
  });
  return {
    id: 'prove',
    title: message('adopt.storage.step.prove'),
    effects: [{ kind: 'touches', who: place.storage, note: message('adopt.storage.note.kept') }],
    check: async () => false,
    async apply(run) {
      const { version, storage, sealed } = await context.openbao.sealStatus();
      const proved = storage === 'raft' && !sealed;
      if (!proved) throw new ConsoleError('adopt_not_raft', { storage, config: place.config });
      run.prove({
        title: message('adopt.storage.proof.running'),
        outcome: 'proved',
        evidence: message('adopt.storage.evidence.running', { version, storage, url: place.url.origin }),
      });
      run.changed('OpenBao storage', 'file', storage);
      await context.keep(kept(run));
      await rm(place.work, { recursive: true, force: true });
    },
    undo: () => context.keep(undefined),
  };
}

/** Where the configuration was made anew, going back needs one that names the old storage. */
export async function oldConfig(context: StorageContext, backup: string): Promise<string> {
  return (await readTextFileIfPresent(join(backup, 'openbao.hcl'))) ?? configOnFile(context.place);
}
