import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWindowState, writeWindowState } from './window-state.ts';

const screen = [{ x: 0, y: 0, width: 1920, height: 1080 }];

describe('window state', () => {
  let directory = '';
  let file = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'window-state-'));
    file = path.join(directory, 'new', 'window.json');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('comes back as it was', () => {
    const state = { x: 10, y: 20, width: 1000, height: 700, maximised: true };
    writeWindowState(file, state);
    expect(readWindowState(file, screen)).toEqual(state);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('loses a place that is on no screen any more', () => {
    writeWindowState(file, { x: 3000, y: 20, width: 1000, height: 700, maximised: false });
    expect(readWindowState(file, screen)).toEqual({ width: 1000, height: 700, maximised: false });
  });

  it('falls back to the usual size for nonsense', () => {
    const other = path.join(directory, 'broken.json');
    for (const text of ['', '{', '[]', '{"width":1,"height":1,"maximised":false}']) {
      writeFileSync(other, text);
      expect(readWindowState(other, screen).width).toBe(1440);
    }
  });
});
