import { describe, expect, it } from 'vitest';
import { marksOf } from './validity.ts';

const validity = { notBefore: 0, notAfter: 1000, now: 250, renewAt: 666 };

describe('marks on the bar of validity', () => {
  it('lie where their time lies', () => {
    expect(marksOf(validity).map(({ kind, percent }) => [kind, Math.round(percent)])).toEqual([
      ['now', 25],
      ['renew', 67],
    ]);
  });
  it('stay on the bar', () => {
    expect(marksOf({ ...validity, now: 5000 })[0]).toMatchObject({ percent: 100, edge: 'end' });
    expect(marksOf({ ...validity, now: -5000 })[0]).toMatchObject({ percent: 0, edge: 'start' });
    expect(marksOf({ ...validity, notAfter: 0 })[0]?.percent).toBe(100);
  });
  it('show the CA only when it ends first', () => {
    const marks = (at: number) =>
      marksOf({ ...validity, horizon: { at, subject: 'CN=CA' } }).map(({ kind }) => kind);
    expect(marks(900)).toContain('horizon');
    expect(marks(2000)).not.toContain('horizon');
  });
});
