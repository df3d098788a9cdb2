import { DatabaseSync } from '@photostructure/sqlite';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { Database } from './database.ts';
import { migrations } from './migrations.ts';
import { Store } from './store.ts';

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-'));
  path = join(root, '.console', 'store.db');
});
afterEach(() => rm(root, { recursive: true }));

const refusal = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'none',
    (error: unknown) => (isConsoleError(error) ? error.code : String(error)),
  );
const put = (store: Store, name: string, value: string): Promise<void> =>
  store.run('INSERT INTO setting (name, value) VALUES (?, ?)', [name, value]);
const names = async (store: Store): Promise<unknown[]> =>
  (await store.all('SELECT name FROM setting ORDER BY name')).map((row) => row['name']);

test('keeps what was written, readable by its owner alone', async () => {
  const umask = process.umask(0);
  let store: Store;
  try {
    store = await Store.open(path);
    await put(store, 'a', '1');
  } finally {
    process.umask(umask);
  }
  for (const file of await readdir(join(root, '.console')))
    expect([file, (await stat(join(root, '.console', file))).mode & 0o777]).toEqual([file, 0o600]);
  expect((await stat(join(root, '.console'))).mode & 0o777).toBe(0o700);
  await store.close();
  const again = await Store.open(path);
  expect(await again.get('SELECT value FROM setting WHERE name = ?', ['a'])).toEqual({ value: '1' });
  await again.close();
  await again.close();
  expect(await refusal(names(again))).toBe('store_unusable');
});

test('a transaction is all or nothing', async () => {
  const store = await Store.open(path);
  const insert = (name: string) => ({
    sql: 'INSERT INTO setting (name, value) VALUES (?, ?)',
    parameters: [name, '1'],
  });
  expect(await refusal(store.transaction([insert('a'), insert('b'), insert('a')]))).toBe('store_unusable');
  expect(await names(store)).toEqual([]);
  await store.transaction([insert('a'), insert('b')]);
  expect(await names(store)).toEqual(['a', 'b']);
  await store.close();
});

test('a full disk is told as such, and what was written before stays', async () => {
  await mkdir(join(root, '.console'));
  const database = new Database(path);
  database.transaction([{ sql: `INSERT INTO setting (name, value) VALUES ('a', '1')` }]);
  const pages = Number(database.all({ sql: 'PRAGMA page_count' })[0]?.['page_count']);
  database.all({ sql: `PRAGMA max_page_count=${pages}` });
  const large = { sql: `INSERT INTO setting (name, value) VALUES ('b', ?)`, parameters: ['x'.repeat(1e6)] };
  expect(() => database.transaction([large])).toThrow(/disk is full/);
  database.transaction([{ sql: `UPDATE setting SET value = '2' WHERE name = 'a'` }]);
  expect(database.all({ sql: 'SELECT name, value FROM setting' })).toEqual([{ name: 'a', value: '2' }]);
  database.close();
});

test('closing twice at once is closing', async () => {
  const store = await Store.open(path);
  await Promise.all([store.close(), store.close()]);
});

test('answers go to whoever asked, also when an earlier question fails', async () => {
  const store = await Store.open(path);
  const answers = await Promise.allSettled([
    store.get('SELECT 1 AS n'),
    store.get('SELECT nonsense'),
    store.get('SELECT 2 AS n'),
    store.get('SELECT ? AS n', ['three']),
  ]);
  expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value?.['n'] : 'refused'))).toEqual([
    1,
    'refused',
    2,
    'three',
  ]);
  await store.close();
});

test('two consoles write one file', async () => {
  const [one, two] = [await Store.open(path), await Store.open(path)];
  await Promise.all(Array.from({ length: 40 }, (_, n) => put(n % 2 === 0 ? one : two, `n${n}`, '')));
  expect((await names(two)).length).toBe(40);
  await one.close();
  await two.close();
});

test('many consoles make a new file at the same time', async () => {
  const stores = await Promise.all(Array.from({ length: 4 }, () => Store.open(path)));
  await Promise.all(stores.map((store, n) => put(store, `n${n}`, '')));
  expect(await names(stores[0] as Store)).toEqual(['n0', 'n1', 'n2', 'n3']);
  for (const store of stores) await store.close();
});

describe('a file that cannot be used', () => {
  test('of a later console is left alone', async () => {
    await (await Store.open(path)).close();
    const later = new DatabaseSync(path);
    later.exec(`PRAGMA user_version=${migrations.length + 1}`);
    later.close();
    expect(await refusal(Store.open(path))).toBe('store_newer');
    const after = new DatabaseSync(path);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length + 1 });
    after.close();
  });

  test('that is no database is named, not overwritten', async () => {
    await mkdir(join(root, '.console'));
    await writeFile(path, 'not a database, but somebody’s notes'.repeat(100));
    expect(await refusal(Store.open(path))).toBe('store_unusable');
    expect((await stat(path)).size).toBeGreaterThan(1000);
  });

  test('that is a directory', async () => {
    await mkdir(path, { recursive: true });
    expect(await refusal(Store.open(path))).toBe('store_unusable');
  });
});

describe('an older file', () => {
  test('is copied before it is migrated, and keeps its rows', async () => {
    await mkdir(join(root, '.console'));
    new Database(path).close();
    const old = new DatabaseSync(path);
    old.exec(`INSERT INTO setting (name, value) VALUES ('a', '1')`);
    old.close();
    const added = [...migrations, 'CREATE TABLE added (x TEXT) STRICT', `INSERT INTO added (x) VALUES ('y')`];
    const database = new Database(path, added);
    expect(database.all({ sql: 'SELECT value FROM setting' })).toEqual([{ value: '1' }]);
    expect(database.all({ sql: 'SELECT x FROM added' })).toEqual([{ x: 'y' }]);
    expect(database.all({ sql: 'PRAGMA user_version' })).toEqual([{ user_version: added.length }]);
    database.close();
    for (let version = migrations.length; version < added.length; version += 1) {
      const copy = `${path}.v${version}.bak`;
      expect((await stat(copy)).mode & 0o777).toBe(0o600);
      const kept = new DatabaseSync(copy);
      expect(kept.prepare('PRAGMA user_version').get()).toEqual({ user_version: version });
      expect(kept.prepare('SELECT value FROM setting').all()).toEqual([{ value: '1' }]);
      kept.close();
    }
  });

  test('stays as it is when its migration fails', async () => {
    await mkdir(join(root, '.console'));
    new Database(path).close();
    const broken = [...migrations, 'CREATE TABLE half (x TEXT) STRICT; CREATE TABLE setting (x TEXT) STRICT'];
    expect(() => new Database(path, broken)).toThrow(/setting/);
    const database = new Database(path);
    expect(database.all({ sql: `SELECT name FROM sqlite_master WHERE name = 'half'` })).toEqual([]);
    database.close();
  });
});
