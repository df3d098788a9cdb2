import { expect, test } from 'vitest';
import { parseDsn, sslMode } from './dsn.ts';
import { postgresError, reasonOf } from './failures.ts';
import { quotedName } from './names.ts';

const failed = (code: string, text = ''): Error => Object.assign(new Error(text), { code });

test.each([
  [failed('28P01', 'password authentication failed for user "x"'), 'password'],
  [failed('3D000'), 'database'],
  [failed('57P03', 'the database system is starting up'), 'starting'],
  [failed('42501'), 'forbidden'],
  [failed('28000', 'no pg_hba.conf entry for host "1.2.3.4", user "x", no encryption'), 'tls'],
  [failed('53300', 'too many connections'), 'other'],
  [failed('ECONNREFUSED'), 'refused'],
  [failed('ENOTFOUND'), 'dns'],
  [new Error('The server does not support SSL connections'), 'tls'],
  [new Error('timeout expired'), 'timeout'],
  [new Error('Connection terminated unexpectedly'), 'refused'],
])('%s', (error, reason) => {
  expect(reasonOf(error).reason).toBe(reason);
});

test('an error tells host, role and database, and no password or statement', () => {
  const dsn = parseDsn('postgresql://stepca:MARKED@db:5433/ca');
  const cause = Object.assign(failed('42601', 'syntax error at MARKED'), {
    where: 'MARKED',
    detail: 'MARKED',
  });
  const error = postgresError(cause, dsn);
  expect(error.data.params).toMatchObject({
    host: 'db',
    port: 5433,
    role: 'stepca',
    database: 'ca',
    reason: '42601',
  });
  expect(JSON.stringify([error.data, error.message, String(error.cause)])).not.toContain('MARKED');
});

test('sslmode: what is not known counts as the strictest', () => {
  const mode = (query: string) => sslMode(parseDsn(`postgresql://u@h/d${query}`));
  expect([mode(''), mode('?sslmode=allow'), mode('?sslmode=disable'), mode('?sslmode=on')]).toEqual([
    'prefer',
    'prefer',
    'disable',
    'verify-full',
  ]);
});

test('names are quoted, and refused where PostgreSQL would cut them', () => {
  expect(quotedName('a"b')).toBe('"a""b"');
  expect(quotedName('x'.repeat(63))).toHaveLength(65);
  for (const name of ['', 'x'.repeat(64), 'a\nb']) expect(() => quotedName(name)).toThrow('postgres_name');
});
