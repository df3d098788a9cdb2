import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScheduleList, ScheduleRun } from '../../shared/contract/schedules.ts';
import { manifestOf, type Manifest } from '../../src-main/backup/manifest.ts';
import { checkSnapshot } from '../../src-main/backup/snapshot.ts';
import { withConnection } from '../../src-main/postgres/connection.ts';
import { parseDsn } from '../../src-main/postgres/dsn.ts';
import { rowsOf, tableDigests } from '../../src-main/postgres/table-digests.ts';
import type { Report } from '../../src-main/reports/report.ts';
import { caDsn, parseCaConfig } from '../../src-main/workspace/ca-json.ts';
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
  const everything: Readonly<Record<string, readonly [kind: string, input?: string]>> = {
    'approle-secret-id': ['rotate.approle-secret-id', '{"ids":["edge"]}'],
    backup: ['backup.take', '{"keep":1}'],
    check: ['check.run', '{"check":"verify"}'],
    'force-reissue': ['rotate.force-reissue', '{"ids":["edge"]}'],
    order: ['check.run', '{"check":"issuance"}'],
    report: ['report.write', '{"keep":1,"language":"ko"}'],
    'responder-hmac': ['rotate.responder-hmac'],
    self: ['schedule.renew-credential'],
    'trust-sync': ['rotate.trust-sync'],
  };
  for (const [id, [kind, input = '{}']] of Object.entries(everything))
    await stack.must(['schedule', 'add', id, kind, '* * * * *', '--input', input]);
  await stack.must(['schedule', 'credential', '--yes']);
  const made = await stack.last();
  expect(made).toMatchObject({ kind: 'schedule.credential', state: 'done' });
  expect(made.proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
  const file = (name: 'role_id' | 'secret_id'): string => stack.paths.consoleRole('scheduler', name);
  const secretId = await readFile(file('secret_id'), 'utf8');
  expect((await stat(file('secret_id'))).mode & 0o777).toBe(0o600);

  // The console's own credential is out of reach: what runs, runs with the narrow one. Its secret_id stays, since a report says its end.
  const own = stack.paths.consoleRole('console', 'role_id');
  await rename(own, `${own}.away`);
  await aMinuteLater();
  const { code, stdout, stderr } = await stack.cli(['scheduler', '--once', '--json']);
  await rename(`${own}.away`, own);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  const { ran } = JSON.parse(stdout) as { ran: { id: string; run: ScheduleRun }[] };
  expect(ran.map(({ id, run }) => [id, run.outcome, run.error]).sort()).toEqual(
    Object.keys(everything).map((id) => [id, 'done', undefined]),
  );
  expect(await readFile(file('secret_id'), 'utf8')).not.toBe(secretId);
  for (const id of Object.keys(everything)) await stack.must(['schedule', 'remove', id]);
}, 300_000);

test('a report says what is due, what ends and what is proved, as JSON and in the language asked for', async () => {
  const before = await readdir(stack.paths.reports);
  expect(before).toHaveLength(2);
  const [json = '', markdown = ''] = before.sort().map((name) => join(stack.paths.reports, name));
  const report = JSON.parse(await readFile(json, 'utf8')) as Report;
  // By the narrow credential: every age and every end of this host is known to it.
  expect(report.verify).toMatchObject({ outcome: 'passed', looked: 1, proved: 1 });
  for (const target of ['trust-sync', 'responder-hmac', 'stepca-password'])
    expect(report.rotations.find((one) => one.target === target)?.changedAt).toBeGreaterThan(0);
  const secretIds = report.expiries.filter(({ kind }) => kind.endsWith('secret_id'));
  expect(secretIds.map(({ name, problem }) => [name, problem])).toEqual(
    expect.arrayContaining([
      ['edge', undefined],
      ['bootroot-console', undefined],
    ]),
  );
  expect(await readFile(markdown, 'utf8')).toContain('## 만료 시각');
  expect((await stat(json)).mode & 0o777).toBe(0o640);
  await stack.must(['report', 'write', '--keep', '1', '--yes']);
  const after = (await readdir(stack.paths.reports)).sort();
  expect(after).toHaveLength(2);
  expect(after).not.toEqual(before);
  expect(await readFile(join(stack.paths.reports, after[1] ?? ''), 'utf8')).toContain('## What ends when');
});

test('a set of backups is whole, restores every table, and opens nothing by itself', async () => {
  const [name = '', ...others] = await readdir(stack.paths.backups);
  expect(others).toEqual([]);
  const set = join(stack.paths.backups, name);
  expect((await readdir(set)).sort()).toEqual([
    'console.db',
    'database.sql.gz',
    'files',
    'manifest.json',
    'openbao.snap',
  ]);
  for (const one of ['database.sql.gz', 'openbao.snap', 'console.db', 'manifest.json'])
    expect((await stat(join(set, one))).mode & 0o777, one).toBe(0o600);
  const { files } = JSON.parse(await readFile(join(set, 'manifest.json'), 'utf8')) as { files: Manifest };
  expect(Object.keys(files)).toContain('files/secrets/secrets/intermediate_ca_key');
  expect(Object.keys(files).filter((path) => /unseal-keys|password\.txt$|\.staging/.test(path))).toEqual([]);
  expect(await manifestOf(set, ['manifest.json'])).toEqual(files);

  // One byte of the store is enough, and so is a missing end.
  const snapshot = await readFile(join(set, 'openbao.snap'));
  checkSnapshot(snapshot, 'whole');
  const unpacked = gunzipSync(snapshot);
  const at = unpacked.indexOf('state.bin') + 600;
  unpacked[at] = (unpacked[at] ?? 0) ^ 1;
  for (const damaged of [gzipSync(unpacked), snapshot.subarray(0, snapshot.length - 40)])
    expect(() => checkSnapshot(damaged, 'damaged')).toThrow(
      expect.objectContaining({ code: 'backup_damaged' }),
    );

  // Restored beside the one that it was taken of, while that has changed since by what ran after it.
  const { console } = await stack.open();
  const { services } = console.required();
  const admin = parseDsn(
    String((await services.client().kv.read('bootroot/stepca/db_admin'))?.data['value']),
  );
  const copy = { ...admin, database: 'restored' };
  await withConnection(admin, (connection) => connection.run('CREATE DATABASE restored'));
  await withConnection(copy, async (connection) =>
    connection.run(gunzipSync(await readFile(join(set, 'database.sql.gz'))).toString('utf8')),
  );
  const config = parseCaConfig(await readFile(stack.paths.caConfig, 'utf8'), stack.paths.caConfig);
  const present = await tableDigests(parseDsn(caDsn(config) ?? ''));
  const restored = await tableDigests(copy);
  expect(Object.keys(restored)).toEqual(Object.keys(present));
  expect(rowsOf(restored)).toBeGreaterThan(10);
  // step-ca's certificates only grow: each that was there is there, byte by byte, when nothing else is issued in between.
  await stack.must(['backup', 'take', '--keep', '1', '--yes']);
  const [newer = ''] = await readdir(stack.paths.backups);
  expect(newer).not.toBe(name);
  await withConnection(admin, (connection) => connection.run('CREATE DATABASE again'));
  const again = { ...admin, database: 'again' };
  await withConnection(again, async (connection) =>
    connection.run(
      gunzipSync(await readFile(join(stack.paths.backups, newer, 'database.sql.gz'))).toString('utf8'),
    ),
  );
  const now = await tableDigests(parseDsn(caDsn(config) ?? ''));
  const { x509_certs: certificates } = now;
  expect(certificates).toBeDefined();
  expect((await tableDigests(again))['x509_certs']).toBe(certificates);
  for (const database of ['restored', 'again'])
    await withConnection(admin, (connection) => connection.run(`DROP DATABASE ${database}`));
  await console.shutdown();
}, 120_000);

test('a backup that a crash interrupts is no set until it is resumed, and leaves nothing when it is taken back', async () => {
  const before = await readdir(stack.paths.backups);
  const fault = { BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: 'files:after:backup.take' };
  for (const end of ['undo', 'resume'] as const) {
    expect((await stack.cli(['backup', 'take', '--keep', '2', '--yes'], fault)).code).not.toBe(0);
    const left = await readdir(stack.paths.backups);
    expect(left.filter((name) => !before.includes(name))).toEqual([expect.stringMatching(/\.part$/)]);
    await stack.must(['operations', end, (await stack.last()).id, '--yes']);
    const now = (await readdir(stack.paths.backups)).filter((name) => !before.includes(name));
    expect(now).toEqual(end === 'undo' ? [] : [expect.stringMatching(/^backup-\d{8}T\d{6}Z$/)]);
  }
}, 120_000);

test('the unit and the cron line name this program and this work directory, and no secret', async () => {
  const { stdout } = await stack.must(['schedule', 'unit']);
  expect(stdout).toContain(`"--work-dir" "${stack.paths.root}" "scheduler"`);
  expect(stdout).toContain('ProtectSystem=strict');
  expect((await stack.must(['schedule', 'cron'])).stdout).toMatch(
    /^\*\/5 \* \* \* \* '.*'scheduler' '--once'$/m,
  );
});
