import { ConsoleError } from '../../shared/errors.ts';
import { setSyncStatus } from '../workspace/service-entry.ts';
import type { ServiceEntry } from '../workspace/state-schema.ts';
import { updateState } from '../workspace/state.ts';
import { acknowledged, remoteItems, type Summary } from './summary.ts';

/** Puts what a host said into its entry. @returns the items whose status changed */
export function acknowledge(entry: ServiceEntry, summary: Summary, nowSeconds: number): readonly string[] {
  return remoteItems.filter((item) => {
    const status = acknowledged(summary[item].status);
    if (entry.sync_status?.[item] === status) return false;
    setSyncStatus(entry, item, status, nowSeconds);
    return true;
  });
}

/**
 * `service sync-status --summary-json` (formats.md): a host's summary into state.json, under the state's lock.
 * @param id registration id, or the service's name where that is one
 * @returns the items whose status changed
 * @throws `not_found`, and what reading and writing state.json throws
 */
export async function acknowledgeInFile(
  statePath: string,
  id: string,
  summary: Summary,
  nowSeconds: number,
): Promise<readonly string[]> {
  let changed: readonly string[] = [];
  await updateState(
    statePath,
    (draft) => {
      const entry = draft.services?.[id];
      if (entry === undefined) throw new ConsoleError('not_found', { what: 'service', name: id });
      changed = acknowledge(entry, summary, nowSeconds);
    },
    { holder: 'sync-status' },
  );
  return changed;
}
