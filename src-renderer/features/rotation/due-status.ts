import type { RotationItem } from '../../../shared/contract/rotation.ts';
import type { Status } from '../../ui/status.ts';

/** How a secret stands: in time, due, overdue, not known, or nobody asked for a limit. */
export type Standing = RotationItem['due'] | 'no_policy';

export const standingOf = ({ due, policyDays }: Pick<RotationItem, 'due' | 'policyDays'>): Standing =>
  policyDays === undefined && due === 'ok' ? 'no_policy' : due;

/** Green is for what is in time under a policy alone. */
export const standingStatus: Record<Standing, Status> = {
  ok: 'proved',
  due: 'due',
  overdue: 'overdue',
  unknown: 'unknown',
  no_policy: 'unknown',
};

/** What needs the operator first. */
const urgency: readonly Standing[] = ['overdue', 'due', 'unknown', 'ok', 'no_policy'];

export type DueSort = 'name' | 'state' | 'age' | 'policy' | 'proof' | 'ends';
export const dueSorts: readonly DueSort[] = ['name', 'state', 'age', 'policy', 'proof', 'ends'];

const at = (value: number | undefined): number => value ?? Number.POSITIVE_INFINITY;

/** @param nameOf the title in the operator's language */
export function compareItems(
  by: DueSort,
  nameOf: (item: RotationItem) => string,
): (a: RotationItem, b: RotationItem) => number {
  const byName = (a: RotationItem, b: RotationItem): number => nameOf(a).localeCompare(nameOf(b));
  const numbers: Record<Exclude<DueSort, 'name'>, (item: RotationItem) => number> = {
    state: (item) => urgency.indexOf(standingOf(item)),
    age: ({ changedAt }) => at(changedAt),
    policy: ({ policyDays }) => at(policyDays),
    proof: ({ lastProofAt }) => at(lastProofAt),
    ends: ({ expiresAt }) => at(expiresAt),
  };
  if (by === 'name') return byName;
  const of = numbers[by];
  return (a, b) => {
    const [first, second] = [of(a), of(b)];
    return first === second ? byName(a, b) : first < second ? -1 : 1;
  };
}
