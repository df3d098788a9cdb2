import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import type { Dsn } from '../workspace/dsn.ts';
import { withConnection, type Connection, type ConnectOptions } from './connection.ts';
import { quotedName, quotedText } from './names.ts';
import { scramVerifier } from './scram.ts';

/** A role that owns one database and nothing else. */
export interface ProvisionRequest {
  /** Who may create roles and databases. Its database must exist already. */
  readonly admin: Dsn;
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

export interface Provisioned {
  /** What was made now; false: it was there. */
  readonly role: boolean;
  readonly database: boolean;
}

/** SQLSTATEs of losing a race against another console: the thing is there. */
const thereAlready = ['42710', '42P04', '23505'];

const roleRow = z.object({ powerful: z.boolean(), memberships: z.coerce.number() });
const databaseRow = z.object({ owner: z.string() });
const mayRow = z.object({ may: z.boolean() });
const adminRow = z.object({ name: z.string(), superuser: z.boolean() });

/** Rights that a role of one database does not have. */
const rights = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';

/** What is there now, once it has been found fit: absent, or the administrator's or the role's own. */
interface Present {
  readonly role: boolean;
  /** Owner of the database, if there is one. */
  readonly owner: string | undefined;
}

async function ownerOf(admin: Connection, database: string): Promise<string | undefined> {
  const [found] = await admin.rows(
    databaseRow,
    'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
    [database],
  );
  return found?.owner;
}

/** Looks before anything is changed. */
async function judge(admin: Connection, request: ProvisionRequest, adminName: string): Promise<Present> {
  const { role, database } = request;
  const [found] = await admin.rows(
    roleRow,
    `SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS powerful,
            (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid) AS memberships
     FROM pg_roles r WHERE r.rolname = $1`,
    [role],
  );
  if (found !== undefined && (found.powerful || found.memberships > 0))
    throw new ConsoleError('postgres_role_powerful', { role });
  const owner = await ownerOf(admin, database);
  if (owner !== undefined && owner !== role && owner !== adminName)
    throw new ConsoleError('postgres_database_foreign', { database, owner });
  return { role: found !== undefined, owner };
}

async function setPassword(connection: Connection, role: string, password: string): Promise<void> {
  const verifier = await scramVerifier(password);
  await connection.run(`ALTER ROLE ${quotedName(role)} PASSWORD ${quotedText(verifier)}`);
}

async function ensureDatabase(
  admin: Connection,
  request: ProvisionRequest,
  owner: string | undefined,
): Promise<void> {
  const role = quotedName(request.role);
  const database = quotedName(request.database);
  if (owner === undefined) {
    await admin.run(
      `CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0 ENCODING 'UTF8'`,
      thereAlready,
    );
  } else if (owner !== request.role) {
    await admin.run(`ALTER DATABASE ${database} OWNER TO ${role}`);
  }
}

/** An administrator who does not own the schema is told so by 42501; what counts is what the role may do in the end. */
async function giveSchema(inside: Connection, { role, admin }: ProvisionRequest): Promise<void> {
  const notMine = ['42501'];
  await inside.run('REVOKE CREATE ON SCHEMA public FROM PUBLIC', notMine);
  await inside.run(`GRANT USAGE, CREATE ON SCHEMA public TO ${quotedName(role)}`, notMine);
  const [may] = await inside.rows(mayRow, "SELECT has_schema_privilege($1, 'public', 'CREATE') AS may", [
    role,
  ]);
  if (may?.may !== true)
    throw new ConsoleError('postgres_forbidden', { host: admin.host, port: admin.port, role: admin.user });
}

/**
 * Makes the role and its database, or brings what is there into that state; safe to repeat. The public schema is given to
 * the role explicitly, because since PostgreSQL 15 nobody else may create in it (failure mode C18). Whether a login works is
 * for the caller to prove, from where step-ca will connect.
 * @throws `postgres_role_powerful`, `postgres_database_foreign`, `postgres_name` before anything was changed, and those of `connect`
 */
export async function provision(
  request: ProvisionRequest,
  options: ConnectOptions = {},
): Promise<Provisioned> {
  const role = quotedName(request.role);
  const database = quotedName(request.database);
  return withConnection(
    request.admin,
    async (admin) => {
      const [me] = await admin.rows(
        adminRow,
        'SELECT rolname AS name, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
      );
      const adminName = me?.name ?? request.admin.user;
      // An administrator that is no superuser must be a member of the role to make it an owner, for as long as that takes.
      const lend = me?.superuser !== true;
      const present = await judge(admin, request, adminName);
      if (!present.role) await admin.run(`CREATE ROLE ${role} ${rights}`, thereAlready);
      await setPassword(admin, request.role, request.password);
      if (lend) await admin.run(`GRANT ${role} TO CURRENT_USER`);
      try {
        await ensureDatabase(admin, request, present.owner);
        await withConnection(
          { ...request.admin, database: request.database },
          (inside) => giveSchema(inside, request),
          options,
        );
        await admin.run(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
        return { role: !present.role, database: present.owner === undefined };
      } finally {
        if (lend) await admin.run(`REVOKE ${role} FROM CURRENT_USER`);
      }
    },
    options,
  );
}

/**
 * Gives a role another password. @param by an administrator, or the role itself with its old password
 * The old one ends with it; sessions that are open stay.
 */
export function changePassword(
  by: Dsn,
  change: { readonly role: string; readonly password: string },
  options: ConnectOptions = {},
): Promise<void> {
  return withConnection(by, (connection) => setPassword(connection, change.role, change.password), options);
}

/** Undoes {@link provision}: the database with all that is in it, if the role owns it, then the role. */
export function dropProvisioned(
  request: Pick<ProvisionRequest, 'admin' | 'role' | 'database'>,
  options: ConnectOptions = {},
): Promise<void> {
  return withConnection(
    request.admin,
    async (admin) => {
      const owner = await ownerOf(admin, request.database);
      if (owner !== undefined && owner !== request.role)
        throw new ConsoleError('postgres_database_foreign', { database: request.database, owner });
      await admin.run(`DROP DATABASE IF EXISTS ${quotedName(request.database)} WITH (FORCE)`);
      await admin.run(`DROP ROLE IF EXISTS ${quotedName(request.role)}`);
    },
    options,
  );
}
