import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { olderThanNewest, stampOf } from './newest.ts';

it('the oldest are named, files of one moment together, and nothing that somebody else put there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'newest-'));
  try {
    const stamps = [1, 2, 3].map((day) => stampOf(Date.UTC(2026, 0, day)));
    for (const stamp of stamps)
      for (const ending of ['json', 'md']) await writeFile(join(directory, `report-${stamp}.${ending}`), '');
    for (const name of ['report-old.json', 'report-2026.md', `other-${stamps[0] ?? ''}.md`])
      await writeFile(join(directory, name), '');
    expect(await olderThanNewest(directory, 'report', 2)).toEqual([
      'report-20260101T000000Z.json',
      'report-20260101T000000Z.md',
    ]);
    expect(await olderThanNewest(directory, 'report', 3)).toEqual([]);
    expect(await olderThanNewest(join(directory, 'none'), 'report', 1)).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
