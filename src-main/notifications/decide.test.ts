import { describe, expect, it } from 'vitest';
import type { Need } from '../../shared/contract/home.ts';
import { channelSchema, type Silence } from '../../shared/contract/notifications.ts';
import { message } from '../../shared/message.ts';
import { isSilent } from './channels.ts';
import { decide, told, type Memory } from './decide.ts';

const minute = 60_000;
const start = Date.UTC(2026, 10, 23);
const need = (id: string, severity: Need['severity'] = 'warning'): Need => ({
  id,
  severity,
  title: message('home.need.sealed'),
});
const channel = (id: string, change: object = {}) =>
  channelSchema.parse({ id, delivery: { type: 'desktop' }, ...change });
const silence = (pattern: string): Silence => ({
  id: 's',
  pattern,
  until: start + minute,
  comment: '',
  by: 'kim',
});

/** Plays looks one after the other; answers what was sent at each: `channel kind need,need`. */
function play(
  channels: readonly ReturnType<typeof channel>[],
  looks: readonly {
    readonly at: number;
    readonly needs: readonly Need[];
    readonly silences?: readonly Silence[];
  }[],
): string[][] {
  let memory: Memory = new Map();
  return looks.map(({ at, needs, silences = [] }) => {
    const now = start + at * minute;
    const { due, lasting } = decide({ needs, channels, silences, memory, now });
    memory = due.reduce((known, one) => told(known, one, now), lasting);
    return due.map((one) => `${one.channel.id} ${one.kind} ${one.needs.map(({ id }) => id).join()}`);
  });
}

describe('who is told what', () => {
  it('all that came together is one notification, once, again after the repetition, and its end', () => {
    const sent = play(
      [channel('desk', { repeatMinutes: 60 })],
      [
        { at: 0, needs: [need('a'), need('b')] },
        { at: 1, needs: [need('a'), need('b')] },
        { at: 61, needs: [need('a'), need('b'), need('c')] },
        { at: 62, needs: [need('c')] },
        { at: 63, needs: [] },
      ],
    );
    expect(sent).toEqual([
      ['desk alert a,b'],
      [],
      ['desk alert a,b,c'],
      ['desk resolved a,b'],
      ['desk resolved c'],
    ]);
  });

  it('escalates what lasts, and says its end to nobody who was not told', () => {
    const boss = channel('boss', { afterMinutes: 30, severity: 'critical' });
    const desk = channel('desk', { resolved: false });
    const down = [need('down', 'critical'), need('late')];
    expect(
      play(
        [boss, desk],
        [
          { at: 0, needs: down },
          { at: 29, needs: down },
          { at: 30, needs: down },
          { at: 31, needs: [need('late')] },
          { at: 32, needs: down },
          { at: 33, needs: [] },
        ],
      ),
    ).toEqual([
      ['desk alert down,late'],
      [],
      ['boss alert down'],
      ['boss resolved down'],
      ['desk alert down'],
      [],
    ]);
  });

  it('keeps silent about what is silenced, and speaks when the silence ends', () => {
    const needs = [need('expiry-web'), need('sealed', 'critical')];
    expect(
      play(
        [channel('desk')],
        [
          { at: 0, needs, silences: [silence('expiry-*')] },
          { at: 1, needs },
        ],
      ),
    ).toEqual([['desk alert sealed'], ['desk alert expiry-web']]);
    expect(isSilent('a.c', [silence('a.c')])).toBe(true);
    expect(isSilent('abc', [silence('a.c')])).toBe(false);
    expect(isSilent('xabc', [silence('a*')])).toBe(false);
  });

  it('leaves out what is too mild and channels that are switched off', () => {
    const channels = [channel('mild', { severity: 'critical' }), channel('off', { enabled: false })];
    expect(play(channels, [{ at: 0, needs: [need('a'), need('b', 'notice')] }])).toEqual([[]]);
  });
});
