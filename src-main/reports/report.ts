import type { CredentialExpiry, Timeline } from '../../shared/contract/credential-expiry.ts';
import type { CheckRun } from '../../shared/contract/monitoring.ts';
import type { RotationItem } from '../../shared/contract/rotation.ts';

/** What a report is made from. */
export interface ReportWorld {
  /** Name of the installation. */
  readonly installation: () => string;
  /** Every secret with its age and policy. */
  readonly rotations: () => Promise<readonly RotationItem[]>;
  /** When every credential ends. */
  readonly timeline: () => Promise<Timeline>;
  /** Every service proved live. */
  readonly verify: (signal: AbortSignal) => Promise<CheckRun>;
  /** Where reports lie. */
  readonly directory: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What was due, what ends when, and what was proved, at one moment. Times are unix milliseconds. No secret is in it. */
export interface Report {
  readonly at: number;
  readonly installation: string;
  /** Overdue first. */
  readonly rotations: readonly Pick<
    RotationItem,
    'target' | 'title' | 'due' | 'changedAt' | 'policyDays' | 'dueAt' | 'expiresAt'
  >[];
  /** What ends first comes first; what does not end comes last. */
  readonly expiries: readonly Pick<CredentialExpiry, 'kind' | 'name' | 'expiresAt' | 'limit' | 'problem'>[];
  readonly verify: CheckRun;
}

const urgency = ['overdue', 'due', 'unknown', 'ok'] as const;

/** Asks everything; what cannot be asked is in the report as such. */
export async function gatherReport(world: ReportWorld, signal: AbortSignal): Promise<Report> {
  const [rotations, timeline, verify] = await Promise.all([
    world.rotations(),
    world.timeline(),
    world.verify(signal),
  ]);
  return {
    at: world.now(),
    installation: world.installation(),
    rotations: rotations
      .map(({ target, title, due, changedAt, policyDays, dueAt, expiresAt }) => ({
        target,
        title,
        due,
        ...(changedAt === undefined ? {} : { changedAt }),
        ...(policyDays === undefined ? {} : { policyDays }),
        ...(dueAt === undefined ? {} : { dueAt }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      }))
      .sort((one, other) => urgency.indexOf(one.due) - urgency.indexOf(other.due)),
    expiries: timeline.items
      .map(({ kind, name, expiresAt, limit, problem }) => ({
        kind,
        name,
        limit,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(problem === undefined ? {} : { problem }),
      }))
      .sort((one, other) => (one.expiresAt ?? Infinity) - (other.expiresAt ?? Infinity) || 0),
    verify,
  };
}
