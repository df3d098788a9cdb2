import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newEcKey } from '../../acme/keys.ts';
import type { AcmeAccountPort } from '../../acme/port.ts';
import { acmeSession } from '../../acme/session.ts';
import type { Run } from '../../operations/types.ts';
import type { ServicesContext } from '../../services/context.ts';
import { publishedTrust } from '../../services/trust.ts';
import { readTextFile, replaceFileAtomic } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { isSet, pairOf } from '../eab/pair.ts';

/** The ACME account of one service, by the file that keeps its key. Agents keep theirs in memory and open new ones by themselves. */
export interface KeptAccount {
  readonly id: string;
  readonly path: string;
}

const suffix = '.key';

export async function keptAccounts({ console: root }: WorkspacePaths): Promise<readonly KeptAccount[]> {
  const directory = join(root, 'acme');
  const names = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
    .sort()
    .map((name) => ({ id: name.slice(0, -suffix.length), path: join(directory, name) }));
}

export const readKey = ({ path }: KeptAccount): Promise<string> => readTextFile(path, { maxBytes: 16_384 });
export const writeKey = ({ path }: KeptAccount, key: string): Promise<void> =>
  replaceFileAtomic(path, key, { mode: 0o600 });

/** What is shown of a key: enough to tell two apart. */
export const keyMark = (key: string): string =>
  createHash('sha256').update(key.trim()).digest('hex').slice(0, 16);

const stageName = (what: 'old' | 'new', { id }: KeptAccount): string =>
  `${what}-${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;

export interface KeyPair {
  readonly old: string;
  readonly fresh: string;
}

/** Both keys of this operation, staged before anything is changed. */
export async function keysOf(run: Run, account: KeptAccount): Promise<KeyPair> {
  const old = await run.stage.once(stageName('old', account), () => readKey(account));
  return { old, fresh: await run.stage.once(stageName('new', account), () => newEcKey()) };
}

/** As {@link keysOf}, of an account that this operation has begun with; undefined of one that it has not. */
export async function stagedKeys(run: Run, account: KeptAccount): Promise<KeyPair | undefined> {
  const old = await run.stage.read(stageName('old', account));
  const fresh = await run.stage.read(stageName('new', account));
  return old === undefined || fresh === undefined ? undefined : { old, fresh };
}

/** Opens sessions with the CA under any key; asks for trust and binding once. */
export type WithAccount = <T>(key: string, action: (account: AcmeAccountPort) => Promise<T>) => Promise<T>;

export async function accountsAt(context: ServicesContext): Promise<WithAccount> {
  const { directoryUrl } = await context.endpoints();
  const client = context.client();
  const { bundlePem } = await publishedTrust(client);
  const eab = pairOf((await client.kv.read('bootroot/agent/eab'))?.data);
  return async (accountKey, action) => {
    const account = acmeSession({
      directoryUrl,
      ca: bundlePem,
      accountKey,
      ...(isSet(eab) ? { eab } : {}),
    });
    try {
      return await action(account);
    } finally {
      account.close();
    }
  };
}
