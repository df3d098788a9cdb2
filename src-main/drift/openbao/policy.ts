import { message } from '../../../shared/message.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import { samePolicy } from '../../openbao/policies.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import type { Found, Mend } from '../found.ts';
import type { Declared } from './declared.ts';

function policyMend(client: OpenBaoClient, { policy, text }: Declared, running: string | undefined): Mend {
  const path = `sys/policies/acl/${policy}`;
  return {
    title: message('drift.step.policy', { name: policy }),
    effects: [
      {
        kind: 'openbao',
        path,
        action: running === undefined ? 'create' : 'change',
        what: 'policy',
        detail: unifiedDiff(running, text, { path: policy }),
      },
    ],
    rights: [path],
    check: async () => samePolicy(await client.policies.read(policy), text),
    apply: () => client.policies.write(policy, text),
    before: () => client.policies.read(policy),
    undo: (before) =>
      before === undefined ? client.policies.remove(policy) : client.policies.write(policy, before),
  };
}

/** A policy against its declared text. */
export async function policyItem(client: OpenBaoClient, declared: Declared): Promise<Found> {
  const { policy, text } = declared;
  const base = { id: `policy:${policy}`, area: 'openbao', what: `policy ${policy}` } as const;
  const running = await client.policies.read(policy);
  const mend = policyMend(client, declared, running);
  if (samePolicy(running, text)) return { ...base, state: 'agrees', mend };
  const diff = unifiedDiff(running, text, { path: policy });
  return { ...base, state: running === undefined ? 'missing' : 'differs', diff, mend };
}
