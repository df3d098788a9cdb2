import { dirname } from 'node:path';
import { message } from '../../shared/message.ts';
import { ensureDirectory, readTextFileIfPresent, removeFile, writeFileAtomic } from '../workspace/atomic.ts';
import type { Mend } from './found.ts';

/** A configuration file that the console declares. */
export interface DeclaredConfig {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** Takes the file over without a restart. Throws when the server does not work by it afterwards. */
  readonly takeOver: () => Promise<void>;
  /** Whether the running server works by it, as far as it can be asked. */
  readonly inForce: () => Promise<boolean>;
}

/** Writes the declared text and makes the server read it by a signal (failure mode C5: never by a restart). */
export function configMend({ path, text, mode, takeOver, inForce }: DeclaredConfig): Mend {
  const write = async (content: string): Promise<void> => {
    await ensureDirectory(dirname(path), { mode: 0o700 });
    await writeFileAtomic(path, content, { mode });
  };
  return {
    title: message('drift.step.config', { path }),
    effects: [{ kind: 'file', path, action: 'change', mode: mode.toString(8).padStart(4, '0') }],
    check: async () => (await readTextFileIfPresent(path)) === text && (await inForce()),
    async apply() {
      await write(text);
      await takeOver();
    },
    before: () => readTextFileIfPresent(path),
    async undo(before) {
      if (before === undefined) await removeFile(path);
      else await write(before);
      await takeOver();
    },
  };
}
