import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';
import { ensureDirectory, removeFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { eachBounded, everyBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { withSecretIds, type SecretIds } from './secret-ids.ts';
import {
  deliveredValue,
  knownPairs,
  remoteIds,
  secretIdPath,
  stagedPairs,
  type Pair,
} from './staged-credentials.ts';
import { tellAgents, tellAgentsEffect } from '../processes/tell-agents.ts';
import { openbaoAgentConfig } from './openbao-agent-config.ts';
import { markSync, type Credential } from './targets.ts';
import { deliverWrapped, takeBackWrapped } from './wrapped-delivery.ts';

/** Staged once the artifacts of remote hosts carry wrapping tokens. */
const wrappedMark = 'wrapped';

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

async function put(
  context: RotationContext,
  { id, delivery, ...rest }: Credential,
  value: string,
): Promise<void> {
  if (delivery === 'file') await writeCredential(rest.secretIdPath, value);
  else await context.services.client().kv.write(secretIdPath(id), { secret_id: value });
}

/** Each remote item is pending until its secret_id ends, as OpenBao says. */
async function markRemote(context: RotationContext, ids: SecretIds, pairs: readonly Pair[]): Promise<void> {
  const now = context.services.now();
  const lifetimes = new Map<string, number>();
  await eachBounded(
    pairs.filter(({ credential }) => credential.delivery === 'remote'),
    async ({ credential, fresh }) => {
      const expiresAt = (await ids.find(credential.role, fresh))?.expiresAt;
      if (expiresAt !== undefined) lifetimes.set(credential.id, Math.round((expiresAt - now) / 1000));
    },
  );
  await markSync(context.services, remoteIds(pairs), 'secret_id', 'pending', lifetimes);
}

function effectsOf(context: RotationContext, credential: Credential): Effect[] {
  const { paths, kvMount } = context.services;
  const { id, delivery } = credential;
  if (delivery === 'file') return [{ kind: 'file', path: credential.secretIdPath, action: 'change' }];
  const kv: Effect = {
    kind: 'openbao',
    path: `${kvMount}/${secretIdPath(id)}`,
    action: 'change',
    what: 'kv',
  };
  return credential.wrapTtl === undefined
    ? [kv]
    : [kv, { kind: 'file', path: paths.bootstrapArtifact(id), action: 'change' }];
}

/** Puts the new values where their readers look: the local file, or the path in OpenBao that the remote host pulls. */
export function deliverStep(context: RotationContext, credentials: readonly Credential[]): Step {
  const wraps = credentials.some(({ delivery, wrapTtl }) => delivery === 'remote' && wrapTtl !== undefined);
  const agentFiles = credentials
    .filter(({ delivery }) => delivery === 'file')
    .map((credential) => openbaoAgentConfig(context.services.paths, credential));
  const deliver = async ({ credential, fresh }: Pair): Promise<void> => {
    // A file that was written before a crash may be written again; a second version in OpenBao would be news to its reader.
    if (credential.delivery === 'file' || (await deliveredValue(context, credential)) !== fresh)
      await put(context, credential, fresh);
  };
  const deliverRemote = (pairs: readonly Pair[], run: Run): Promise<void> =>
    withSecretIds(context.secretIds, async (ids) => {
      await eachBounded(pairs, (pair) => deliverWrapped(context, ids, pair, run));
      await markRemote(context, ids, pairs);
    });
  return {
    id: 'deliver',
    title: message('rotation.step.deliver', { count: credentials.length }),
    effects: [
      ...credentials.flatMap((credential) => effectsOf(context, credential)),
      ...(agentFiles.length === 0 ? [] : [tellAgentsEffect]),
    ],
    async check(run) {
      const pairs = await knownPairs(credentials, run);
      if (pairs === undefined || (wraps && (await run.stage.read(wrappedMark)) === undefined)) return false;
      return everyBounded(
        pairs,
        async ({ credential, fresh }) => (await deliveredValue(context, credential)) === fresh,
      );
    },
    async apply(run) {
      const pairs = await stagedPairs(context, credentials, run);
      await eachBounded(pairs, deliver, (part) => run.progress(part));
      await tellAgents(agentFiles, run);
      if (remoteIds(pairs).length > 0) await deliverRemote(pairs, run);
      if (wraps) await run.stage.write(wrappedMark, 'yes');
    },
    async undo(run) {
      const pairs = (await knownPairs(credentials, run)) ?? [];
      await eachBounded(pairs, async (pair) => {
        const { credential, fresh, previous } = pair;
        await takeBackWrapped(context, pair, run);
        if ((await deliveredValue(context, credential)) !== fresh) return;
        if (previous !== undefined) await put(context, credential, previous);
        else if (credential.delivery === 'file') await removeFile(credential.secretIdPath);
        else await context.services.client().kv.destroy(secretIdPath(credential.id));
      });
      await tellAgents(agentFiles, run);
      await markSync(context.services, remoteIds(pairs), 'secret_id', 'none');
    },
  };
}
