import type { ReactNode } from 'react';
import { useNow } from '../../app/now.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** What is left as a clock: `29:59`, or `1:29:59` from an hour on. Nothing is left below zero. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours === 0
    ? `${two(minutes)}:${two(seconds % 60)}`
    : `${String(hours)}:${two(minutes)}:${two(seconds % 60)}`;
}

/** Counts down to `at`, every second. Not read out each time. */
export function Countdown({ at }: { at: number }): ReactNode {
  const now = useNow();
  return (
    <time
      className="bc-number bc-countdown"
      dateTime={new Date(at).toISOString()}
      role="timer"
      aria-live="off"
    >
      {clockOf(at - now)}
    </time>
  );
}
