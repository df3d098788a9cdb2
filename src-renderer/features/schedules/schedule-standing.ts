import type { ScheduleView } from '../../../shared/contract/schedules.ts';
import type { Status } from '../../ui/status.ts';

export const standings = [
  'missed',
  'refused',
  'failed',
  'running',
  'pending',
  'waiting',
  'done',
  'off',
] as const;
export type Standing = (typeof standings)[number];

/** How a schedule stands: that nothing ran counts more than what ran last. */
export function standingOf({ enabled, missedSince, lastRun }: ScheduleView): Standing {
  if (!enabled) return 'off';
  if (lastRun?.outcome === 'running') return 'running';
  if (missedSince !== undefined) return 'missed';
  return lastRun?.outcome ?? 'waiting';
}

export const standingStatus: Record<Standing, Status> = {
  missed: 'overdue',
  refused: 'failed',
  failed: 'failed',
  running: 'pending',
  pending: 'due',
  waiting: 'unknown',
  done: 'proved',
  off: 'unknown',
};
