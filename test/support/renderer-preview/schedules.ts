import type { ScheduleView } from '../../../shared/contract/schedules.ts';

const hour = 3_600_000;
const kinds = [
  ['secret-ids', 'rotate.approle-secret-id', '0 3 * * *'],
  ['trust', 'rotate.trust-sync', '30 4 * * 1'],
  ['ca-password', 'rotate.stepca-password', '0 5 1 * *'],
  ['every-quarter', 'rotate.eab', '*/15 * * * *'],
] as const;

/** Schedules in every standing. */
export const schedulesOf = (now: number, rows: number): ScheduleView[] =>
  Array.from({ length: rows }, (_, index): ScheduleView => {
    const [id, kind, cron] = kinds[index % kinds.length] ?? kinds[0];
    const at = now - (index + 1) * hour;
    const run = { dueAt: at, at, operationId: 'op-1' };
    const lastRun =
      index % 4 === 0
        ? ({ ...run, outcome: 'done' } as const)
        : index % 4 === 1
          ? ({ ...run, outcome: 'failed' } as const)
          : undefined;
    return {
      id: index < kinds.length ? id : `${id}-${index}`,
      kind,
      input: {},
      cron,
      timezone: 'Asia/Seoul',
      enabled: index % 5 !== 3,
      title: { key: 'schedule.title', params: { kind } },
      nextAt: now + (index + 1) * hour,
      ...(lastRun === undefined ? {} : { lastRun }),
      ...(index % 4 === 2 ? { missedSince: now - 2 * hour } : {}),
    };
  });
