import { describe, expect, it } from 'vitest';
import { ConsoleError } from '../../../shared/errors.ts';
import { followNotices } from './desktop-notices.ts';

const sent = (subject: string) => ({ subject, lines: ['1', '2', '3', '4', '5'] });

describe('notices of the desktop', () => {
  it('are shown by the system while another window is in front, and go on after an installation was closed', async () => {
    const end = new AbortController();
    const shown: string[] = [];
    let inFront = true;
    let asked = 0;
    await followNotices({
      dispatcher: {
        async *open(name) {
          asked += 1;
          expect(name).toBe('notifications.follow');
          if (asked === 1) throw new ConsoleError('no_workspace');
          yield sent('seen on the page');
          inFront = false;
          yield sent('OpenBao is sealed');
          end.abort();
        },
      },
      actor: 'kim@desk',
      inFront: () => inFront,
      show: ({ title, body }) => shown.push(`${title} ${body.replaceAll('\n', ' ')}`),
      signal: end.signal,
      againMs: 1,
    });
    expect(asked).toBe(2);
    expect(shown).toEqual(['OpenBao is sealed 1 2 3 4']);
  });
});
