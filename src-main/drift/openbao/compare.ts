import { errorMessages } from '../../../shared/errors.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import { toErrorData } from '../../operations/error-data.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import type { State } from '../../workspace/state-schema.ts';
import type { Found } from '../found.ts';
import { declaredAccess, isExpected } from './declared.ts';
import { authItem, mountItem } from './engines.ts';
import { policyItem } from './policy.ts';
import { withRights } from './rights.ts';
import { roleItem } from './role.ts';

/** What could not be asked is unknown, with its reason, and never a difference. */
async function asked(base: Pick<Found, 'id' | 'what'>, job: () => Promise<Found>): Promise<Found> {
  try {
    return await job();
  } catch (error) {
    const detail = errorMessages(toErrorData(error)).what;
    return { ...base, area: 'openbao', state: 'unknown', detail };
  }
}

/** Mount, way to log in, policies and roles against what the installation declares. */
export async function openbaoDrift(
  context: ServicesContext,
  state: State | undefined,
  services: readonly Service[],
): Promise<Found[]> {
  let client: OpenBaoClient;
  try {
    client = context.client();
  } catch (error) {
    const detail = errorMessages(toErrorData(error)).what;
    return [{ id: 'openbao', area: 'openbao', what: 'OpenBao', state: 'unknown', detail }];
  }
  const { kvMount: mount, paths, openbao } = context;
  const jobs = [
    asked({ id: 'mount', what: mount }, () => mountItem(client, mount)),
    asked({ id: 'auth', what: 'auth approle/' }, () => authItem(client)),
    ...declaredAccess(state, services, paths, mount).flatMap((declared) => [
      asked({ id: `policy:${declared.policy}`, what: `policy ${declared.policy}` }, () =>
        policyItem(client, declared),
      ),
      ...(isExpected(declared, paths)
        ? [
            asked({ id: `role:${declared.role}`, what: `role ${declared.role}` }, () =>
              roleItem(openbao, client, declared),
            ),
          ]
        : []),
    ]),
  ];
  return withRights(await Promise.all(jobs), (all) => client.capabilities(all));
}
