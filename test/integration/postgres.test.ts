import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ConsoleError } from '../../shared/errors.ts';
import { connect, withConnection } from '../../src-main/postgres/connection.ts';
import { buildDsn, parseDsn, type Dsn } from '../../src-main/postgres/dsn.ts';
import { probeLogin } from '../../src-main/postgres/probe.ts';
import { changePassword, dropProvisioned, provision } from '../../src-main/postgres/provision.ts';
import { stepCaTables } from '../../src-main/postgres/step-ca-tables.ts';
import { binary } from '../support/binaries.ts';
import { startTcpFaultProxy } from '../support/fault-proxy.ts';
import { testPki } from '../support/pki.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startStepCa } from '../support/step-ca.ts';

let server: TestPostgres;
/** Characters that break quoting, URLs and templates. */
const password = `MARKED'p"a\\s$\{x}%41@:/?#é `.trim();
const role = `stepca "o'wner`;
const database = `step"ca'; DROP TABLE x; --`;

const as = (changes: Partial<Dsn>): Dsn => ({
  user: role,
  password,
  host: server.host,
  port: server.port,
  database,
  options: [['sslmode', 'disable']],
  ...changes,
});

async function failure(promise: Promise<unknown>): Promise<ConsoleError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'ConsoleError' });
  expect(JSON.stringify([(error as ConsoleError).data, (error as Error).message])).not.toContain('MARKED');
  return error as ConsoleError;
}
const code = async (promise: Promise<unknown>): Promise<string> => (await failure(promise)).code;
async function refusal(dsn: Dsn): Promise<string> {
  const probe = await probeLogin(dsn, { connectMs: 1_500 });
  return probe.ok ? 'ok' : probe.error.code;
}

beforeAll(async () => {
  // None of these may have a say.
  Object.assign(process.env, {
    PGHOST: '127.0.0.9',
    PGPORT: '1',
    PGPASSWORD: 'wrong',
    PGSSLMODE: 'verify-full',
    PGOPTIONS: '-c search_path=nowhere',
    PGUSER: 'nobody',
    PGDATABASE: 'nowhere',
  });
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name];
});

describe('a role and its database', () => {
  const request = () => ({ admin: server.admin, role, password, database });

  test('are made, again without effect, and take a login with that password only', async () => {
    expect(await provision(request())).toEqual({ role: true, database: true });
    expect(await provision(request())).toEqual({ role: false, database: false });
    expect(await probeLogin(as({}))).toMatchObject({ ok: true, tls: 'none' });
    expect(await probeLogin(parseDsn(buildDsn(as({}))))).toMatchObject({ ok: true });
    expect(await refusal(as({ password: 'no' }))).toBe('postgres_password');
    expect(await refusal(as({ user: 'nobody' }))).toBe('postgres_password');
  });

  test('the role creates in its own database (C18), owns nothing else and reaches no other', async () => {
    await withConnection(as({}), async (own) => {
      await own.run('CREATE TABLE mine (id int)');
      await own.run('DROP TABLE mine');
      const [row] = await own.rows(
        z.object({ powerful: z.boolean(), path: z.string() }),
        `SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS powerful,
                current_setting('search_path') AS path FROM pg_roles WHERE rolname = current_user`,
      );
      expect(row).toEqual({ powerful: false, path: '"$user", public' });
      expect(await code(own.run('CREATE DATABASE another'))).toBe('postgres_forbidden');
      expect(await code(own.run('CREATE ROLE another'))).toBe('postgres_forbidden');
    });
    await provision({ ...request(), role: 'neighbour', database: 'neighbour', password: 'neighbour' });
    expect(await refusal(as({ database: 'neighbour' }))).toBe('postgres_forbidden');
    expect(await refusal(as({ user: 'neighbour', password: 'neighbour' }))).toBe('postgres_forbidden');
    await dropProvisioned({ admin: server.admin, role: 'neighbour', database: 'neighbour' });
  });

  test('two consoles that provision at once end in one role and one database', async () => {
    const both = { admin: server.admin, role: 'race', password: 'race', database: 'race' };
    const outcomes = await Promise.allSettled([provision(both), provision(both), provision(both)]);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    await provision(both);
    expect(await refusal(as({ user: 'race', password: 'race', database: 'race' }))).toBe('ok');
    await dropProvisioned(both);
  });

  test('an administrator who is no superuser can do it too, and is no member of the role afterwards', async () => {
    const admin = as({ user: 'maker', password: 'maker', database: 'postgres' });
    await withConnection(server.admin, (own) =>
      own.run("CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'maker'"),
    );
    const made = { admin, role: 'made', password: 'made', database: 'made' };
    expect(await provision(made)).toEqual({ role: true, database: true });
    expect(await refusal(as({ user: 'made', password: 'made', database: 'made' }))).toBe('ok');
    await withConnection(server.admin, async (own) => {
      const [row] = await own.rows(
        z.object({ member: z.boolean() }),
        "SELECT pg_has_role('maker', 'made', 'USAGE') AS member",
      );
      expect(row?.member).toBe(false);
    });
    expect(await provision(made)).toEqual({ role: false, database: false });
  });

  test('a powerful role, a foreign database and impossible names are refused before anything changes', async () => {
    expect(await code(provision({ ...request(), role: 'postgres' }))).toBe('postgres_role_powerful');
    expect(await refusal(server.admin)).toBe('ok');
    expect(await code(provision({ ...request(), role: 'newcomer', database: 'made' }))).toBe(
      'postgres_database_foreign',
    );
    await withConnection(server.admin, async (own) => {
      const found = await own.rows(z.object({}), "SELECT 1 FROM pg_roles WHERE rolname = 'newcomer'");
      expect(found).toEqual([]);
    });
    expect(await code(dropProvisioned({ ...request(), database: 'made' }))).toBe('postgres_database_foreign');
    for (const name of ['', 'x'.repeat(64), 'é'.repeat(32), 'a\u0000b'])
      expect(await code(provision({ ...request(), role: name })), name).toBe('postgres_name');
    expect(
      await code(provision({ ...request(), admin: as({ database: 'postgres' }), role: 'n', database: 'n' })),
    ).toMatch(/^postgres_/);
  });

  test('the password is changed by the role itself, and the old one ends', async () => {
    const next = 'MARKED next "\'\\ pässword';
    await changePassword(as({}), { role, password: next });
    expect(await refusal(as({}))).toBe('postgres_password');
    expect(await refusal(as({ password: next }))).toBe('ok');
    await changePassword(server.admin, { role, password });
    expect(await refusal(as({}))).toBe('ok');
  });

  test('step-ca tables are found and counted', async () => {
    expect(await stepCaTables(as({}))).toEqual({ present: false, certificates: 0, revoked: 0 });
    await withConnection(as({}), async (own) => {
      await own.run('CREATE TABLE x509_certs (nkey bytea, nvalue bytea)');
      await own.run("INSERT INTO x509_certs SELECT 'a', 'b' FROM generate_series(1, 7)");
    });
    expect(await stepCaTables(as({}))).toEqual({ present: true, certificates: 7, revoked: 0 });
  });

  test('undone, nothing of it is left, also with a session open', async () => {
    const open = await connect(as({}));
    await dropProvisioned(request());
    await dropProvisioned(request());
    expect(await refusal(as({}))).toBe('postgres_password');
    expect(await code(open.run('SELECT 1'))).toMatch(/^postgres_/);
    await open.close();
  });

  test('no password was ever in a statement or in the log of the server', () => {
    expect(server.output()).toContain('ALTER ROLE');
    expect(server.output()).toContain('SCRAM-SHA-256$');
    expect(server.output()).not.toContain('MARKED');
  });
});

describe('step-ca', () => {
  test('starts on what was provisioned, makes its tables there, and starts again after a new password', async () => {
    const made = { admin: server.admin, role: 'stepca', password: 'first/@:', database: 'stepca' };
    await provision(made);
    const start = async (secret: string): Promise<void> => {
      const dsn = buildDsn(as({ user: 'stepca', password: secret, database: '' }));
      const ca = await startStepCa({
        binary: await binary('step-ca'),
        httpPort: 1,
        resolver: '127.0.0.1:1',
        postgres: { dataSource: dsn, database: 'stepca' },
      });
      await ca.stop();
    };
    await start('first/@:');
    const own = as({ user: 'stepca', password: 'first/@:', database: 'stepca' });
    expect(await stepCaTables(own)).toEqual({ present: true, certificates: 0, revoked: 0 });
    await changePassword(own, { role: 'stepca', password: 'second' });
    await start('second');
    await dropProvisioned(made);
  });
});

describe('why there is no login', () => {
  test('of several servers the one that takes writes is used, whatever became of the others', async () => {
    const copy = await startPostgres({ readOnly: true });
    try {
      const [gone, live, behind] = ['127.0.0.1:1', `127.0.0.1:${server.port}`, `127.0.0.1:${copy.port}`];
      const at = (list: string): Dsn => parseDsn(copy.adminDsn.replace(/@[^/]+\//, `@${list}/`));
      for (const list of [`${gone},${behind},${live}`, `${live},${gone}`]) {
        const probe = await probeLogin(at(list), { connectMs: 2_000 });
        expect(probe).toMatchObject({ ok: true, server: live });
      }
      expect(await refusal(at(`${gone},${behind}`))).toBe('postgres_read_only');
      expect(await refusal(at(`${gone},127.0.0.1:2`))).toBe('postgres_unreachable');
    } finally {
      await copy.stop();
    }
  });

  test('no such database, no such host, no server', async () => {
    expect(await refusal({ ...server.admin, database: 'nowhere' })).toBe('postgres_no_database');
    expect(await refusal({ ...server.admin, host: 'no-such-host.invalid' })).toBe('postgres_unreachable');
    expect(await refusal({ ...server.admin, port: 1 })).toBe('postgres_unreachable');
    expect((await failure(connect({ ...server.admin, port: 1 }))).data.params).toMatchObject({
      reason: 'ECONNREFUSED',
      port: 1,
    });
  });

  test('a connection that is reset, that hangs, or that breaks in the middle', async () => {
    const proxy = await startTcpFaultProxy(server);
    const dsn = { ...server.admin, port: proxy.port };
    try {
      proxy.mode('reset');
      expect(await refusal(dsn)).toBe('postgres_unreachable');
      proxy.mode('hang');
      expect(await refusal(dsn)).toBe('postgres_slow');
      proxy.mode('pass');
      const open = await connect(dsn);
      const broken = open.run('SELECT pg_sleep(5)');
      setTimeout(() => proxy.mode('reset'), 200);
      expect(await code(broken)).toBe('postgres_unreachable');
      await open.close();
      proxy.mode('pass');
      const slow = await connect(dsn, { statementMs: 200 });
      expect(await code(slow.run('SELECT pg_sleep(5)'))).toBe('postgres_slow');
      await slow.close();
    } finally {
      await proxy.stop();
    }
  });

  test('stopped, and back on the same data', async () => {
    await server.halt();
    expect(await refusal(server.admin)).toBe('postgres_unreachable');
    await server.resume();
    expect(await refusal(server.admin)).toBe('ok');
  });
});

describe('TLS levels', () => {
  test('what sslmode asks for is what happens', async () => {
    const pki = await testPki('Right');
    const other = await testPki('Wrong');
    const secure = await startPostgres({
      tls: await pki.leaf(['127.0.0.1']),
      hba: ['hostssl all all 127.0.0.1/32 scram-sha-256'],
    });
    try {
      const dsn = (mode: string, host = '127.0.0.1'): Dsn => ({
        ...secure.admin,
        host,
        options: [['sslmode', mode]],
      });
      const asked = async (target: Dsn, ca?: string): Promise<string> => {
        const probe = await probeLogin(target, ca === undefined ? {} : { ca });
        return probe.ok ? probe.tls : probe.error.code;
      };
      expect(await asked(dsn('disable'))).toBe('postgres_tls');
      expect(await asked({ ...secure.admin, options: [] })).toBe('encrypted');
      expect(await asked(dsn('require'))).toBe('encrypted');
      expect(await asked(dsn('verify-full'), pki.bundle)).toBe('verified');
      expect(await asked(dsn('verify-full'), other.bundle)).toBe('postgres_tls');
      expect(await asked(dsn('verify-full'))).toBe('postgres_tls');
      expect(await asked(dsn('verify-full', 'localhost'), pki.bundle)).toBe('postgres_tls');
      expect(await asked(dsn('verify-ca', 'localhost'), pki.bundle)).toBe('verified');
      expect(await asked(dsn('nonsense'))).toBe('postgres_tls');
    } finally {
      await secure.stop();
    }
    // A server without TLS: only those that do not insist get in.
    expect(await refusal({ ...server.admin, options: [] })).toBe('ok');
    expect(await refusal({ ...server.admin, options: [['sslmode', 'require']] })).toBe('postgres_tls');
  });
});
