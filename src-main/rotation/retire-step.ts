import type { Effect } from '../../shared/contract/operations.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { untilReplicated } from '../openbao/replicated.ts';
import type { Run, Step } from '../operations/types.ts';
import { maskOf } from '../workspace/masking.ts';
import { updateState } from '../workspace/state.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { logsIn, proveNew, roleIdOf } from './credential-proof.ts';
import { withSecretIds, type SecretIds } from './secret-ids.ts';
import { stagedPairs, type Pair } from './staged-credentials.ts';
import { readCredential, type Credential } from './targets.ts';

/** Beyond this many a list in the record helps nobody; the log of OpenBao has them all. */
const namedAtMost = 50;

/** The new one is in place and works; the old one ends and is refused. */
async function retire(context: RotationContext, ids: SecretIds, pair: Pair): Promise<void> {
  const { credential, fresh, previous } = pair;
  const { id, role, secretIdPath } = credential;
  if ((await readCredential(secretIdPath)) !== fresh)
    throw new ConsoleError('rotation_file_changed', { path: secretIdPath });
  const roleId = await roleIdOf(context, credential);
  await proveNew(context, ids, credential, fresh, roleId);
  if (previous === undefined || previous === fresh) return;
  const old = await ids.find(role, previous);
  if (old !== undefined) await ids.destroy(role, old.accessor);
  const refused = await untilReplicated(async () => !(await logsIn(context, roleId, previous)));
  if (!refused) throw new ConsoleError('rotation_old_accepted', { name: id });
}

/** When the first of the remote hosts' new secret_ids ends, unix milliseconds; undefined: never. */
async function firstEnd(ids: SecretIds, remote: readonly Pair[]): Promise<number | undefined> {
  let first: number | undefined;
  await eachBounded(remote, async ({ credential, fresh }) => {
    const expiresAt = (await ids.find(credential.role, fresh))?.expiresAt;
    if (expiresAt !== undefined) first = Math.min(first ?? Infinity, expiresAt);
  });
  return first;
}

function reportLocal(run: Run, local: readonly Pair[]): void {
  if (local.length === 0) return;
  run.prove({ title: message('rotation.proof.login_new', { count: local.length }), outcome: 'proved' });
  const bound = local.filter(({ credential }) => credential.cidrs !== undefined).length;
  if (bound > 0) run.prove({ title: message('rotation.proof.bound', { count: bound }), outcome: 'proved' });
  const old = local.filter(({ previous }) => previous !== undefined).length;
  if (old > 0) run.prove({ title: message('rotation.proof.login_old', { count: old }), outcome: 'proved' });
  for (const { credential, fresh, previous } of local.slice(0, namedAtMost))
    run.changed(
      `approle ${credential.id}`,
      previous === undefined ? undefined : maskOf(previous),
      maskOf(fresh),
    );
}

function reportRemote(run: Run, remote: readonly Pair[], until: number | undefined): void {
  if (remote.length === 0) return;
  const names = remote
    .slice(0, 10)
    .map(({ credential }) => credential.id)
    .join(', ');
  run.prove({
    title: message('rotation.proof.remote', { count: remote.length }),
    outcome: 'pending',
    evidence:
      until === undefined
        ? message('rotation.evidence.remote', { names })
        : message('rotation.evidence.remote_until', { names, at: new Date(until).toISOString() }),
  });
}

/** As the newer tools do, whose `status` warns at half of the lifetime after it (formats-newer.md). */
async function noteRotation(context: RotationContext): Promise<void> {
  const at = new Date(context.services.now()).toISOString();
  await updateState(
    context.services.paths.state,
    (draft) => {
      draft.last_secret_id_rotation = at;
    },
    { holder: 'rotate' },
  );
}

/**
 * The credentials on disk log in; then the old ones end, and are refused. What a remote host still uses stays valid until
 * it has logged in with the new one: its item is pending.
 * @param everyService whether no service is left out, which state.json is told
 */
export function retireStep(
  context: RotationContext,
  credentials: readonly Credential[],
  everyService = false,
): Step {
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
      const remote = pairs.filter(({ credential }) => credential.delivery === 'remote');
      const until = await withSecretIds(context.secretIds, async (ids) => {
        await eachBounded(
          local,
          (pair) => retire(context, ids, pair),
          (part) => run.progress(part),
        );
        return firstEnd(ids, remote);
      });
      if (everyService) await noteRotation(context);
      reportLocal(run, local);
      reportRemote(run, remote, until);
    },
  };
}
