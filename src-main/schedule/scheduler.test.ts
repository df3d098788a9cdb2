import { beforeEach, describe, expect, it } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { ScheduleRun } from '../../shared/contract/schedules.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { missedSince, scheduleHandlers } from './handlers.ts';
import { Scheduler, type Engine } from './scheduler.ts';
import { Schedules } from './schedules.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.UTC(2027, 0, 10, 12);
const nightly = {
  id: 'nightly',
  kind: 'rotate.approle-secret-id',
  input: { ids: [] },
  cron: '0 3 * * *',
  timezone: 'Etc/UTC',
  enabled: true,
};

let now: number;
let kept: Map<string, unknown>;
let schedules: Schedules;
let started: string[];
let told: ScheduleRun[];
let plan: Partial<Plan>;
let begin: () => void;
/** How an operation that stands in the way rests. */
let earlier: Operation['state'];

const engine: Engine = {
  plan: (kind) =>
    Promise.resolve({
      kind,
      digest: 'd',
      preconditions: [],
      secretInputs: [],
      confirm: {},
      ...plan,
    } as never),
  start(request) {
    begin();
    started.push(`${request.kind} by ${request.actor}`);
    return Promise.resolve({ id: `op${started.length}` } as Operation);
  },
  resume(id, _secrets, actor) {
    started.push(`resume ${id} by ${actor}`);
    plan = {};
    return Promise.resolve({ id } as Operation);
  },
  waitFor: (id) => Promise.resolve({ id, state: 'done' } as Operation),
  show: (id) => Promise.resolve({ operation: { id, state: earlier, canResume: true } as Operation }),
};
const scheduler = () =>
  new Scheduler({
    schedules,
    engine,
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  });
/** @returns how many ran */
async function runDue(): Promise<number> {
  let count = 0;
  for await (const { run } of scheduler().runDue(new AbortController().signal)) {
    told.push(run);
    count += 1;
  }
  return count;
}

beforeEach(async () => {
  now = start;
  kept = new Map();
  started = [];
  told = [];
  plan = {};
  earlier = 'interrupted';
  begin = () => undefined;
  schedules = new Schedules({
    read: (name) => Promise.resolve(kept.get(name)),
    write: (name, value) => Promise.resolve(void kept.set(name, JSON.parse(JSON.stringify(value)))),
  });
  await schedules.save(nightly, now);
});

describe('the scheduler', () => {
  it('runs what is due once, and not before', async () => {
    expect(await runDue()).toBe(0);
    now = Date.UTC(2027, 0, 11, 3, 0, 1);
    expect([await runDue(), await runDue()]).toEqual([1, 0]);
    expect(started).toEqual(['rotate.approle-secret-id by schedule nightly']);
    expect(await schedules.lastRun('nightly')).toMatchObject({
      outcome: 'done',
      operationId: 'op1',
      dueAt: Date.UTC(2027, 0, 11, 3),
    });
  });

  it('catches many missed moments up once', async () => {
    now += 9 * day;
    expect(await runDue()).toBe(1);
    expect(await runDue()).toBe(0);
  });

  it('does not begin again what a crash interrupted, and says so', async () => {
    now += day;
    await schedules.record('nightly', { dueAt: Date.UTC(2027, 0, 11, 3), at: now, outcome: 'running' });
    expect(await runDue()).toBe(0);
    await scheduler().settle();
    expect(await schedules.lastRun('nightly')).toMatchObject({
      outcome: 'failed',
      error: { code: 'schedule_interrupted' },
    });
  });

  it('waits for the operation of somebody else', async () => {
    now += day;
    let refusals = 3;
    begin = () => {
      refusals -= 1;
      if (refusals >= 0) throw new ConsoleError('operation_running');
    };
    const before = now;
    expect(await runDue()).toBe(1);
    expect(now - before).toBe(15_000);
    expect(told).toMatchObject([{ outcome: 'done' }]);
  });

  it('resumes what broke off half-way before it begins anew, and leaves alone what somebody stopped', async () => {
    const preconditions = () => [
      {
        id: 'unfinished',
        title: message('operation.precondition.unfinished'),
        met: false,
        detail: message('operation.precondition.unfinished_id', { operation: 'op-before' }),
      },
    ];
    plan = { preconditions: preconditions() };
    now += day;
    expect(await runDue()).toBe(1);
    expect(started).toEqual([
      'resume op-before by schedule nightly',
      'rotate.approle-secret-id by schedule nightly',
    ]);
    plan = { preconditions: preconditions() };
    earlier = 'paused';
    begin = () => {
      throw new ConsoleError('precondition_unmet', { id: 'unfinished' });
    };
    now += day;
    expect(await runDue()).toBe(1);
    expect(started).toHaveLength(2);
    expect(told.at(-1)).toMatchObject({ outcome: 'refused', error: { code: 'precondition_unmet' } });
  });

  it('keeps the reason when the plan cannot start', async () => {
    now += day;
    begin = () => {
      throw new ConsoleError('precondition_unmet', { id: 'session' });
    };
    await runDue();
    expect(told).toMatchObject([{ outcome: 'refused', error: { code: 'precondition_unmet' } }]);
    expect(await runDue()).toBe(0);
  });

  it('leaves alone what is switched off', async () => {
    await schedules.save({ ...nightly, enabled: false }, start);
    now += 2 * day;
    expect(await runDue()).toBe(0);
    const [one] = await schedules.all();
    expect(one && (await missedSince(schedules, one, now))).toBeUndefined();
  });

  it('is missed since its first moment, also when it comes more often than it may be late', async () => {
    await schedules.save({ ...nightly, cron: '*/5 * * * *' }, start);
    const [one] = await schedules.all();
    const since = async (after: number) => one && missedSince(schedules, one, start + after * minute);
    expect([await since(6), await since(24)]).toEqual([undefined, undefined]);
    expect(await since(26)).toBe(await since(3_000));
    expect(await since(26)).toBeLessThanOrEqual(start + 5 * minute);
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    begin = () => controller.abort();
    now += day;
    for await (const { run } of scheduler().run(controller.signal)) told.push(run);
    expect(told).toMatchObject([{ outcome: 'done' }]);
    expect(started).toHaveLength(1);
  });
});

describe('what operators ask', () => {
  const handlers = () =>
    scheduleHandlers(() => ({
      schedules,
      engine,
      audit: { append: () => Promise.resolve() },
      lockPath: '/nowhere/scheduler.lock.db',
      now: () => now,
      credential: () => Promise.resolve({ state: 'none', path: '/nowhere' }),
      runners: () => Promise.resolve([]),
      tokens: () => Promise.resolve({ findings: [], files: 0 }),
    }));
  const call = { actor: 'kim' };

  it('a moment that passed without a run is missed after a grace', async () => {
    now = Date.UTC(2027, 0, 11, 3, 10);
    expect((await handlers()['schedules.list']({}, call)).schedules[0]?.missedSince).toBeUndefined();
    now += 20 * minute;
    expect((await handlers()['schedules.list']({}, call)).schedules[0]?.missedSince).toBe(
      Date.UTC(2027, 0, 11, 3),
    );
  });

  it('refuses what needs an operator, a bad calendar, and an unknown id', async () => {
    const save = (more: object) => handlers()['schedules.save']({ ...nightly, ...more }, call);
    plan = { confirm: { verb: message('schedule.title'), typed: 'edge' } };
    await expect(save({})).rejects.toMatchObject({ code: 'schedule_needs_operator' });
    plan = {};
    await expect(save({ cron: '* * *' })).rejects.toMatchObject({ code: 'schedule_bad_calendar' });
    await expect(handlers()['schedules.remove']({ id: 'other' }, call)).rejects.toMatchObject({
      code: 'schedule_unknown',
    });
  });

  it('previews a calendar that is not saved, and refuses one that is none', async () => {
    const of = { cron: '0 3 * * 1', timezone: 'Asia/Seoul' };
    const moments = await handlers()['schedules.preview']({ days: 30, of }, call);
    expect(moments[0]).toEqual({ at: Date.UTC(2027, 0, 10, 18), id: '' });
    expect(moments).toHaveLength(5);
    await expect(
      handlers()['schedules.preview']({ days: 30, of: { ...of, cron: 'x' } }, call),
    ).rejects.toMatchObject({ code: 'schedule_bad_calendar' });
  });

  it('previews the days to come in order', async () => {
    await schedules.save({ ...nightly, id: 'noon', cron: '0 12 * * 1' }, now);
    const moments = await handlers()['schedules.preview']({ days: 30 }, call);
    expect(moments).toHaveLength(35);
    expect(moments.slice(0, 2)).toEqual([
      { at: Date.UTC(2027, 0, 11, 3), id: 'nightly' },
      { at: Date.UTC(2027, 0, 11, 12), id: 'noon' },
    ]);
  });
});
