import { expect, test } from 'vitest';
import { allWords, rotationCommand, serviceWords } from './command.ts';

test('says the work directory, the target and what was chosen', () => {
  expect(rotationCommand('/srv/lab', 'approle-secret-id', serviceWords(['edge', 'web']))).toBe(
    'bootroot-console --work-dir /srv/lab rotate approle-secret-id --registration-id edge --registration-id web',
  );
  expect(rotationCommand(undefined, 'db')).toBe('bootroot-console rotate db');
});

test('a path that a shell would take apart is quoted', () => {
  expect(rotationCommand("/srv/it's mine", 'db')).toBe(
    `bootroot-console --work-dir '/srv/it'\\''s mine' rotate db`,
  );
});

test('all of a target that has services says so', () => {
  expect(allWords({ ids: 'all' })).toEqual(['--all-services']);
  expect(allWords({})).toEqual([]);
  expect(serviceWords([])).toEqual([]);
});
