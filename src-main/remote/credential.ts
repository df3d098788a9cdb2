import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { faultPoint } from '../operations/fault-point.ts';
import {
  ensureDirectory,
  readTextFileIfPresent,
  removeFile,
  replaceFileAtomic,
  writeFileAtomic,
} from '../workspace/atomic.ts';
import type { HostSession } from './session.ts';
import type { RemoteSettings } from './settings.ts';

/** Runs one write of this host; a fault test may end the process right before or right after it. */
export async function write<T>(name: string, job: () => Promise<T>): Promise<T> {
  await faultPoint('remote', name, 'before');
  const result = await job();
  await faultPoint('remote', name, 'after');
  return result;
}

/** Beside the secret_id while one is being unwrapped: which wrapping token, and what was in it once that is known. */
const slotSchema = z.object({ wrap: z.string(), secret_id: z.string().min(1).optional() });

const slotPath = (settings: RemoteSettings): string => `${settings.secretIdPath}.unwrapping`;
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

async function readSlot(settings: RemoteSettings): Promise<z.output<typeof slotSchema> | undefined> {
  const text = await readTextFileIfPresent(slotPath(settings), { maxBytes: 65_536 });
  if (text === undefined) return undefined;
  try {
    return slotSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Puts a secret_id that is known to work where its readers look; owner, group and mode stay what they were (failure mode C9).
 * @throws `remote_owner_changed`
 */
export async function installSecretId(settings: RemoteSettings, secretId: string): Promise<void> {
  const path = settings.secretIdPath;
  const before = await lstat(path).catch(() => undefined);
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await write('secret-id', () => replaceFileAtomic(path, secretId, { mode: 0o600 }));
  const after = await lstat(path);
  if (
    before !== undefined &&
    (before.uid !== after.uid || before.gid !== after.gid || before.mode !== after.mode)
  )
    throw new ConsoleError('remote_owner_changed', { path }, { changed: message('error.changed.unknown') });
}

/** The host's clock may be wrong; OpenBao's says whether the wrapping token should still have been alive. */
async function wrapFailure(
  session: HostSession,
  settings: RemoteSettings,
  interrupted: boolean,
  now: () => number,
  cause: unknown,
): Promise<ConsoleError> {
  const params = { name: settings.id };
  if (interrupted) return new ConsoleError('remote_wrap_lost', params, { cause });
  const skew = (await session.openbao.health(now).catch(() => undefined))?.clockSkewMs ?? 0;
  const { expiresAt } = settings.wrap ?? {};
  const expired = expiresAt !== undefined && now() + skew >= expiresAt - 2_000;
  return new ConsoleError(expired ? 'remote_wrap_expired' : 'remote_wrap_opened', params, { cause });
}

/**
 * Brings a secret_id that works onto this host. One that works already stays, and the wrapping token is then not spent. Otherwise room
 * and rights for the new one are proved by writing its slot first; what comes out of the wrapping token is on the disk before anything
 * else happens with it; and it replaces the old one only after it has logged in. Safe to repeat after a crash at any write.
 * @throws `remote_wrap_expired`; `remote_wrap_opened` when somebody else opened it (failure mode C20); `remote_wrap_lost` when this
 *   host opened it and died before it could write; `remote_wrap_refused` when what was in it does not log in; `remote_no_secret_id`
 */
export async function obtainSecretId(
  session: HostSession,
  settings: RemoteSettings,
  now: () => number,
): Promise<'applied' | 'unchanged'> {
  const slot = await readSlot(settings);
  if (slot?.secret_id !== undefined && (await session.accepts(slot.secret_id))) {
    await installSecretId(settings, slot.secret_id);
    await removeFile(slotPath(settings));
    return 'applied';
  }
  const present = await session.secretId();
  if (present !== undefined && (await session.accepts(present))) {
    await removeFile(slotPath(settings));
    return 'unchanged';
  }
  const { wrap } = settings;
  if (wrap === undefined)
    throw present === undefined
      ? new ConsoleError('remote_no_secret_id', { path: settings.secretIdPath })
      : new ConsoleError('remote_lapsed', { url: settings.openbaoUrl, path: settings.secretIdPath });
  const own = digest(wrap.token);
  const interrupted = slot?.wrap === own;
  await ensureDirectory(dirname(settings.secretIdPath), { mode: 0o700 });
  await write('slot', () =>
    writeFileAtomic(slotPath(settings), JSON.stringify({ wrap: own }), { mode: 0o600 }),
  );
  const secretId = await unwrap(session, settings, wrap.token, interrupted, now);
  await write('unwrapped', () =>
    writeFileAtomic(slotPath(settings), JSON.stringify({ wrap: own, secret_id: secretId }), { mode: 0o600 }),
  );
  if (!(await session.accepts(secretId)))
    throw new ConsoleError('remote_wrap_refused', { name: settings.id });
  await installSecretId(settings, secretId);
  await write('slot-removed', () => removeFile(slotPath(settings)));
  return 'applied';
}

async function unwrap(
  session: HostSession,
  settings: RemoteSettings,
  token: string,
  interrupted: boolean,
  now: () => number,
): Promise<string> {
  try {
    return (await session.openbao.unwrapSecretId(token)).secretId;
  } catch (error) {
    // OpenBao answers a spent token with 400, and one that it forgot long ago with 403.
    if (!isConsoleError(error, 'openbao_unwrapped') && !isConsoleError(error, 'openbao_forbidden'))
      throw error;
    await removeFile(slotPath(settings));
    throw await wrapFailure(session, settings, interrupted, now, error);
  }
}
