import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

export const modes = ['intermediate-only', 'full'] as const;
export type CaKeyMode = (typeof modes)[number];

/** Where a rotation stands. published: old and new are trusted, the old one issues. switched: the new one issues. reissued: everybody was asked. */
export const stages = ['preparing', 'published', 'switched', 'reissued'] as const;
export type CaKeyStage = (typeof stages)[number];

/**
 * `rotation-state.json` (formats-newer.md, "Other files"): the tools' own keys, and the console's under `console`. While the new CA
 * files only wait beside the old ones `phase` is 1, from which the tools would begin anew and break nothing.
 */
const recordSchema = z.looseObject({
  mode: z.enum(modes),
  started_at: z.string(),
  old_root_fp: z.string(),
  new_root_fp: z.string(),
  old_intermediate_fp: z.string(),
  new_intermediate_fp: z.string(),
  phase: z.number().int(),
  console: z.looseObject({
    stage: z.enum(stages),
    /** When the new CA began to issue. */
    switched_at: z.string().optional(),
    /** Services that hold the gate up no longer, by id; who and when is in the audit log. */
    waivers: z.record(z.string(), z.object({ reason: z.string(), at: z.string() })).default({}),
  }),
});
export type CaKeyRecord = z.infer<typeof recordSchema>;

const phaseOf: Readonly<Record<CaKeyStage, number>> = {
  preparing: 1,
  published: 1,
  switched: 4,
  reissued: 5,
};

/** Undefined: no rotation of the CA keys is under way. Throws `rotation_state_foreign` for one that the tools began. */
export async function readRecord(paths: WorkspacePaths): Promise<CaKeyRecord | undefined> {
  let text: string;
  try {
    text = await readFile(paths.rotationState, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConsoleError('rotation_state_foreign', { path: paths.rotationState }, { cause });
  }
}

/** The record of the rotation that must be under way. Throws `ca_key_not_under_way`, `rotation_state_foreign`. */
export async function requiredRecord(paths: WorkspacePaths): Promise<CaKeyRecord> {
  const record = await readRecord(paths);
  if (record === undefined) throw new ConsoleError('ca_key_not_under_way');
  return record;
}

export const writeRecord = (paths: WorkspacePaths, record: CaKeyRecord): Promise<void> =>
  writeFileAtomic(paths.rotationState, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });

/** The same rotation at another stage. @param now ISO 8601 */
export const atStage = (record: CaKeyRecord, stage: CaKeyStage, now: string): CaKeyRecord => ({
  ...record,
  phase: phaseOf[stage],
  console: { ...record.console, stage, ...(stage === 'switched' ? { switched_at: now } : {}) },
});

export const removeRecord = async (paths: WorkspacePaths): Promise<void> => {
  await removeFile(paths.rotationState);
};
