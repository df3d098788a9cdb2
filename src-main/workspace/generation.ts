import type { ServiceEntry, State } from './state-schema.ts';

/** Which generation of the original tools an object belongs to; none: nothing says so yet. */
export type Generation = 'older' | 'newer' | 'none';

/** An entry with `registration_id` loads in the newer tools, whatever else it carries; with `deploy_type` alone only in the older. */
export function entryGeneration(entry: ServiceEntry): Generation {
  if (entry.registration_id !== undefined) return 'newer';
  return entry.deploy_type === undefined ? 'none' : 'older';
}

/** Whether an entry loads in both generations, as the console writes it. */
export const isSuperset = (entry: ServiceEntry): boolean =>
  entry.registration_id !== undefined && entry.deploy_type !== undefined;

/**
 * Generation of a whole state.json. One entry that only the older tools can load makes it an older installation: the newer refuse the
 * file for it. Without services the traces decide that only the newer tools leave (formats-newer.md, "Which generation is this").
 */
export function stateGeneration(state: State): Generation {
  const entries = Object.values(state.services ?? {}).map(entryGeneration);
  if (entries.includes('older')) return 'older';
  if (entries.includes('newer')) return 'newer';
  const newerTrace =
    state.approles?.['runtime_rotate'] !== undefined ||
    state.infra_certs !== undefined ||
    typeof state.rotate_secret_id_ttl === 'string' ||
    Object.keys(state).some((key) => key.endsWith('_bind_addr'));
  if (newerTrace) return 'newer';
  return Object.keys(state.approles ?? {}).length > 0 ? 'older' : 'none';
}
