import { describe, expect, test } from 'vitest';
import { needSchema, type Need } from '../../shared/contract/home.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';
import { needsOf } from './needs.ts';
import { day, facts, hour, ladder, now, openbao, operation, service } from './testing.ts';

const needs = (change: Partial<Facts> = {}): Need[] =>
  needsOf(facts(change)).map((need) => needSchema.parse(need));
const ids = (change: Partial<Facts> = {}): string[] => needs(change).map(({ id }) => id);

test('an installation in order needs nobody', () => {
  expect(needs()).toEqual([]);
});

test('a directory in which nothing is set up says so, unless a set-up is under way or something cannot be read', () => {
  const bare = { openbao: undefined, servers: [], services: [], authorities: [] };
  expect(needs(bare)).toMatchObject([{ id: 'not-set-up', action: { to: '/start' } }]);
  const stopped = operation({ kind: 'setup.local', state: 'interrupted', canResume: true });
  expect(ids({ ...bare, operations: [stopped] })).toEqual(['operation-op']);
  expect(ids({ ...bare, operations: [operation({ state: 'running' })] })).toEqual([]);
  expect(ids({ ...bare, unreadable: [message('home.need.sealed')] })).toEqual(['unreadable-0']);
});

describe('OpenBao', () => {
  test('a member of a cluster that is sealed or gone is a thing to do, while the cluster works', () => {
    const members = [
      { url: 'http://a', state: 'leader' as const },
      { url: 'http://b', state: 'unreachable' as const },
      { url: 'http://c', state: 'sealed' as const },
    ];
    expect(needs({ openbao: openbao({ memberSealed: true, cluster: { members } }) })).toMatchObject([
      { id: 'openbao-member-sealed', severity: 'warning', action: { type: 'unseal' } },
      { id: 'openbao-member-http://b', severity: 'warning', action: { to: '/openbao' } },
    ]);
  });

  test('sealed is critical and one click away', () => {
    expect(needs({ openbao: openbao({ sealed: true }) })).toMatchObject([
      { id: 'openbao-sealed', severity: 'critical', action: { type: 'unseal' } },
    ]);
  });

  test('unreachable is said once: as the server where this console runs it, else as the address', () => {
    const gone = openbao({
      reachable: false,
      sealed: undefined,
      session: { state: 'none', policies: [], isRoot: false },
    });
    expect(ids({ openbao: gone, servers: [], managed: false })).toEqual(['openbao-unreachable']);
    const server = (state: string) => [
      { id: 'openbao', name: 'OpenBao', state },
      { id: 'step-ca', name: 'step-ca', state: 'ready' },
    ];
    expect(ids({ openbao: gone, servers: server('failed') })).toEqual(['server-openbao']);
    expect(ids({ openbao: gone, servers: server('starting') })).toEqual([]);
    // Its process is well and yet it does not answer.
    expect(ids({ openbao: gone, servers: server('ready') })).toEqual(['openbao-unreachable']);
  });

  test('without a session, with a lost one, and with a root token', () => {
    const session = (state: 'none' | 'lost', isRoot = false) =>
      openbao({ session: { state, policies: [], isRoot } });
    expect(needs({ openbao: session('none') })[0]?.title.key).toBe('home.need.session_none');
    expect(needs({ openbao: session('lost') })[0]?.title.key).toBe('home.need.session_lost');
    // While it is sealed nobody can log in: that is not a second need.
    expect(ids({ openbao: { ...session('none'), sealed: true } })).toEqual(['openbao-sealed']);
    const root = openbao({ session: { state: 'live', policies: ['root'], isRoot: true } });
    expect(ids({ openbao: root })).toEqual(['root-token']);
  });
});

describe('servers', () => {
  const states = (...list: string[]) => list.map((state, n) => ({ id: `s${n}`, name: `S${n}`, state }));

  test('all down is one need with one button, one down is named', () => {
    expect(needs({ servers: states('stopped', 'failed') })).toMatchObject([
      { id: 'servers-stopped', severity: 'critical', action: { type: 'operation', kind: 'infra.up' } },
    ]);
    expect(needs({ servers: states('ready', 'unhealthy') })).toMatchObject([
      { id: 'server-s1', severity: 'critical', action: { kind: 'infra.up' } },
    ]);
  });

  test('starting and sealed are not down; those of others have no button', () => {
    expect(ids({ servers: states('starting', 'sealed', 'ready') })).toEqual([]);
    const [need] = needs({ servers: states('ready', 'failed'), managed: false });
    expect([need?.id, need?.action]).toEqual(['server-s1', undefined]);
  });
});

describe('certificates', () => {
  const left = (hours: number) => ({ services: [service('web', { expiresAt: now + hours * hour })] });

  test('near their end by a third of the usual life, critical by a twelfth', () => {
    expect(ids(left(8.1))).toEqual([]);
    expect(needs(left(8))).toMatchObject([{ id: 'expiry-web', severity: 'warning' }]);
    expect(needs(left(2.1))[0]?.severity).toBe('warning');
    expect(needs(left(2))[0]?.severity).toBe('critical');
    expect(needs(left(2))[0]).toMatchObject({
      title: { key: 'home.need.expiring', params: { name: 'web', hours: 2 } },
      action: { type: 'operation', kind: 'service.issue', input: { id: 'web' } },
    });
    expect(needs(left(0.1))[0]?.title.params).toEqual({ name: 'web', hours: 1 });
    expect(needs(left(0))[0]?.title.key).toBe('home.need.expired');
  });

  test('of a longer usual life are judged by that', () => {
    const week = { ...left(50), leafMs: 7 * day };
    expect(ids(week)).toEqual(['expiry-web']);
    expect(ids({ ...week, leafMs: day })).toEqual([]);
  });

  test('a proof that failed is a need, one that was never asked is not', () => {
    const of = (outcome: 'contradicted' | 'not_proved' | 'unknown') => ({
      services: [service('web', { ladder: ladder({ served: outcome }) })],
    });
    expect(needs(of('contradicted'))).toMatchObject([
      {
        id: 'ladder-web',
        severity: 'warning',
        detail: { key: 'service.rung.no_state' },
        action: { to: '/services/web' },
      },
    ]);
    expect(ids(of('not_proved'))).toEqual(['ladder-web']);
    expect(ids(of('unknown'))).toEqual([]);
    // Unknown above a lower rung that failed: the lower one counts.
    const both = ladder({ on_disk: 'contradicted', served: 'unknown' });
    expect(ids({ services: [service('web', { ladder: both })] })).toEqual(['ladder-web']);
  });

  test('a service without a leaf is judged by its ladder', () => {
    const none = service('web', { ladder: ladder({ on_disk: 'not_proved' }) });
    delete none.expiresAt;
    expect(ids({ services: [none] })).toEqual(['ladder-web']);
  });

  test('a CA warns a quarter of a year ahead, and at once when a leaf no longer fits', () => {
    const ca = (left_: number) => ({
      authorities: [{ name: 'Root', notAfter: now + left_, path: '/root.crt' }],
    });
    expect(ids(ca(91 * day))).toEqual([]);
    expect(needs(ca(89 * day))).toMatchObject([
      { severity: 'warning', title: { key: 'home.need.ca_expiring', params: { name: 'Root', count: 89 } } },
    ]);
    expect(needs(ca(23 * hour))[0]?.severity).toBe('critical');
    expect(needs(ca(hour))[0]?.title.params).toEqual({ name: 'Root', count: 1 });
    expect(needs(ca(-hour))[0]?.title.key).toBe('home.need.ca_expired');
  });
});

describe('operations', () => {
  test('that wait for a decision, not those that are over or run', () => {
    const of = (change: Parameters<typeof operation>[0]) => ids({ operations: [operation(change)] });
    expect(of({ state: 'interrupted', canResume: true })).toEqual(['operation-op']);
    expect(of({ state: 'failed', canUndo: true })).toEqual(['operation-op']);
    expect(of({ state: 'failed' })).toEqual([]);
    // Stopped by somebody: only when something of it is in effect.
    const step = (state: 'done' | 'waiting') => ({
      id: state,
      title: message('setup.step.ca'),
      state,
      undoable: true,
    });
    const stopped = { state: 'cancelled', canResume: true, canUndo: true } as const;
    expect(of({ ...stopped, steps: [step('done'), step('waiting')] })).toEqual(['operation-op']);
    expect(of({ ...stopped, steps: [step('waiting')] })).toEqual([]);
    for (const state of ['running', 'undoing', 'done', 'undone', 'cancelled', 'pending'] as const)
      expect([state, of({ state, canResume: true })]).toEqual([state, []]);
    const [need] = needs({ operations: [operation({ state: 'failed', canUndo: true, endedAt: now - 5 })] });
    expect(need).toMatchObject({ since: now - 5, action: { to: '/operations/op' } });
  });
});

test('an altered audit log, an open ceremony and what cannot be read are said', () => {
  expect(needs({ auditIntact: false })).toMatchObject([{ id: 'audit', severity: 'critical' }]);
  const custodian = (state: 'waiting' | 'confirmed', index: number) => ({ index, name: `c${index}`, state });
  const custodians = [custodian('confirmed', 0), custodian('waiting', 1), custodian('waiting', 2)];
  expect(needs({ ceremony: { state: 'open', threshold: 2, custodians } })).toMatchObject([
    { id: 'ceremony', title: { params: { count: 2 } } },
  ]);
  expect(ids({ ceremony: { state: 'done', threshold: 2, custodians } })).toEqual([]);
  const unreadable = [message('home.need.sealed'), message('home.need.root_token')];
  expect(ids({ unreadable })).toEqual(['unreadable-0', 'unreadable-1']);
});

test('the worst comes first, and every need has an id of its own', () => {
  const all = needs({
    openbao: openbao({ sealed: true, session: { state: 'live', policies: [], isRoot: true } }),
    services: [
      service('a', { expiresAt: now + 7 * hour }),
      service('b', { expiresAt: now }),
      service('c', { ladder: ladder({ loaded: 'contradicted' }) }),
    ],
    operations: [
      operation({ id: '1', state: 'failed', canUndo: true }),
      operation({ id: '2', state: 'interrupted', canUndo: true }),
    ],
    auditIntact: false,
    unreadable: [message('home.need.sealed')],
  });
  const order = all.map(({ severity }) => ['critical', 'warning', 'notice'].indexOf(severity));
  expect(order).toEqual([...order].sort());
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBe(9);
});

test('an upgrade or move that nobody confirmed waits quietly, and not for ever', () => {
  const unconfirmed = [
    { kind: 'upgrade', server: 'OpenBao', from: '2.6.2', to: '2.7.2', at: now - hour },
    { kind: 'move', from: 'processes', at: now - 8 * day },
  ] as const;
  const needs = needsOf(facts({ unconfirmed }));
  expect(needs.map(({ id, severity, since }) => [id, severity, since])).toEqual([
    ['unconfirmed-move', 'warning', now - 8 * day],
    ['unconfirmed-OpenBao', 'notice', now - hour],
  ]);
  const say = (language: 'en' | 'ko'): string[] =>
    needs.map(({ title }) => createTranslator(language).t(title.key, title.params ?? {}));
  expect(say('en')).toEqual([
    'The move of the servers is not confirmed; before, they were processes of the console',
    'The upgrade of OpenBao from 2.6.2 to 2.7.2 is not confirmed',
  ]);
  expect(say('ko')[0]).not.toContain('$t');
});
