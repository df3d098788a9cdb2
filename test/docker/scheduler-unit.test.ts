import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import type { ScheduleList } from '../../shared/contract/schedules.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { startServerHost, type ServerHost } from '../support/docker/server-host.ts';

const minute = 60_000;
const role = '/srv/bootroot/secrets/openbao';

describeUnless(noEngine(), 'the scheduler as a unit of systemd', () => {
  let daemon: TestDaemon | undefined;
  let it: ServerHost;

  const list = async (): Promise<ScheduleList> =>
    (await it.done('schedule', 'list')).result as unknown as ScheduleList;
  /** Runs of the schedule, the oldest first. */
  async function runs(): Promise<Operation[]> {
    const { result } = await it.done('operations', 'list');
    return (result['operations'] as Operation[])
      .filter(({ actor }) => actor === 'schedule often')
      .sort((one, other) => one.startedAt - other.startedAt);
  }
  const systemctl = (...words: string[]): Promise<string> => it.host.must(['systemctl', ...words]);

  beforeAll(async () => {
    daemon = await startDaemon();
    it = await startServerHost(daemon, 'scheduler-host');
    await it.done('init', '--kind', 'lab', '--yes');
    await it.done('service', 'add', 'edge-proxy', '--yes');
    const input = ['--input', '{"ids":["edge-proxy"]}'];
    await it.done('schedule', 'add', 'often', 'rotate.approle-secret-id', '* * * * *', ...input);
    await it.done('schedule', 'credential', '--yes');
    await it.done('infra', 'install', 'scheduler', '--yes');
  }, 240_000);
  afterAll(() => daemon?.stop());

  test('it runs what is due by the narrow credential that systemd hands over, and by no other', async () => {
    const unit = await systemctl('cat', 'bootroot-scheduler.service');
    expect(unit).toMatch(/^LoadCredential=secret_id:/m);
    const given = await it.host.must(['cat', `${role}/scheduler/secret_id`]);
    expect(unit).not.toContain(given.trim());
    const environment = await it.host.must([
      ...['sh', '-c', 'tr "\\0" "\\n" < "/proc/$1/environ"', 'sh'],
      await it.show('scheduler', 'MainPID'),
    ]);
    expect(environment).toContain('CREDENTIALS_DIRECTORY=/run/credentials/bootroot-scheduler.service');
    expect(environment).not.toMatch(/TOKEN/);
    // The console's own is out of reach.
    await it.host.must(['mv', `${role}/console/role_id`, `${role}/console/role_id.away`]);
    await expect
      .poll(async () => (await list()).schedules[0]?.lastRun?.outcome, {
        timeout: 3 * minute,
        interval: 2_000,
      })
      .toBe('done');
    await it.host.must(['mv', `${role}/console/role_id.away`, `${role}/console/role_id`]);
    const [first] = await runs();
    expect(first).toMatchObject({ state: 'done' });
    expect(first?.proofs.every(({ outcome }) => outcome === 'proved')).toBe(true);
  }, 240_000);

  test('a second one is refused while it runs, also by hand and with a timer', async () => {
    expect((await list()).scheduler?.pid).toBe(Number(await it.show('scheduler', 'MainPID')));
    const second = await it.cli('scheduler', '--once');
    expect([second.code, second.said]).toEqual([1, expect.stringContaining('scheduler_running')]);
  });

  test('moments that passed while the unit was stopped are caught up once', async () => {
    await systemctl('stop', 'bootroot-scheduler.service');
    expect((await list()).scheduler).toBeUndefined();
    const before = await runs();
    const handled = (await list()).schedules[0]?.lastRun?.dueAt ?? 0;
    // Three moments pass, and no run begins right at one of them.
    await expect
      .poll(() => Date.now() - handled, { timeout: 5 * minute, interval: 1_000 })
      .toBeGreaterThan(3 * minute + 5_000);
    await systemctl('start', 'bootroot-scheduler.service');
    const caughtUp = async (): Promise<boolean> => {
      const [{ lastRun } = {}] = (await list()).schedules;
      return lastRun?.outcome === 'done' && lastRun.dueAt > handled;
    };
    await expect.poll(caughtUp, { timeout: minute, interval: 1_000 }).toBe(true);
    const after = await runs();
    expect(after.length - before.length).toBe(1);
    expect((await list()).schedules[0]?.lastRun?.dueAt).toBe(handled + 3 * minute);
    // The next one is that of the next minute.
    await expect
      .poll(async () => (await runs()).length, { timeout: 2 * minute, interval: 2_000 })
      .toBe(after.length + 1);
  }, 600_000);

  test('killed by force it is started again, and no two runs ever overlapped', async () => {
    const before = await it.show('scheduler', 'MainPID');
    await it.host.must(['kill', '-KILL', before]);
    await expect
      .poll(() => it.show('scheduler', 'MainPID'), { timeout: minute })
      .not.toMatch(new RegExp(`^(0|${before})$`));
    const count = (await runs()).length;
    await expect
      .poll(async () => (await runs()).filter(({ endedAt }) => endedAt !== undefined).length, {
        timeout: 3 * minute,
        interval: 2_000,
      })
      .toBeGreaterThan(count);
    const all = (await runs()).filter(({ endedAt }) => endedAt !== undefined);
    expect(all.map(({ state }) => state)).toEqual(all.map(() => 'done'));
    for (const [at, { startedAt }] of all.entries())
      if (at > 0) expect(startedAt).toBeGreaterThanOrEqual(all[at - 1]?.endedAt ?? Infinity);
    expect(await it.host.must(['journalctl', '-u', 'bootroot-scheduler', '-o', 'cat'])).not.toMatch(
      /hvs\.|secret_id [0-9a-f-]{36}/,
    );
  }, 300_000);
});
