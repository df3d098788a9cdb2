import * as z from 'zod';
import {
  scheduleRunSchema,
  scheduleSchema,
  type Schedule,
  type ScheduleRun,
} from '../../shared/contract/schedules.ts';

/** Schedules as the store keeps them. `savedAt`: nothing before it is due. */
const storedSchema = z.array(scheduleSchema.extend({ savedAt: z.number() }));
export type StoredSchedule = Schedule & { readonly savedAt: number };

export interface Settings {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

const setting = 'schedules';
const runSetting = (id: string): string => `schedule-run:${id}`;

/** What is planned, and the last run of each. Definitions and runs are kept apart: the operator writes one, the scheduler the other. */
export class Schedules {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** In the order of their ids. */
  async all(): Promise<readonly StoredSchedule[]> {
    const parsed = storedSchema.safeParse(await this.#settings.read(setting));
    return parsed.success ? parsed.data : [];
  }

  async save(schedule: Schedule, now: number): Promise<void> {
    const others = (await this.all()).filter(({ id }) => id !== schedule.id);
    const all = [...others, { ...schedule, savedAt: now }].sort((one, other) => (one.id < other.id ? -1 : 1));
    await this.#settings.write(setting, all);
  }

  async remove(id: string): Promise<void> {
    await this.#settings.write(
      setting,
      (await this.all()).filter((one) => one.id !== id),
    );
    await this.#settings.write(runSetting(id), null);
  }

  async lastRun(id: string): Promise<ScheduleRun | undefined> {
    return scheduleRunSchema.safeParse(await this.#settings.read(runSetting(id))).data;
  }

  async record(id: string, run: ScheduleRun): Promise<void> {
    await this.#settings.write(runSetting(id), run);
  }
}
