import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import { readTextFile, replaceFileAtomic } from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import {
  contextOf,
  openbaoOf,
  sharesInput,
  sharesOf,
  type StorageContext,
  type StorageDeps,
} from './context.ts';
import type { Manifest } from './directories.ts';
import type { Kept } from './place.ts';
import { ensureCurrent, ensureMigrator } from './programs.ts';
import { AdoptedOpenBao, unsealWith } from './server.ts';
import { oldConfig } from './switch-steps.ts';

const nothing = z.strictObject({});

/** What the migration left; with `waiting` only while the operator has not confirmed it. Throws `adopt_nothing_kept`. */
async function keptOf(deps: StorageDeps, waiting = true): Promise<{ kept: Kept; context: StorageContext }> {
  const kept = await deps.kept();
  if (kept === undefined || (waiting && kept.confirmed)) throw new ConsoleError('adopt_nothing_kept');
  return { kept, context: await contextOf(deps, kept.input) };
}

/** The top entries of the old storage, as it was backed up: what else lies beside them is not its own. */
async function entriesOf({ backup }: Kept): Promise<string[]> {
  const text = await readTextFile(join(backup, 'manifest.json'), { maxBytes: 64 * 1024 * 1024 });
  const names = Object.keys(JSON.parse(text) as Manifest).map((path) => path.split('/')[0] ?? '');
  return [...new Set(names)].filter((name) => name !== '');
}

/** The operator has seen that OpenBao works on Raft: the old storage and its backup go. Final. */
export function storageConfirmDefinition(deps: StorageDeps): OperationDefinition<Record<string, never>> {
  return {
    kind: 'adopt.storage-confirm',
    input: nothing,
    async prepare() {
      const { kept, context } = await keptOf(deps);
      const status = await context.openbao.sealStatus().catch(() => undefined);
      return {
        title: message('adopt.confirm.title'),
        summary: message('adopt.confirm.summary', { path: kept.input.storage }),
        steps: [
          {
            id: 'remove',
            title: message('adopt.confirm.step'),
            effects: [kept.input.storage, kept.backup].map((path) => ({
              kind: 'file',
              path,
              action: 'remove',
            })),
            check: async () => (await deps.kept())?.confirmed === true,
            async apply() {
              const names = await entriesOf(kept).catch(() => []);
              for (const name of names)
                await rm(join(kept.input.storage, name), { recursive: true, force: true });
              await rm(kept.backup, { recursive: true, force: true });
              await deps.keep({ ...kept, confirmed: true });
            },
          },
        ],
        preconditions: [
          {
            id: 'serving',
            title: message('adopt.confirm.precondition'),
            met: status?.storage === 'raft' && !status.sealed,
          },
        ],
        confirm: { verb: message('adopt.confirm.verb'), typed: 'remove' },
      };
    },
  };
}

/** Back to the old storage, which is as it was: what was written since the migration is not in it. */
export function storageBackDefinition(deps: StorageDeps): OperationDefinition<Record<string, never>> {
  return {
    kind: 'adopt.storage-back',
    input: nothing,
    async prepare() {
      const { kept, context } = await keptOf(deps);
      const { place, server } = context;
      const { origin } = place.url;
      const wanted = await oldConfig(context, kept.backup);
      const now = await readTextFile(place.config);
      const aside = `${place.raft}-set-aside-${kept.at}`;
      const missing = (error: NodeJS.ErrnoException): void => {
        if (error.code !== 'ENOENT') throw error;
      };
      return {
        title: message('adopt.back.title'),
        summary: message('adopt.back.summary', { path: kept.input.storage }),
        steps: [
          {
            id: 'stop',
            title: message('adopt.storage.step.stop'),
            effects: [{ kind: 'process', name: 'OpenBao 2.7', action: 'stop' }],
            // Only the configuration tells which of the two runs.
            check: async () => (await readTextFile(place.config)) === wanted || !(await server.runs()),
            async apply() {
              await server.stop();
            },
            async undo(run) {
              const { path } = await ensureCurrent();
              await server.start(path, place.config, run.signal);
            },
          },
          {
            id: 'switch',
            title: message('adopt.back.step.switch'),
            effects: [
              {
                kind: 'file',
                path: place.config,
                action: 'change',
                diff: unifiedDiff(now, wanted, { path: place.config }),
              },
              { kind: 'file', path: aside, action: 'create', mode: '0700' },
            ],
            check: async () => (await readTextFile(place.config)) === wanted,
            async apply(run) {
              await run.stage.once('config-before', () => readTextFile(place.config));
              await rename(place.raft, aside).catch(missing);
              await replaceFileAtomic(place.config, wanted);
            },
            async undo(run) {
              const before = await run.stage.read('config-before');
              if (before === undefined) return;
              await replaceFileAtomic(place.config, before);
              await rename(aside, place.raft).catch(missing);
            },
          },
          {
            id: 'start',
            title: message('adopt.back.step.start'),
            effects: [{ kind: 'process', name: 'OpenBao 2.6', action: 'start' }],
            // Only for the console's own process: whoever else starts it is asked what it runs on.
            check: async () => (await deps.kept()) === undefined,
            async apply(run) {
              const { path } = await ensureMigrator({ signal: run.signal });
              await server.start(path, place.config, run.signal);
              await unsealWith(context.openbao, await sharesOf(context, run));
              const { version, storage } = await context.openbao.sealStatus();
              if (storage !== 'file') throw new ConsoleError('adopt_not_file', { storage });
              run.prove({
                title: message('adopt.storage.proof.running'),
                outcome: 'proved',
                evidence: message('adopt.storage.evidence.running', { version, storage, url: origin }),
              });
              await deps.keep(undefined);
            },
            async undo() {
              await server.stop();
              await deps.keep(kept);
            },
          },
        ],
        preconditions: [],
        secretInputs: await sharesInput(deps),
        confirm: { verb: message('adopt.back.verb'), typed: 'back' },
      };
    },
  };
}

/** Starts or stops the OpenBao that the migration left as a process of this console, after a reboot for example. */
export function adoptedServerDefinition(
  deps: StorageDeps,
): OperationDefinition<{ readonly action: 'start' | 'stop' }> {
  return {
    kind: 'adopt.openbao',
    input: z.object({ action: z.enum(['start', 'stop']) }),
    async prepare({ action }) {
      const kept = await deps.kept();
      // After going back nothing is kept, yet what the console started then runs on until it is told to stop.
      const left = kept === undefined && action === 'stop';
      const context = left ? undefined : (await keptOf(deps, false)).context;
      const server = context?.server ?? new AdoptedOpenBao(deps.paths, await openbaoOf(deps));
      const step = {
        id: action,
        title: message(action === 'start' ? 'adopt.storage.step.start' : 'adopt.storage.step.stop'),
        effects: [{ kind: 'process' as const, name: 'OpenBao', action }],
      };
      const start = async (signal: AbortSignal): Promise<void> => {
        if (context === undefined) throw new ConsoleError('adopt_nothing_kept');
        const { path } = await ensureCurrent();
        await server.start(path, context.place.config, signal);
      };
      return {
        title: message(`adopt.openbao.${action}`),
        summary: message(`adopt.openbao.${action}_summary`),
        steps: [
          {
            ...step,
            check: async () => (await server.runs()) === (action === 'start'),
            apply: async (run) => (action === 'start' ? start(run.signal) : server.stop()),
            undo: async (run) => (action === 'start' ? server.stop() : start(run.signal)),
          },
        ],
        preconditions: [
          {
            id: 'here',
            title: message('adopt.openbao.precondition'),
            met: context === undefined ? await server.runs() : !context.input.elsewhere,
          },
        ],
        confirm: { verb: message(`adopt.openbao.${action}`) },
      };
    },
  };
}
