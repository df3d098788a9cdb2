import { describe, expect, it } from 'vitest';
import { valueAt, withValueAt } from './path.ts';

describe('dotted paths', () => {
  const input = { openbao: { port: 8200, shares: 5 }, name: 'lab' };
  it('reads', () => {
    expect(valueAt(input, 'openbao.port')).toBe(8200);
    expect(valueAt(input, 'openbao.missing.deeper')).toBeUndefined();
  });
  it('replaces without touching the original or what is beside', () => {
    const next = withValueAt(input, 'openbao.port', 8300);
    expect(next).toEqual({ openbao: { port: 8300, shares: 5 }, name: 'lab' });
    expect(input.openbao.port).toBe(8200);
  });
});
