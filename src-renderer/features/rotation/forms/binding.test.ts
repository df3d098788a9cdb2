import { expect, test } from 'vitest';
import { badFields, bindingInput, bindingWords, unbound } from './binding.ts';

test('nothing typed binds nothing', () => {
  expect([badFields(unbound), bindingInput(unbound), bindingWords(unbound)]).toEqual([[], {}, []]);
});

test('says in input and command what was typed', () => {
  const binding = { uses: 5, cidrs: '10.0.0.0/8\n fd00::/8 ', wrapTtl: '30m' };
  expect(badFields(binding)).toEqual([]);
  expect(bindingInput(binding)).toEqual({ uses: 5, cidrs: ['10.0.0.0/8', 'fd00::/8'], wrapTtl: '30m' });
  expect(bindingWords(binding).join(' ')).toBe(
    '--secret-id-num-uses 5 --rn-cidrs 10.0.0.0/8,fd00::/8 --secret-id-wrap-ttl 30m',
  );
});

test.each([
  [{ uses: -1 }, 'uses'],
  [{ uses: 1.5 }, 'uses'],
  [{ cidrs: '10.0.0.0' }, 'cidrs'],
  [{ cidrs: '10.0.0.0/8 and more' }, 'cidrs'],
  [{ wrapTtl: 'an hour' }, 'wrapTtl'],
  [{ wrapTtl: '0m' }, 'wrapTtl'],
])('%o will not do', (part, field) => {
  expect(badFields({ ...unbound, ...part })).toEqual([field]);
});
