import { describe, expect, it } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import { faceOf } from './faces.ts';

const error = new ConsoleError('internal');

describe('faces of a list', () => {
  it('is not asked before anyone asked', () => {
    expect(faceOf({ asked: false, count: undefined, error: undefined })).toBe('not_asked');
  });
  it('never shows slow as empty', () => {
    expect(faceOf({ asked: true, count: undefined, error: undefined })).toBe('loading');
    expect(faceOf({ asked: true, count: 0, error: undefined })).toBe('empty');
  });
  it('keeps what is known when a newer question failed, and says so', () => {
    expect(faceOf({ asked: true, count: 4, error })).toBe('partial');
    expect(faceOf({ asked: true, count: 4, error: undefined, stale: true })).toBe('partial');
  });
  it('has failed when nothing is known', () => {
    expect(faceOf({ asked: true, count: undefined, error })).toBe('failed');
  });
});
