import { expect, test } from 'vitest';
import { untilReplicated } from './replicated.ts';

test('a standby that is behind is asked again; one that never shows it ends the question', async () => {
  let asked = 0;
  expect(await untilReplicated(() => Promise.resolve(++asked === 3))).toBe(true);
  expect(asked).toBe(3);
  asked = 0;
  expect(await untilReplicated(() => Promise.resolve(++asked < 0))).toBe(false);
  expect(asked).toBe(6);
});
