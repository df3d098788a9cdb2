import { expect, test } from 'vitest';
import { overviewSchema, type Overview } from '../../shared/contract/home.ts';
import { message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';
import { overviewOf } from './overview.ts';
import { day, facts, hour, ladder, now, openbao, service } from './testing.ts';

const overview = (change: Partial<Facts> = {}): Overview => overviewSchema.parse(overviewOf(facts(change)));
const sentence = (change: Partial<Facts> = {}) => overview(change).sentence;

test('the sentence says how much is needed, else what is unproved, else what is due next', () => {
  expect(sentence({ openbao: openbao({ sealed: true }), auditIntact: false })).toEqual({
    key: 'home.sentence.needs',
    params: { count: 2 },
  });
  expect(sentence({ services: [] }).key).toBe('home.sentence.no_service');
  const unknown = service('new', { ladder: ladder({ served: 'unknown' }) });
  expect(sentence({ services: [service('web'), unknown] })).toEqual({
    key: 'home.sentence.unproved',
    params: { count: 1 },
  });
  const later = service('later', { expiresAt: now + 23 * hour });
  // Due when a third of the usual life is left: 20 h - 8 h.
  expect(sentence({ services: [later, service('web')] })).toEqual({
    key: 'home.sentence.proved_next',
    params: { name: 'web', hours: 12 },
  });
  const never = service('web');
  delete never.expiresAt;
  expect(sentence({ services: [never] }).key).toBe('home.sentence.proved');
});

test('expiries of leaves and CAs in one order, each with its page', () => {
  const { expiries } = overview({
    services: [service('b', { expiresAt: now + 23 * hour }), service('a', { expiresAt: now + 21 * hour })],
    authorities: [{ name: 'Root', notAfter: now + 400 * day, path: '/r' }],
  });
  expect(expiries.map(({ what, kind, to }) => [what, kind, to])).toEqual([
    ['a', 'leaf', '/services/a'],
    ['b', 'leaf', '/services/b'],
    ['Root', 'ca', '/certificates'],
  ]);
});

test('counts each service once, at its lowest rung that is not proved', () => {
  const { rungs } = overview({
    services: [
      service('a'),
      service('b', { ladder: ladder({ on_disk: 'contradicted', served: 'unknown' }) }),
      service('c', { ladder: ladder({ served: 'not_proved' }) }),
      service('d', { ladder: ladder({ served: 'unknown' }) }),
    ],
  });
  expect(Object.fromEntries(rungs.map(({ rung, services }) => [rung, services]))).toEqual({
    configured: 0,
    on_disk: 1,
    loaded: 0,
    served: 2,
    trusted: 0,
    proved: 1,
  });
});

test('servers and secrets as they are, also with nothing known of them', () => {
  const { servers, secrets } = overview({
    servers: [
      {
        id: 'openbao',
        name: 'OpenBao',
        state: 'ready',
        version: '2.7.2',
        problem: message('home.need.sealed'),
      },
    ],
    secrets: [{ name: message('home.secret.db') }, { name: message('home.secret.ca'), changedAt: now }],
  });
  expect(servers).toEqual([{ name: 'OpenBao', state: 'ready', version: '2.7.2' }]);
  expect(secrets).toEqual([
    { name: { key: 'home.secret.db' } },
    { name: { key: 'home.secret.ca' }, changedAt: now },
  ]);
});
