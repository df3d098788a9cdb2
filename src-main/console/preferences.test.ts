import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PersonalFile } from './preferences.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'preferences-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a choice made in the moment before the host ends is there at the next start', async () => {
  const file = new PersonalFile(directory);
  const chosen = { locale: 'ko', theme: 'dark', density: 'dense', views: {} } as const;
  void file.savePreferences({ ...chosen, locale: 'en' });
  void file.savePreferences(chosen);
  void file.saveDraft('service.add', { step: 'who' });
  await file.settled();
  const next = new PersonalFile(directory);
  expect(await next.preferences()).toEqual(chosen);
  expect(await next.draft('service.add')).toEqual({ step: 'who' });
});
