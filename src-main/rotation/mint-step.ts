import type { Effect } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { Step } from '../operations/types.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { proveNew, registeredUses } from './credential-proof.ts';
import { withSecretIds, type SecretIds } from './secret-ids.ts';
import { knownPairs, stagedPairs, type Pair } from './staged-credentials.ts';
import type { Credential } from './targets.ts';

/** How a secret_id is bound, for the plan. */
function boundsOf({ ttl, cidrs, uses }: Credential): string {
  const bounds = [
    ...(ttl === undefined ? [] : [`ttl ${ttl}`]),
    ...(uses === undefined ? [] : [`num_uses ${String(uses)}`]),
    ...(cidrs === undefined ? [] : [`token_bound_cidrs ${cidrs.join(', ')}`]),
  ];
  return bounds.join('; ');
}

/** How long after a crash a request that was sent before it may still take effect, milliseconds. */
const lateMs = 1_000;

/** Ends the new secret_ids; answers those that are not there. */
async function destroyAll(ids: SecretIds, pairs: readonly Pair[]): Promise<Pair[]> {
  const missing: Pair[] = [];
  await eachBounded(pairs, async (pair) => {
    const { credential, fresh } = pair;
    const found = await ids.find(credential.role, fresh);
    if (found === undefined) missing.push(pair);
    else await ids.destroy(credential.role, found.accessor);
  });
  return missing;
}

/** A new secret_id for each role; the old ones stay valid. Each new one is proved before anybody is given it. */
export function mintStep(context: RotationContext, credentials: readonly Credential[]): Step {
  return {
    id: 'mint',
    title: message('rotation.step.mint', { count: credentials.length }),
    effects: credentials.map((credential): Effect => {
      const detail = boundsOf(credential);
      return {
        kind: 'openbao',
        path: `auth/approle/role/${credential.role}/custom-secret-id`,
        action: 'create',
        what: 'approle',
        ...(detail === '' ? {} : { detail }),
      };
    }),
    weight: 3,
    // Registered is not yet proved, and doing it again registers nothing twice.
    check: async () => false,
    async apply(run) {
      const pairs = await stagedPairs(context, credentials, run);
      await withSecretIds(context.secretIds, (ids) =>
        eachBounded(
          pairs,
          async ({ credential, fresh }) => {
            const { role, ttl, cidrs } = credential;
            const uses = registeredUses(credential);
            await ids.register(role, fresh, {
              operation: run.operationId,
              ...(ttl === undefined ? {} : { ttl }),
              ...(cidrs === undefined ? {} : { cidrs }),
              ...(uses === undefined ? {} : { uses }),
            });
            await proveNew(context, ids, credential, fresh);
          },
          (part) => run.progress(part),
        ),
      );
    },
    async undo(run) {
      const pairs = (await knownPairs(credentials, run)) ?? [];
      await withSecretIds(context.secretIds, async (ids) => {
        const missing = await destroyAll(ids, pairs);
        // What a dead console had sent last may only now be on its way into the store.
        if (missing.length === 0) return;
        await new Promise((resolve) => setTimeout(resolve, lateMs));
        await destroyAll(ids, missing);
      });
    },
  };
}
