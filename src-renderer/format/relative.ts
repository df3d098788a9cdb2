import { durationParts, type DurationPart } from './duration.ts';

/** Where an instant lies from now. Within five seconds it is now; from an hour on, seconds are noise and one unit less is shown. */
export type Relative =
  { readonly tense: 'now' } | { readonly tense: 'past' | 'future'; readonly parts: readonly DurationPart[] };

export function relativeTo(at: number, now: number): Relative {
  const distance = at - now;
  if (Math.abs(distance) < 5_000) return { tense: 'now' };
  const parts = durationParts(distance);
  const shown = parts[0]?.unit === 'minute' ? parts.slice(0, 1) : parts;
  return { tense: distance < 0 ? 'past' : 'future', parts: shown };
}
