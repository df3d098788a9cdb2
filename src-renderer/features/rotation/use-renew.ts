import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';
import { useProcedure } from '../../app/procedures.ts';
import { usePlanner } from '../operations/planner.tsx';
import { useRotate } from './rotate-provider.tsx';

/** How one credential of the timeline is made anew: by itself where its target has a choice, else with all of its target. */
export function useRenew(): (item: CredentialExpiry) => (() => void) | undefined {
  const plan = usePlanner();
  const rotate = useRotate();
  const secrets = useProcedure('rotation.list', {});
  return ({ id, kind, name, target }) => {
    const agent = /^secret_id:infra-(.+)$/.exec(id)?.[1];
    if (agent !== undefined)
      return () => plan({ kind: 'rotate.approle-secret-id', input: { ids: [], infra: [agent] } });
    const secret = secrets.data?.find((each) => each.target === target);
    if (secret === undefined) return undefined;
    if (kind === 'leaf' || kind === 'secret_id' || kind === 'delivery')
      return () => plan({ kind: secret.kind, input: { ids: [name] } });
    return () => rotate(secret);
  };
}
