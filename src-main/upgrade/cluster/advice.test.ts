import { expect, test } from 'vitest';
import { adviseUpgrade } from './advice.ts';

type Members = Parameters<typeof adviseUpgrade>[0];
const [one, two, three] = ['https://one:8200', 'https://two:8200', 'https://three:8200'] as const;
const members = (states: string, versions: readonly string[]): Members =>
  [one, two, three].map((url, index) => ({
    url,
    state: ({ L: 'leader', F: 'follower', S: 'sealed', U: 'unreachable' } as const)[
      states[index] as 'L' | 'F' | 'S' | 'U'
    ],
    version: versions[index] ?? '2.6.2',
  }));
const told = (states: string, ...versions: string[]): readonly unknown[] => {
  const { next, stepDown } = adviseUpgrade(members(states, versions), '2.7.2');
  return [next.key, next.params?.['url'], stepDown];
};

test('followers come first, one at a time, and the leader hands over before it is the last', () => {
  expect(told('LFF', '2.6.2', '2.6.2', '2.6.2')).toEqual(['cluster.next.follower', two, false]);
  expect(told('LFF', '2.6.2', '2.7.2', '2.6.2')).toEqual(['cluster.next.follower', three, false]);
  expect(told('LFF', '2.6.2', '2.7.2', '2.7.2')).toEqual(['cluster.next.leader', one, true]);
  expect(told('FLF', '2.6.2', '2.7.2', '2.7.2')).toEqual(['cluster.next.follower', one, false]);
  expect(told('FLF', '2.7.2', '2.7.2', '2.7.2')).toEqual(['cluster.next.done', undefined, false]);
});

test('a member that is away comes before everything: two of three are a majority, one is none', () => {
  expect(told('LSF', '2.6.2', '2.7.2', '2.6.2')).toEqual(['cluster.next.unseal', two, false]);
  expect(told('LFU', '2.6.2', '2.7.2', '2.6.2')).toEqual(['cluster.next.bring_back', three, false]);
});

test('what some member has already is what all are to have', () => {
  expect(told('LFF', '2.7.2', '2.8.0', '2.8.0')).toEqual(['cluster.next.leader', one, true]);
});
