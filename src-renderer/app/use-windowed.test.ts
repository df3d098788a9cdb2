import { describe, expect, it } from 'vitest';
import { windowsOf } from './use-windowed.ts';

describe('windows of a long list', () => {
  it('asks for the window in sight', () => expect(windowsOf(0, 40, 10_000)).toEqual([0]));
  it('asks for both at a border', () => expect(windowsOf(190, 230, 10_000)).toEqual([0, 1]));
  it('never asks beyond the end', () => expect(windowsOf(390, 800, 400)).toEqual([1]));
});
