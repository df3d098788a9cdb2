import * as z from 'zod';
import { hostReportSchema } from '../remote/report.ts';

const recordSchema = z.object({
  report: hostReportSchema.optional(),
  wrap: z
    .object({
      state: z.enum(['waiting', 'gone', 'expired']),
      /** Unix milliseconds. */
      expiresAt: z.number().optional(),
      /** When bootstrap.json was written, unix milliseconds. */
      madeAt: z.number(),
    })
    .optional(),
});
/** What is known of one host beside its entry in state.json. */
export type HostRecord = z.output<typeof recordSchema>;

const allSchema = z.object({ at: z.number().optional(), hosts: z.record(z.string(), recordSchema) });

/** Small named values of a workspace, as the console keeps them. */
export interface NamedValues {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

const name = 'hosts.records';

/** What hosts reported last, and how their hand-overs stood then. Lost, it is collected again. */
export class HostRecords {
  readonly #values: NamedValues;

  constructor(values: NamedValues) {
    this.#values = values;
  }

  /** `at`: unix milliseconds of the last collection. */
  async read(): Promise<{ readonly at?: number; readonly hosts: ReadonlyMap<string, HostRecord> }> {
    const parsed = allSchema.safeParse(await this.#values.read(name));
    if (!parsed.success) return { hosts: new Map() };
    const { at, hosts } = parsed.data;
    return { ...(at === undefined ? {} : { at }), hosts: new Map(Object.entries(hosts)) };
  }

  async write(at: number, hosts: ReadonlyMap<string, HostRecord>): Promise<void> {
    await this.#values.write(name, { at, hosts: Object.fromEntries(hosts) });
  }
}
