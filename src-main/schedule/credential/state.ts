import type { ScheduleCredential } from '../../../shared/contract/schedules.ts';
import { schedulerPolicy, schedulerRoleName } from '../../openbao/policies.ts';
import { readCredential } from '../../rotation/targets.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Schedules } from '../schedules.ts';
import { grantsFor } from './grants.ts';
import { schedulerFiles } from './files.ts';

const pathsOf = (policy: string): Set<string> =>
  new Set([...policy.matchAll(/^path "([^"]+)"/gm)].flatMap(([, path]) => path ?? []));

/** Whether there is a credential for unattended runs, and whether it fits the schedules of now. */
export async function credentialState(
  context: ServicesContext,
  schedules: Pick<Schedules, 'all'>,
): Promise<ScheduleCredential> {
  const { secretIdPath: path, roleIdPath } = schedulerFiles(context.paths);
  const there = await Promise.all([readCredential(path), readCredential(roleIdPath)]);
  if (there.includes(undefined)) return { state: 'none', path };
  try {
    const wanted = pathsOf(schedulerPolicy(context.kvMount, await grantsFor(context, await schedules.all())));
    const present = pathsOf((await context.client().policies.read(schedulerRoleName)) ?? '');
    if ([...wanted].some((one) => !present.has(one))) return { state: 'narrower', path };
    return { state: [...present].some((one) => !wanted.has(one)) ? 'wider' : 'ready', path };
  } catch {
    // Without a session nobody can be asked; the page says elsewhere that there is none.
    return { state: 'unknown', path };
  }
}
