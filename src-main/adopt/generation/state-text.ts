import { policyNames, roleNames } from '../../openbao/policies.ts';
import type { State } from '../../workspace/state-schema.ts';

/** Labels that the newer tools look up by name. */
export const newerLabels = ['runtime_service_add', 'runtime_rotate', 'infra_rotate'] as const;

/**
 * Makes every entry one that both generations load (formats-newer.md, "Both ways at once"): `registration_id` beside `deploy_type`.
 * For a component that is installed once the id is its old name, so KV paths, roles and directories stay as they are.
 */
export function makeSuperset(draft: State): void {
  draft.policies = { ...draft.policies };
  draft.approles = { ...draft.approles };
  for (const label of newerLabels) {
    draft.policies[label] ??= policyNames[label];
    draft.approles[label] ??= roleNames[label];
  }
  for (const [id, entry] of Object.entries(draft.services ?? {})) {
    entry.registration_id ??= id;
    entry.delivery_mode ??= 'local-file';
    entry.post_renew_hooks ??= [];
    entry.approle.secret_id_ttl ??= null;
    entry.approle.secret_id_wrap_ttl ??= null;
    entry.approle.token_bound_cidrs ??= null;
  }
}
