import { describe, expect, it } from 'vitest';
import { createWebSessions, type SessionEnd } from './sessions.ts';

const minute = 60_000;

describe('createWebSessions', () => {
  it('ends an idle session and tells its sockets, but not one in use', () => {
    let now = 0;
    const sessions = createWebSessions(30 * minute, () => now);
    const idle = sessions.create();
    const used = sessions.create();
    const ends: SessionEnd[] = [];
    sessions.find(idle)?.onEnd((reason) => ends.push(reason));
    now = 20 * minute;
    sessions.find(used)?.touch();
    now = 31 * minute;
    sessions.sweep();
    expect(ends).toEqual(['idle']);
    expect(sessions.find(idle)).toBeUndefined();
    expect(sessions.find(used)).toBeDefined();
  });

  it('ends every session after twelve hours', () => {
    let now = 0;
    const sessions = createWebSessions(0, () => now);
    const cookie = sessions.create();
    now = 12 * 60 * minute;
    expect(sessions.find(cookie)).toBeDefined();
    now += 1;
    expect(sessions.find(cookie)).toBeUndefined();
  });

  it('keeps at most sixteen and ends the oldest', () => {
    const sessions = createWebSessions(0);
    const first = sessions.create();
    const ends: SessionEnd[] = [];
    sessions.find(first)?.onEnd((reason) => ends.push(reason));
    for (let count = 0; count < 16; count += 1) sessions.create();
    expect(ends).toEqual(['displaced']);
  });
});
