import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import type { Stage } from '../../operations/types.ts';
import { inAgeThread } from './age-thread.ts';

/** The answer of `sys/init`: whatever becomes of it, it must be on disk before anything else happens (failure mode C1). */
export const initSecretsSchema = z.object({
  /** Unseal shares, hex, in the order of the answer. */
  keys: z.array(z.string().min(1)),
  threshold: z.number().int(),
  /** Until it is revoked. */
  rootToken: z.string().optional(),
});
export type InitSecrets = z.infer<typeof initSecretsSchema>;

/** Where the shares of an installation are kept while it is set up. Both ways are durable before `write` returns. */
export interface ShareKeeper {
  readonly path: string;
  read(): Promise<InitSecrets | undefined>;
  /** Whether everything that `write` makes is there; a crash may have come between. */
  complete(): Promise<boolean>;
  write(secrets: InitSecrets): Promise<void>;
  remove(): Promise<void>;
}

const readIfThere = async (path: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const keysText = ({ keys }: InitSecrets): string => `${keys.join('\n')}\n`;

/**
 * Lab: the shares in `unseal-keys.txt`, one per line as the bootroot tools write it; the root token in the operation's
 * stage. The staged answer is written first and whole, so that no crash can leave half of it.
 */
export function labShareKeeper(path: string, stage: Stage): ShareKeeper {
  return {
    path,
    async read() {
      const staged = await stage.read('init');
      return staged === undefined ? undefined : initSecretsSchema.parse(JSON.parse(staged));
    },
    async complete() {
      const secrets = await this.read();
      const text = await readIfThere(path);
      return secrets !== undefined && text?.toString('utf8') === keysText(secrets);
    },
    async write(secrets) {
      await stage.write('init', JSON.stringify(secrets));
      await writeFileAtomic(path, keysText(secrets), { mode: 0o600 });
    },
    async remove() {
      await stage.remove('init');
      await removeFile(path);
    },
  };
}

/** Decrypts a recovery file. Throws `wrong_passphrase`, `recovery_worker_failed`. */
export async function openRecoveryFile(data: Uint8Array, passphrase: string): Promise<InitSecrets> {
  const answer = await inAgeThread({ do: 'open', data, passphrase });
  if (answer.kind !== 'opened') throw new ConsoleError('wrong_passphrase');
  return initSecretsSchema.parse(JSON.parse(answer.text));
}

/** log2 of scrypt's N, as `age -p` itself takes it: a guess costs an attacker about a second and 256 MiB. */
const productionWorkFactor = 18;

/** What a run has opened: deriving the key takes seconds on purpose, and every step of a set-up asks. Gone with the run. */
const opened = new WeakMap<object, { readonly data: Uint8Array; readonly secrets: InitSecrets }>();

/**
 * Production: everything in one age file under the operator's passphrase (scrypt), readable by `age -d` as well.
 * @param run stands for one run with one passphrase: within it an unchanged file is opened once
 * @param workFactor log2 of scrypt's N for files that are written; less than the default is for tests
 */
export function recoveryFileKeeper(
  path: string,
  passphrase: () => string,
  run: object = {},
  workFactor = productionWorkFactor,
): ShareKeeper {
  return {
    path,
    async read() {
      const data = await readIfThere(path);
      if (data === undefined) return undefined;
      const known = opened.get(run);
      if (known !== undefined && data.equals(known.data)) return known.secrets;
      const secrets = await openRecoveryFile(data, passphrase());
      opened.set(run, { data, secrets });
      return secrets;
    },
    async complete() {
      return (await this.read()) !== undefined;
    },
    async write(secrets) {
      const text = JSON.stringify(secrets);
      const answer = await inAgeThread({ do: 'seal', text, passphrase: passphrase(), workFactor });
      if (answer.kind !== 'sealed') throw new ConsoleError('recovery_worker_failed');
      const data = Buffer.from(answer.data);
      await writeFileAtomic(path, data, { mode: 0o600 });
      opened.set(run, { data, secrets });
    },
    async remove() {
      opened.delete(run);
      await removeFile(path);
    },
  };
}
