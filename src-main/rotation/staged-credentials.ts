import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Run } from '../operations/types.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { readCredential, type Credential } from './targets.ts';

const stagedSchema = z.record(z.string(), z.object({ fresh: z.string(), previous: z.string().optional() }));
type Staged = z.infer<typeof stagedSchema>;

/** A credential with its new value, and with the one before if there was one. */
export interface Pair {
  readonly credential: Credential;
  readonly fresh: string;
  readonly previous: string | undefined;
}

const stageName = 'secret-ids';

/** Where a remote host pulls its secret_id, without the mount. */
export const secretIdPath = (id: string): string => `bootroot/services/${id}/secret_id`;

/** What the readers of a credential find now: in the file, or at the path in OpenBao. */
export async function deliveredValue(
  context: RotationContext,
  credential: Credential,
): Promise<string | undefined> {
  if (credential.delivery === 'file') return readCredential(credential.secretIdPath);
  const data = (await context.services.client().kv.read(secretIdPath(credential.id)))?.data;
  // Readers of the newer generation take `value` too.
  const value = data?.['secret_id'] ?? data?.['value'];
  return typeof value === 'string' ? value : undefined;
}

/** A service that was added or removed since the operation began is no part of it. */
const pairsOf = (credentials: readonly Credential[], text: string): Pair[] => {
  const staged = stagedSchema.parse(JSON.parse(text));
  return credentials.flatMap((credential) => {
    const found = staged[credential.id];
    return found === undefined ? [] : [{ credential, fresh: found.fresh, previous: found.previous }];
  });
};

/** All new values are chosen and on the disk before the first of them has an effect. */
export async function stagedPairs(
  context: RotationContext,
  credentials: readonly Credential[],
  run: Run,
): Promise<readonly Pair[]> {
  const text = await run.stage.once(stageName, async () => {
    const staged: Staged = {};
    await eachBounded(credentials, async (credential) => {
      const previous = await deliveredValue(context, credential);
      staged[credential.id] = { fresh: randomUUID(), ...(previous === undefined ? {} : { previous }) };
    });
    return JSON.stringify(staged);
  });
  return pairsOf(credentials, text);
}

/** The same without choosing any; undefined when none were chosen yet. */
export async function knownPairs(credentials: readonly Credential[], run: Run): Promise<Pair[] | undefined> {
  const text = await run.stage.read(stageName);
  return text === undefined ? undefined : pairsOf(credentials, text);
}

export const remoteIds = (pairs: readonly Pair[]): string[] =>
  pairs.filter(({ credential }) => credential.delivery === 'remote').map(({ credential }) => credential.id);
