import { expect, test } from 'vitest';
import { inheritedSockets } from './inherited-sockets.ts';

const given = (more: Record<string, string>) => ({ LISTEN_PID: '7', LISTEN_FDS: '2', PATH: '/bin', ...more });

test.each([
  ['names decide', { LISTEN_FDNAMES: 'admin:challenge' }, { challenge: 4, admin: 3 }],
  ['without names the order', {}, { challenge: 3, admin: 4 }],
  [
    'names that systemd makes up are none',
    { LISTEN_FDNAMES: 'a.socket:b.socket' },
    { challenge: 3, admin: 4 },
  ],
  ['one alone', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'challenge' }, { challenge: 3 }],
  ['those of another process are left alone', { LISTEN_PID: '8' }, {}],
  ['no number', { LISTEN_FDS: 'two' }, {}],
])('%s', (_, more, expected) => {
  const environment = given(more);
  expect(inheritedSockets(environment, 7)).toEqual(expected);
  expect(environment).toEqual({ PATH: '/bin' });
});
