import { stat } from 'node:fs/promises';
import { message } from '../../../shared/message.ts';
import type { Oddity } from '../../../shared/contract/adopt.ts';
import { serviceEntrySchema, stateSchema } from '../../workspace/state-schema.ts';
import { entryGeneration } from '../../workspace/generation.ts';
import type { SyncItem } from '../../workspace/service-entry.ts';
import type { Finder } from '../world.ts';

const octal = (mode: number): string => `0${(mode & 0o777).toString(8)}`;

/** As the umask gave it; it holds role_ids and paths, no secret. */
export const stateModeFinder: Finder = async ({ paths }) => {
  const found = await stat(paths.state).catch(() => undefined);
  if (found === undefined || (found.mode & 0o077) === 0) return [];
  return [
    {
      id: 'mode:state.json',
      severity: 'notice',
      what: 'state.json',
      text: message('adopt.text.state_mode', { mode: octal(found.mode) }),
      remedy: {
        kind: 'drift.mend',
        input: { ids: ['mode:state.json'] },
        label: message('adopt.remedy.close_state'),
      },
    },
  ];
};

/** Keys that neither generation has: kept by the console, lost when the tools rewrite the file. */
export const unknownKeysFinder: Finder = async ({ state }) => {
  if (state === undefined) return [];
  const known = Object.keys(stateSchema.shape);
  const entryKeys = Object.keys(serviceEntrySchema.shape);
  const extra = [
    ...Object.keys(state).filter((key) => !known.includes(key)),
    ...Object.entries(state.services ?? {}).flatMap(([id, entry]) =>
      Object.keys(entry)
        .filter((key) => !entryKeys.includes(key))
        .map((key) => `${id}.${key}`),
    ),
  ];
  if (extra.length === 0) return [];
  const text = message('adopt.text.unknown_keys', { keys: extra.slice(0, 10).join(', ') });
  return [{ id: 'unknown-keys', severity: 'notice', what: 'state.json', text }];
};

/** One file, two generations: the newer tools refuse it whole for its older entries. */
export const mixedFinder: Finder = async ({ services }) => {
  const kinds = services.map(({ entry }) => entryGeneration(entry));
  if (!(kinds.includes('older') && kinds.includes('newer'))) return [];
  const older = services.filter(({ entry }) => entryGeneration(entry) === 'older').map(({ id }) => id);
  return [
    {
      id: 'mixed',
      severity: 'warning',
      what: 'state.json',
      text: message('adopt.text.mixed', { services: older.slice(0, 10).join(', ') }),
      remedy: { kind: 'adopt.generation', input: {}, label: message('adopt.remedy.generation') },
    },
  ];
};

const timed: readonly SyncItem[] = ['secret_id', 'eab', 'responder_hmac'];

/** Remote items that wait without a time at which the waiting ends: nothing ever calls them expired. */
export const pendingFinder: Finder = async ({ services }) =>
  services.flatMap(({ id, entry }): Oddity[] => {
    const open = timed.filter(
      (item) =>
        item !== 'trust_sync' &&
        entry.sync_status?.[item] === 'pending' &&
        typeof entry.sync_metadata?.[item]?.expires_at_unix !== 'number',
    );
    if (open.length === 0) return [];
    const text = message('adopt.text.pending_untimed', { items: open.join(', ') });
    return [{ id: `pending:${id}`, severity: 'notice', what: id, text }];
  });
