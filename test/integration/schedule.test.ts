import { readFile, rename, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScheduleList, ScheduleRun } from '../../shared/contract/schedules.ts';
import { installation, type Installation } from '../support/installation.ts';

let stack: Installation;
beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
});
afterAll(() => stack?.stop());

const list = async (): Promise<ScheduleList> =>
  JSON.parse((await stack.must(['schedule', 'list', '--json'])).stdout) as ScheduleList;

test('a rotation on a calendar runs by itself, once, by one scheduler, and leaves its proof', async () => {
  const secretId = () => readFile(stack.paths.serviceSecret('edge', 'secret_id'), 'utf8');
  const before = await secretId();
  // Nothing of it is due before the next minute, and that must not begin meanwhile.
  const intoMinute = Date.now() % 60_000;
  if (intoMinute > 50_000) await new Promise((resolve) => setTimeout(resolve, 60_500 - intoMinute));
  const add = ['schedule', 'add', 'often', 'rotate.approle-secret-id', '* * * * *'];
  const input = ['--input', '{"ids":["edge"]}', '--timezone', 'Asia/Seoul'];
  await stack.must([...add, ...input]);
  expect(JSON.parse((await stack.must(['scheduler', '--once', '--json'])).stdout)).toMatchObject({ ran: [] });
  expect((await list()).scheduler).toBeUndefined();

  // Ended from outside once it has worked, as a supervisor would.
  const end = new AbortController();
  const scheduler = stack.cli(['scheduler'], {}, { kill: end.signal });
  let second = '';
  let now = await list();
  const going = (): boolean => now.schedules[0]?.lastRun?.outcome !== 'done' || second === '';
  const patience = Date.now() + 200_000;
  while (going() && Date.now() < patience) {
    if (now.scheduler !== undefined && second === '')
      second = (await stack.must(['scheduler', '--once', '--json'], 1)).stdout;
    await new Promise((resolve) => setTimeout(resolve, 500));
    now = await list();
  }
  expect(now.schedules[0]?.lastRun).toMatchObject({ outcome: 'done' });
  expect(JSON.parse(second)).toMatchObject({ error: { code: 'scheduler_running' } });
  expect(await secretId()).not.toBe(before);
  const operation = await stack.last();
  expect(operation).toMatchObject({ actor: 'schedule often', state: 'done' });
  expect(operation.proofs.every(({ outcome }) => outcome === 'proved')).toBe(true);
  end.abort();
  await scheduler;
  await stack.must(['schedule', 'remove', 'often']);

  const refused = await stack.cli([
    'schedule',
    'add',
    'ca',
    'rotate.openbao-recovery',
    '0 3 * * *',
    '--json',
  ]);
  expect(refused.code).not.toBe(0);
}, 300_000);

/** What was saved, was saved a minute ago: so all of it is due. */
async function aMinuteLater(): Promise<void> {
  const { console } = await stack.open();
  const { settings } = console.required();
  const saved = (await settings.read('schedules')) as readonly { readonly savedAt: number }[];
  await settings.write(
    'schedules',
    saved.map((schedule) => ({ ...schedule, savedAt: schedule.savedAt - 60_000 })),
  );
  await console.shutdown();
}

test('unattended runs have a credential of their own, which does what the schedules do and nothing else', async () => {
  const everything = ['approle-secret-id', 'trust-sync', 'force-reissue', 'responder-hmac'] as const;
  for (const target of everything) {
    const input = ['approle-secret-id', 'force-reissue'].includes(target) ? '{"ids":["edge"]}' : '{}';
    await stack.must(['schedule', 'add', target, `rotate.${target}`, '* * * * *', '--input', input]);
  }
  await stack.must(['schedule', 'add', 'self', 'schedule.renew-credential', '* * * * *']);
  await stack.must(['schedule', 'credential', '--yes']);
  const made = await stack.last();
  expect(made).toMatchObject({ kind: 'schedule.credential', state: 'done' });
  expect(made.proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
  const file = (name: 'role_id' | 'secret_id'): string => stack.paths.consoleRole('scheduler', name);
  const secretId = await readFile(file('secret_id'), 'utf8');
  expect((await stat(file('secret_id'))).mode & 0o777).toBe(0o600);

  // The console's own credential is out of reach: what runs, runs with the narrow one.
  const own = stack.paths.consoleRole('console', 'secret_id');
  await rename(own, `${own}.away`);
  await aMinuteLater();
  const { stdout } = await stack.cli(['scheduler', '--once', '--json']);
  await rename(`${own}.away`, own);
  const { ran } = JSON.parse(stdout) as { ran: { id: string; run: ScheduleRun }[] };
  expect(ran.map(({ id, run }) => [id, run.outcome, run.error]).sort()).toEqual(
    [...everything, 'self'].map((id) => [id, 'done', undefined]).sort(),
  );
  expect(await readFile(file('secret_id'), 'utf8')).not.toBe(secretId);
  for (const id of [...everything, 'self']) await stack.must(['schedule', 'remove', id]);
});

test('the unit and the cron line name this program and this work directory, and no secret', async () => {
  const { stdout } = await stack.must(['schedule', 'unit']);
  expect(stdout).toContain(`"--work-dir" "${stack.paths.root}" "scheduler"`);
  expect(stdout).toContain('ProtectSystem=strict');
  expect((await stack.must(['schedule', 'cron'])).stdout).toMatch(
    /^\*\/5 \* \* \* \* '.*'scheduler' '--once'$/m,
  );
});
