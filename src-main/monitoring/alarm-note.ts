import * as z from 'zod';
import { needSchema, type Need } from '../../shared/contract/home.ts';
import type { CheckView } from '../../shared/contract/monitoring.ts';
import { checkAlarms } from './alarms.ts';
import type { SettingsStore } from './settings.ts';

const noteSchema = z.object({ at: z.number(), ms: z.number(), alarms: z.array(needSchema) });
export type AlarmNote = z.infer<typeof noteSchema>;

const setting = 'monitoring-tick';
/** What a watch that has ended found is no news any more. */
const freshMs = 10 * 60_000;

/** What the last look of the watch found, whichever process watched. */
export async function readAlarmNote(settings: SettingsStore): Promise<AlarmNote | undefined> {
  return noteSchema.safeParse(await settings.read(setting)).data;
}

export const writeAlarmNote = (settings: SettingsStore, note: AlarmNote): Promise<void> =>
  settings.write(setting, note);

/** Every alarm of the monitoring now: those of checks are judged here, so that they come also when nobody watches. */
export async function alarmsNow(
  settings: SettingsStore,
  checks: readonly CheckView[],
  now: number,
): Promise<readonly Need[]> {
  const note = await readAlarmNote(settings);
  const seen = note !== undefined && now - note.at < freshMs ? note.alarms : [];
  return [...checkAlarms(checks), ...seen];
}
