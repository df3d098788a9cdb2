import { useSyncExternalStore } from 'react';
import { createStore } from './store.ts';

const clock = createStore(Date.now());
let followers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function follow(listener: () => void): () => void {
  const leave = clock.subscribe(listener);
  followers += 1;
  timer ??= setInterval(() => clock.set(Date.now()), 1000);
  return () => {
    leave();
    followers -= 1;
    if (followers > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Unix milliseconds, to the second. One timer serves the whole page. */
export const useNow = (): number => useSyncExternalStore(follow, clock.get);

/** The same to the given grain, so that a row of a long list is not drawn every second. */
export const useNowEvery = (grain: number): number =>
  useSyncExternalStore(follow, () => Math.floor(clock.get() / grain) * grain);
