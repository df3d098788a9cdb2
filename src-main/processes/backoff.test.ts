import { expect, test } from 'vitest';
import { afterEnd, afterRestart, noRestarts, restartPolicy } from './backoff.ts';

test('doubles the delay, forgets old ends, and gives up after many', () => {
  let history = noRestarts;
  const delays: number[] = [];
  let now = 0;
  while (!history.givenUp) {
    history = afterEnd(history, now);
    if (history.nextAt === undefined) break;
    delays.push(history.nextAt - now);
    now = history.nextAt;
    history = afterRestart(history);
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(history).toMatchObject({ givenUp: true, restarts: 5 });
  const later = afterEnd({ ...history, givenUp: false }, now + restartPolicy.window);
  expect(later).toMatchObject({ givenUp: false, nextAt: now + restartPolicy.window + 1_000 });
});
