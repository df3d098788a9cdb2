import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { readTextFileIfPresent, removeFile, writeFileAtomic } from '../workspace/atomic.ts';

/**
 * What is known of one server process, in `.console/run/<name>.json`. `starting` is written before the process exists and carries
 * the mark that stands in its environment, so that a console killed between spawn and note finds it again all the same.
 */
const recordSchema = z.object({
  state: z.enum(['starting', 'started']),
  mark: z.string(),
  /** SHA-256 over command and arguments: says whether a running process is the one that is wanted now. */
  commandDigest: z.string(),
  /** Unix milliseconds. */
  startedAt: z.number(),
  pid: z.number().int().optional(),
  startTime: z.string().optional(),
  bootId: z.string().optional(),
});
export type ProcessRecord = z.infer<typeof recordSchema>;

/** Digest of a command line, lower-case hex. */
export function commandDigest(command: string, args: readonly string[]): string {
  return createHash('sha256')
    .update([command, ...args].join('\0'))
    .digest('hex');
}

/** The notes about the processes of one installation. A note that cannot be read counts as none. */
export class ProcessRecords {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  #path(name: string): string {
    return join(this.#directory, `${name}.json`);
  }

  async read(name: string): Promise<ProcessRecord | undefined> {
    const text = await readTextFileIfPresent(this.#path(name));
    if (text === undefined) return undefined;
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }

  async write(name: string, record: ProcessRecord): Promise<void> {
    await writeFileAtomic(this.#path(name), JSON.stringify(record), { mode: 0o600 });
  }

  async remove(name: string): Promise<void> {
    await removeFile(this.#path(name));
  }
}
