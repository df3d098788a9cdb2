import { DatabaseSync } from '@photostructure/sqlite';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditVerdictSchema, type AuditVerdict } from '../../shared/contract/audit.ts';
import { chainHash } from '../store/chain.ts';
import { Store } from '../store/store.ts';
import { AuditLog, type AuditDraft } from './audit-log.ts';

let root: string;
let path: string;
let head: string;
let store: Store;
let log: AuditLog;
let time: number;

const draft = (n: number): AuditDraft => ({
  actor: 'kim@desk',
  action: 'service.add',
  target: `service-${n}`,
  outcome: 'done',
  details: { n },
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'audit-'));
  path = join(root, 'store.db');
  head = join(root, 'audit-head');
  time = 1000;
  store = await Store.open(path);
  log = new AuditLog(store, head, () => time++);
});
afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true });
});

async function fill(count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) await log.append(draft(n));
}

/** Changes the file behind the console's back, as somebody with access to it would. */
function tamper(...statements: readonly string[]): void {
  const database = new DatabaseSync(path);
  try {
    for (const sql of statements) database.exec(sql);
  } finally {
    database.close();
  }
}

const verify = async (): Promise<AuditVerdict> => auditVerdictSchema.parse(await log.verify());

test('an untouched log is intact, from empty on', async () => {
  expect(await verify()).toEqual({ intact: true, entries: 0 });
  await fill(5);
  expect(await verify()).toEqual({ intact: true, entries: 5 });
  expect((await stat(head)).mode & 0o777).toBe(0o600);
});

describe('tampering', () => {
  beforeEach(() => fill(6));

  test.each([
    ['an edited entry', [`UPDATE audit SET body = replace(body, 'kim', 'lee') WHERE seq = 3`], 3, 'edited'],
    ['an edited entry with its own hash made to fit', [], 4, 'edited'],
    ['an edited hash', [`UPDATE audit SET hash = '${'0'.repeat(64)}' WHERE seq = 2`], 2, 'edited'],
    ['a removed entry', ['DELETE FROM audit WHERE seq = 3'], 3, 'missing'],
    ['a removed first entry', ['DELETE FROM audit WHERE seq = 1'], 1, 'missing'],
    [
      'a removed entry with the rest moved up',
      ['DELETE FROM audit WHERE seq = 3', 'UPDATE audit SET seq = seq - 1 WHERE seq > 3'],
      3,
      'edited',
    ],
    [
      'two entries in each other’s place',
      [
        'UPDATE audit SET seq = 100 WHERE seq = 2',
        'UPDATE audit SET seq = 2 WHERE seq = 3',
        'UPDATE audit SET seq = 3 WHERE seq = 100',
      ],
      2,
      'edited',
    ],
    ['two bodies in each other’s place', [], 2, 'edited'],
    ['an end that was cut off', ['DELETE FROM audit WHERE seq > 4'], 5, 'truncated'],
    ['everything cut off', ['DELETE FROM audit'], 1, 'truncated'],
  ])('%s is found', async (name, statements, seq, how) => {
    if (name.includes('made to fit')) {
      const [row] = await store.all('SELECT body, previous FROM audit WHERE seq = 3');
      const body = String(row?.['body']).replace('kim', 'lee');
      const hash = chainHash(3, body, String(row?.['previous']));
      await store.run('UPDATE audit SET body = ?, hash = ? WHERE seq = 3', [body, hash]);
    } else if (name.includes('two bodies')) {
      const [second, third] = await store.all('SELECT body FROM audit WHERE seq IN (2, 3) ORDER BY seq');
      await store.run('UPDATE audit SET body = ? WHERE seq = 2', [String(third?.['body'])]);
      await store.run('UPDATE audit SET body = ? WHERE seq = 3', [String(second?.['body'])]);
    } else tamper(...statements);
    expect(await verify()).toMatchObject({ intact: false, broken: { seq, how } });
  });

  test('an end that was cut off and written anew is found', async () => {
    tamper('DELETE FROM audit WHERE seq > 4');
    const other = new AuditLog(store, join(root, 'other-head'), () => 5);
    await other.append(draft(7));
    await other.append(draft(8));
    expect(await verify()).toMatchObject({ intact: false, broken: { seq: 6, how: 'foreign' } });
  });

  test('an end that was cut off stays found, however much is appended after it', async () => {
    tamper('DELETE FROM audit WHERE seq > 4');
    for (let n = 0; n < 5; n += 1) {
      await log.append(draft(n));
      expect([n, (await verify()).intact]).toEqual([n, false]);
    }
  });

  test('a removed note of the head is not made anew by the next entry', async () => {
    tamper('DELETE FROM audit WHERE seq > 4');
    await rm(head);
    await log.append(draft(7));
    expect(await verify()).toMatchObject({ intact: false, broken: { how: 'foreign' } });
  });

  test('an appended entry of somebody who does not know the chain is found', async () => {
    tamper(`INSERT INTO audit SELECT 7, body, previous, hash FROM audit WHERE seq = 6`);
    expect(await verify()).toMatchObject({ intact: false, broken: { seq: 7, how: 'edited' } });
  });

  test('a missing or nonsensical note of the head is found', async () => {
    await rm(head);
    expect(await verify()).toMatchObject({ intact: false, broken: { how: 'foreign' } });
    await writeFile(head, '{"seq":"many"}');
    expect(await verify()).toMatchObject({ intact: false, broken: { how: 'foreign' } });
  });

  test('any change of any character of any entry is found', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('body', 'previous', 'hash'),
        fc.nat(),
        async (seq, column, at) => {
          const [row] = await store.all(`SELECT ${column} AS text FROM audit WHERE seq = ?`, [seq]);
          const text = String(row?.['text']);
          const index = text.length === 0 ? 0 : at % text.length;
          const changed = `${text.slice(0, index)}${text[index] === 'x' ? 'y' : 'x'}${text.slice(index + 1)}`;
          await store.run(`UPDATE audit SET ${column} = ? WHERE seq = ?`, [changed, seq]);
          const { intact } = await verify();
          await store.run(`UPDATE audit SET ${column} = ? WHERE seq = ?`, [text, seq]);
          expect(intact).toBe(false);
          expect((await verify()).intact).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a crash', () => {
  test('between an entry and the note of the head is no tampering', async () => {
    await fill(2);
    const note = await readFile(head);
    await log.append(draft(3));
    await writeFile(head, note);
    expect(await verify()).toEqual({ intact: true, entries: 3 });
  });

  test('likewise at the very first entry', async () => {
    // The note could not be written after the entry, as when the process dies there.
    const chain = store.chain.bind(store);
    store.chain = async (body) => {
      await chain(body);
      throw new Error('killed');
    };
    await expect(log.append(draft(1))).rejects.toThrow('killed');
    store.chain = chain;
    expect(await verify()).toEqual({ intact: true, entries: 1 });
    await log.append(draft(2));
    tamper('DELETE FROM audit WHERE seq = 2');
    expect(await verify()).toMatchObject({ intact: false, broken: { how: 'truncated' } });
  });

  test('an append that failed does not stop the next', async () => {
    const { chain } = { chain: store.chain.bind(store) };
    store.chain = async () => {
      throw new Error('disk');
    };
    await expect(log.append(draft(1))).rejects.toThrow('disk');
    store.chain = chain;
    await log.append(draft(2));
    expect(await verify()).toEqual({ intact: true, entries: 1 });
  });
});

test('two consoles append side by side and keep one chain', async () => {
  const otherStore = await Store.open(path);
  const other = new AuditLog(otherStore, head);
  try {
    const jobs = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? log : other).append(draft(n)));
    await Promise.all(jobs);
    expect(await verify()).toEqual({ intact: true, entries: 40 });
    expect((await other.verify()).intact).toBe(true);
  } finally {
    await otherStore.close();
  }
});

test.each([0, 3])('an entry that comes while %i others are verified is no tampering', async (count) => {
  await fill(count);
  const all = store.all.bind(store);
  store.all = async (...question) => {
    const rows = await all(...question);
    store.all = all;
    await log.append(draft(9));
    return rows;
  };
  expect((await verify()).intact).toBe(true);
  expect(await verify()).toEqual({ intact: true, entries: count + 1 });
});

test('secrets do not reach it', async () => {
  const secret = 'Pl4ntedSecret';
  await log.append({
    ...draft(1),
    details: { password: secret, url: `https://u:${secret}@host`, note: `Bearer ${secret}`, count: 3 },
  });
  const { entries } = await log.list({ limit: 1, search: '' });
  expect(entries[0]?.details).toMatchObject({ password: '••••', count: 3 });
  let text = '';
  for await (const line of log.export()) text += line;
  expect(text).not.toContain(secret);
});

test('pages newest first, searches literally, exports oldest first', async () => {
  await fill(5);
  const numbers = async (page: Partial<Parameters<AuditLog['list']>[0]>): Promise<unknown[]> =>
    (await log.list({ limit: 10, search: '', ...page })).entries.map(({ seq }) => seq);
  expect(await numbers({ limit: 2 })).toEqual([5, 4]);
  expect(await numbers({ limit: 2, before: 4 })).toEqual([3, 2]);
  expect(await numbers({ search: 'service-3' })).toEqual([3]);
  expect(await numbers({ search: 'service_3' })).toEqual([]);
  expect(await numbers({ search: '%' })).toEqual([]);
  expect((await log.list({ limit: 1, search: 'service-3' })).total).toBe(1);
  const seqs: number[] = [];
  for await (const line of log.export()) seqs.push((JSON.parse(line) as { seq: number }).seq);
  expect(seqs).toEqual([1, 2, 3, 4, 5]);
});

test('an entry edited into nonsense leaves the list and breaks the chain', async () => {
  await fill(3);
  tamper(`UPDATE audit SET body = 'nonsense' WHERE seq = 2`);
  expect((await log.list({ limit: 10, search: '' })).entries.map(({ seq }) => seq)).toEqual([3, 1]);
  expect(await verify()).toMatchObject({ broken: { seq: 2, how: 'edited' } });
});
