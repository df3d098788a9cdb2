import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckRun } from '../../../shared/contract/monitoring.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { ladder } from '../../home/testing.ts';
import { checkAlarms } from '../alarms.ts';
import { Checks } from './checks.ts';
import { runCheck, type CheckWorld } from './run-check.ts';

const minute = 60_000;
let now: number;
let checks: Checks;
let runs: Map<string, string>;

beforeEach(() => {
  now = Date.UTC(2026, 10, 23, 12);
  const kept = new Map<string, unknown>();
  runs = new Map();
  checks = new Checks(
    {
      read: (name) => Promise.resolve(kept.get(name)),
      write: (name, value) => Promise.resolve(void kept.set(name, value)),
    },
    {
      get: (_sql, [id] = []) => {
        const result = runs.get(String(id));
        return Promise.resolve(result === undefined ? undefined : { result });
      },
      run: (sql, [id, , result] = []) => {
        if (sql.startsWith('INSERT')) runs.set(String(id), String(result));
        return Promise.resolve();
      },
    },
    () => now,
  );
});

const passed = (at: number): CheckRun => ({
  at,
  ms: 5,
  outcome: 'passed',
  looked: 1,
  proved: 1,
  findings: [],
});
const ids = async () => checkAlarms(await checks.views()).map(({ id }) => id);

describe('declared checks', () => {
  it('are there from the beginning, due after one interval, and an alarm by themselves when they did not run', async () => {
    expect(await checks.views()).toMatchObject([
      { id: 'services', kind: 'verify', nextAt: now + 60 * minute },
    ]);
    expect(await checks.due()).toEqual([]);
    now += 61 * minute;
    expect((await checks.due()).map(({ id }) => id)).toEqual(['services']);
    expect(await ids()).toEqual([]);
    now += 60 * minute;
    expect(await ids()).toEqual(['check-overdue-services']);
    await checks.record('services', passed(now));
    expect(await ids()).toEqual([]);
    expect(await checks.due()).toEqual([]);
  });

  it('that are switched off are neither due nor late; those that failed are an alarm', async () => {
    await checks.save({ id: 'services', kind: 'verify', everyMinutes: 5, enabled: false });
    await checks.save({ id: 'order', kind: 'issuance', everyMinutes: 5, enabled: true });
    now += 600 * minute;
    expect((await checks.due()).map(({ id }) => id)).toEqual(['order']);
    const problem = message('service.rung.no_state');
    const findings = [{ service: 'web', problem }];
    await checks.record('order', { ...passed(now), outcome: 'failed', findings });
    expect(checkAlarms(await checks.views())).toMatchObject([{ id: 'check-order', detail: problem }]);
  });
});

const world = (change: Partial<CheckWorld> = {}): CheckWorld => ({
  services: () => Promise.resolve(Array.from({ length: 10 }, (_, n) => ({ id: `s${n}` }))),
  prove: () => Promise.resolve(ladder()),
  issue: () => Promise.resolve({ serial: '01' }),
  now: () => now,
  ...change,
});
const { signal } = new AbortController();

describe('a walk', () => {
  it('looks at every service, at few at once, and goes on after one that cannot be looked at', async () => {
    let [at, most] = [0, 0];
    const run = await runCheck(
      'verify',
      world({
        async prove(id) {
          at += 1;
          most = Math.max(most, at);
          await new Promise((resolve) => setTimeout(resolve, 2));
          at -= 1;
          if (id === 's3') throw new ConsoleError('not_found', { what: 'service', name: id });
          return ladder(id === 's7' ? { served: 'contradicted' } : {});
        },
      }),
      signal,
    );
    expect(most).toBe(4);
    expect(run).toMatchObject({ outcome: 'failed', looked: 10, proved: 8 });
    expect(run.findings.map(({ service }) => service)).toEqual(['s3', 's7']);
    expect(run.findings[0]?.problem.key).toBe('error.not_found.what');
  });

  it('that cannot be made is refused with its reason', async () => {
    const issue = () => Promise.reject(new ConsoleError('issuance_no_service'));
    expect(await runCheck('issuance', world({ issue }), signal)).toMatchObject({
      outcome: 'refused',
      error: { code: 'issuance_no_service' },
    });
    expect(await runCheck('issuance', world(), signal)).toMatchObject({ outcome: 'passed', proved: 1 });
  });
});
