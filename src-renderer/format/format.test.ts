import { describe, expect, it } from 'vitest';
import { durationParts } from './duration.ts';
import { relativeTo } from './relative.ts';
import { groupHex, pathEnd, shellQuote, truncateMiddle } from './text.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('durations', () => {
  it('has two units', () => {
    expect(durationParts(23 * hour + 10 * minute + 5_000)).toEqual([
      { unit: 'hour', value: 23 },
      { unit: 'minute', value: 10 },
    ]);
  });
  it('leaves out a second unit of zero and does not skip over it', () => {
    expect(durationParts(24 * hour + 30_000)).toEqual([{ unit: 'day', value: 1 }]);
  });
  it('is zero seconds below one', () => expect(durationParts(900)).toEqual([{ unit: 'second', value: 0 }]));
  it('has no sign', () => expect(durationParts(-2 * hour)).toEqual([{ unit: 'hour', value: 2 }]));
});

describe('relative times', () => {
  it('is now within five seconds', () => expect(relativeTo(1_000, 4_000)).toEqual({ tense: 'now' }));
  it('drops seconds from a minute on', () => {
    expect(relativeTo(0, 90_000)).toEqual({ tense: 'past', parts: [{ unit: 'minute', value: 1 }] });
  });
  it('looks ahead', () => expect(relativeTo(3 * hour, 0).tense).toBe('future'));
});

describe('identifiers', () => {
  it('keeps head and tail', () => expect(truncateMiddle('0123456789abcdef', 9)).toBe('0123…cdef'));
  it('leaves short ones whole', () => expect(truncateMiddle('short', 9)).toBe('short'));
  it('groups fingerprints', () => expect(groupHex('ab12:cd34e')).toBe('AB12 CD34 E'));
  it('keeps the end of a path', () => {
    expect(pathEnd('/home/kim/bootroot/certs/edge.crt')).toBe('…/certs/edge.crt');
    expect(pathEnd('certs/edge.crt')).toBe('certs/edge.crt');
  });
  it('quotes for a shell', () => expect(shellQuote("it's")).toBe(`'it'\\''s'`));
});
