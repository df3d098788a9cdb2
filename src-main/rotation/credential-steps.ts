import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';
import { ensureDirectory, removeFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { maskOf } from '../workspace/masking.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { withSecretIds } from './secret-ids.ts';
import { markSync, readCredential, type Credential } from './targets.ts';

const stagedSchema = z.record(z.string(), z.object({ fresh: z.string(), previous: z.string().optional() }));
type Staged = z.infer<typeof stagedSchema>;
interface Pair {
  readonly credential: Credential;
  readonly fresh: string;
  readonly previous: string | undefined;
}

const stageName = 'secret-ids';
/** Beyond this many a list in the record helps nobody; the log of OpenBao has them all. */
const namedAtMost = 50;

const kvPath = (id: string): string => `bootroot/services/${id}/secret_id`;

async function previousOf(context: RotationContext, credential: Credential): Promise<string | undefined> {
  if (credential.delivery === 'file') return readCredential(credential.secretIdPath);
  const value = (await context.services.client().kv.read(kvPath(credential.id)))?.data['secret_id'];
  return typeof value === 'string' ? value : undefined;
}

const parseStaged = (text: string): Staged => stagedSchema.parse(JSON.parse(text));

/** All new values are chosen and on the disk before the first of them has an effect. */
async function stagedPairs(
  context: RotationContext,
  credentials: readonly Credential[],
  run: Run,
): Promise<readonly Pair[]> {
  const text = await run.stage.once(stageName, async () => {
    const staged: Record<string, { fresh: string; previous?: string }> = {};
    await eachBounded(credentials, async (credential) => {
      const previous = await previousOf(context, credential);
      staged[credential.id] = { fresh: randomUUID(), ...(previous === undefined ? {} : { previous }) };
    });
    return JSON.stringify(staged);
  });
  return pairsOf(credentials, parseStaged(text));
}

/** A service that was added or removed since the operation began is no part of it. */
const pairsOf = (credentials: readonly Credential[], staged: Staged): Pair[] =>
  credentials.flatMap((credential) => {
    const found = staged[credential.id];
    return found === undefined ? [] : [{ credential, fresh: found.fresh, previous: found.previous }];
  });

async function knownPairs(credentials: readonly Credential[], run: Run): Promise<Pair[] | undefined> {
  const text = await run.stage.read(stageName);
  return text === undefined ? undefined : pairsOf(credentials, parseStaged(text));
}

/** Whether OpenBao takes a login; a refusal is an answer. */
async function logsIn(context: RotationContext, roleId: string, secretId: string): Promise<boolean> {
  const { openbao } = context.services;
  try {
    const { token } = await openbao.login(roleId, secretId);
    await openbao.withToken(token).token.revokeSelf();
    return true;
  } catch (error) {
    if (isConsoleError(error, 'openbao_credentials_refused')) return false;
    throw error;
  }
}

async function roleIdOf(context: RotationContext, credential: Credential): Promise<string> {
  if (credential.delivery === 'file') {
    const roleId = await readCredential(credential.roleIdPath);
    if (roleId !== undefined) return roleId;
  }
  return context.services.client().approle.roleId(credential.role);
}

/** A new secret_id for each role; the old ones stay valid. Each new one is proved by a login at once. */
export function mintStep(context: RotationContext, credentials: readonly Credential[]): Step {
  return {
    id: 'mint',
    title: message('rotation.step.mint', { count: credentials.length }),
    effects: credentials.map(({ role }): Effect => ({
      kind: 'openbao',
      path: `auth/approle/role/${role}/custom-secret-id`,
      action: 'create',
      what: 'approle',
    })),
    weight: 3,
    async check(run) {
      const pairs = await knownPairs(credentials, run);
      if (pairs === undefined) return false;
      return withSecretIds(context.secretIds, async (ids) => {
        let all = true;
        await eachBounded(pairs, async ({ credential, fresh }) => {
          if ((await ids.find(credential.role, fresh)) === undefined) all = false;
        });
        return all;
      });
    },
    async apply(run) {
      const pairs = await stagedPairs(context, credentials, run);
      await withSecretIds(context.secretIds, (ids) =>
        eachBounded(
          pairs,
          async ({ credential, fresh }) => {
            const { role, ttl, cidrs } = credential;
            await ids.register(role, fresh, {
              operation: run.operationId,
              ...(ttl === undefined ? {} : { ttl }),
              ...(cidrs === undefined ? {} : { cidrs }),
            });
            // Bound to other addresses it cannot be tried from here.
            if (cidrs !== undefined) return;
            if (!(await logsIn(context, await roleIdOf(context, credential), fresh)))
              throw new ConsoleError('rotation_login_refused', { name: credential.id });
          },
          (part) => run.progress(part),
        ),
      );
    },
    async undo(run) {
      const pairs = (await knownPairs(credentials, run)) ?? [];
      await withSecretIds(context.secretIds, (ids) =>
        eachBounded(pairs, async ({ credential, fresh }) => {
          const found = await ids.find(credential.role, fresh);
          if (found !== undefined) await ids.destroy(credential.role, found.accessor);
        }),
      );
    },
  };
}

/** Owner and mode of a credential file stay what they were: a daemon of another user reads it (failure mode C9). */
async function writeCredential(path: string, value: string): Promise<void> {
  const before = await lstat(path).catch(() => undefined);
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await replaceFileAtomic(path, value, { mode: 0o600 });
  const after = await lstat(path);
  const same = before === undefined || (before.uid === after.uid && before.gid === after.gid);
  if (!same || (before !== undefined && before.mode !== after.mode))
    throw new ConsoleError('rotation_owner_changed', { path }, { changed: message('error.changed.unknown') });
}

/** Puts the new values where their readers look: the local file, or the path in OpenBao that the remote host pulls. */
export function deliverStep(context: RotationContext, credentials: readonly Credential[]): Step {
  const { services } = context;
  return {
    id: 'deliver',
    title: message('rotation.step.deliver', { count: credentials.length }),
    effects: credentials.map(({ id, delivery, secretIdPath }): Effect =>
      delivery === 'file'
        ? { kind: 'file', path: secretIdPath, action: 'change' }
        : { kind: 'openbao', path: `${services.kvMount}/${kvPath(id)}`, action: 'change', what: 'kv' },
    ),
    async check(run) {
      const pairs = await knownPairs(credentials, run);
      if (pairs === undefined) return false;
      let all = true;
      await eachBounded(pairs, async ({ credential, fresh }) => {
        if ((await previousOf(context, credential)) !== fresh) all = false;
      });
      return all;
    },
    async apply(run) {
      const pairs = await stagedPairs(context, credentials, run);
      await eachBounded(
        pairs,
        async ({ credential, fresh }) => {
          if ((await previousOf(context, credential)) === fresh) return;
          if (credential.delivery === 'file') await writeCredential(credential.secretIdPath, fresh);
          else await services.client().kv.write(kvPath(credential.id), { secret_id: fresh });
        },
        (part) => run.progress(part),
      );
      await markSync(services, remoteIds(pairs), 'secret_id', 'pending');
    },
    async undo(run) {
      const pairs = (await knownPairs(credentials, run)) ?? [];
      await eachBounded(pairs, async ({ credential, fresh, previous }) => {
        if ((await previousOf(context, credential)) !== fresh) return;
        const { id, delivery, secretIdPath } = credential;
        if (delivery === 'file')
          await (previous === undefined
            ? removeFile(secretIdPath)
            : replaceFileAtomic(secretIdPath, previous));
        else if (previous === undefined) await services.client().kv.destroy(kvPath(id));
        else await services.client().kv.write(kvPath(id), { secret_id: previous });
      });
      await markSync(services, remoteIds(pairs), 'secret_id', 'none');
    },
  };
}

const remoteIds = (pairs: readonly Pair[]): string[] =>
  pairs.filter(({ credential }) => credential.delivery === 'remote').map(({ credential }) => credential.id);

/**
 * The credentials on disk log in; then the old ones end, and are refused. What a remote host still uses stays valid until
 * it has logged in with the new one: its item is pending.
 */
export function retireStep(context: RotationContext, credentials: readonly Credential[]): Step {
  return {
    id: 'retire',
    title: message('rotation.step.retire'),
    effects: credentials
      .filter(({ delivery }) => delivery === 'file')
      .map(({ role }): Effect => ({
        kind: 'openbao',
        path: `auth/approle/role/${role}/secret-id-accessor/destroy`,
        action: 'remove',
        what: 'approle',
      })),
    weight: 2,
    check: async () => false,
    async apply(run) {
      const pairs = await stagedPairs(context, credentials, run);
      const local = pairs.filter(({ credential }) => credential.delivery === 'file');
      await withSecretIds(context.secretIds, (ids) =>
        eachBounded(
          local,
          async ({ credential, fresh, previous }) => {
            const { id, role, secretIdPath, cidrs } = credential;
            if ((await readCredential(secretIdPath)) !== fresh)
              throw new ConsoleError('rotation_file_changed', { path: secretIdPath });
            const roleId = await roleIdOf(context, credential);
            if (cidrs === undefined && !(await logsIn(context, roleId, fresh)))
              throw new ConsoleError('rotation_login_refused', { name: id });
            if (previous === undefined) return;
            const old = await ids.find(role, previous);
            if (old !== undefined) await ids.destroy(role, old.accessor);
            if (await logsIn(context, roleId, previous))
              throw new ConsoleError('rotation_old_accepted', { name: id });
          },
          (part) => run.progress(part),
        ),
      );
      report(run, local, remoteIds(pairs));
    },
  };
}

function report(run: Run, local: readonly Pair[], remote: readonly string[]): void {
  if (local.length > 0) {
    run.prove({
      title: message('rotation.proof.login_new', { count: local.length }),
      outcome: 'proved',
    });
    const old = local.filter(({ previous }) => previous !== undefined).length;
    if (old > 0) run.prove({ title: message('rotation.proof.login_old', { count: old }), outcome: 'proved' });
  }
  for (const { credential, fresh, previous } of local.slice(0, namedAtMost))
    run.changed(
      `approle ${credential.id}`,
      previous === undefined ? undefined : maskOf(previous),
      maskOf(fresh),
    );
  if (remote.length > 0)
    run.prove({
      title: message('rotation.proof.remote', { count: remote.length }),
      outcome: 'pending',
      evidence: message('rotation.evidence.remote', { names: remote.slice(0, 10).join(', ') }),
    });
}
/** The live session of the console goes on with the new credential before the old one ends. */
export function adoptStep(context: RotationContext, credential: Credential): Step {
  return {
    id: 'adopt',
    title: message('rotation.step.adopt'),
    effects: [{ kind: 'touches', who: credential.role, note: message('rotation.note.adopt') }],
    check: async () => false,
    async apply(run) {
      const [pair] = await stagedPairs(context, [credential], run);
      if (pair !== undefined) await context.adopt(await roleIdOf(context, credential), pair.fresh);
    },
    async undo(run) {
      const [pair] = (await knownPairs([credential], run)) ?? [];
      if (pair?.previous !== undefined)
        await context.adopt(await roleIdOf(context, credential), pair.previous);
    },
  };
}
