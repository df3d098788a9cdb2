import { describe, expect, test } from 'vitest';
import { needSchema, type Need } from '../../shared/contract/home.ts';
import { createTranslator, locales } from '../../shared/i18n/index.ts';
import { message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';
import { needsOf } from './needs.ts';
import { day, facts, now, operation } from './testing.ts';

const needs = (change: Partial<Facts>): Need[] =>
  needsOf(facts(change)).map((need) => needSchema.parse(need));
const secret = (due: 'ok' | 'due' | 'overdue' | 'unknown') => ({
  target: 'db' as const,
  title: message('rotation.target.db'),
  due,
  dueAt: now - day,
});

describe('policies', () => {
  test('late is a warning, twice as late is critical, in time and not known are nothing', () => {
    expect(needs({ rotations: [secret('ok'), secret('unknown')] })).toEqual([]);
    expect(needs({ rotations: [secret('due')] })).toMatchObject([
      { id: 'rotation-db', severity: 'warning', since: now - day, action: { to: '/rotation' } },
    ]);
    expect(needs({ rotations: [secret('overdue')] })).toMatchObject([
      { severity: 'critical', title: { key: 'home.need.rotation_overdue' } },
    ]);
  });

  test('the sentence names the secret in the language of its reader', () => {
    const [need] = needs({ rotations: [secret('due')] });
    const said = locales.map((locale) =>
      createTranslator(locale).t(need?.title.key ?? '', need?.title.params ?? {}),
    );
    expect(said[0]).toContain('Database password of step-ca');
    expect(said[1]).toContain('step-ca 데이터베이스 비밀번호');
  });

  test('a rotation with a page of its own is opened there', () => {
    const ca = { ...secret('due'), target: 'ca-key' as const };
    expect(needs({ rotations: [ca] })).toMatchObject([{ action: { to: '/rotation/ca-key' } }]);
  });
});

describe('the rotation of the CA keys', () => {
  const at = (stage: NonNullable<Facts['caKey']>['stage'], change: Partial<Facts> = {}) =>
    needs({ caKey: { stage, since: now - day }, ...change });

  test('is said at each stage with its next phase, and leads to the board', () => {
    expect(needs({ caKey: undefined })).toEqual([]);
    const keys = (['preparing', 'published', 'switched', 'reissued'] as const).map((stage) => {
      const [need, ...others] = at(stage);
      expect(others).toEqual([]);
      expect(need).toMatchObject({
        severity: 'notice',
        since: now - day,
        action: { to: '/rotation/ca-key' },
      });
      return need?.title.key;
    });
    expect(new Set(keys).size).toBe(4);
  });

  test('is said once: while a phase runs or stands still, by that', () => {
    const phase = operation({ kind: 'rotate.ca-key', state: 'running' });
    expect(at('published', { operations: [phase] })).toEqual([]);
    const stopped = operation({ kind: 'rotate.ca-key', state: 'interrupted', canResume: true });
    expect(at('published', { operations: [stopped] }).map(({ id }) => id)).toEqual(['operation-op']);
    const over = operation({ kind: 'rotate.ca-key', state: 'failed' });
    expect(at('published', { operations: [over] }).map(({ id }) => id)).toEqual(['ca-key']);
  });
});

describe('remote hosts', () => {
  const hosts = (state: Facts['hosts'][number]['state'], count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `host-${index}`, state }));

  test('that are well or on their way need nobody', () => {
    expect(needs({ hosts: [...hosts('applied', 1), ...hosts('pending', 1), ...hosts('none', 1)] })).toEqual(
      [],
    );
  });

  test('that need somebody are one need a state, the worst first', () => {
    const all = needs({ hosts: [...hosts('silent', 1), ...hosts('opened', 1), ...hosts('failed', 6)] });
    expect(all.map(({ id, severity }) => [id, severity])).toEqual([
      ['hosts-opened', 'critical'],
      ['hosts-failed', 'warning'],
      ['hosts-silent', 'warning'],
    ]);
    expect(all[0]).toMatchObject({ action: { to: '/hosts/host-0' } });
    expect(all[1]).toMatchObject({
      title: { params: { count: 6 } },
      detail: { params: { names: 'host-0, host-1, host-2, host-3', count: 2 } },
      action: { to: '/hosts' },
    });
  });
});
