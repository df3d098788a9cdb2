import type { Effect } from '../../shared/contract/operations.ts';
import type { Run } from '../operations/types.ts';
import { parseDsn, type Dsn } from '../postgres/dsn.ts';
import type { RotationContext } from '../rotation/context.ts';
import type { ServerName } from '../servers/catalogue.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Topology } from '../topology/topology.ts';
import { readTextFile } from '../workspace/atomic.ts';
import { caDsn, parseCaConfig } from '../workspace/ca-json.ts';
import { ConsoleError } from '../../shared/errors.ts';

/** A program by its path, or the image of a container. */
export interface Program {
  readonly path: string;
  readonly version: string;
}

/** Where the programs and data of the servers are, whatever runs them. Each call is safe to repeat. */
export interface Place {
  program(server: ServerName): Promise<Program>;
  /** How a version is got, for the plan; empty when it is there. */
  obtaining(server: ServerName, version: string): Promise<readonly Effect[]>;
  obtain(server: ServerName, version: string, run: Run): Promise<Program>;
  /** From its next start the server is this program. */
  use(server: ServerName, program: Program): Promise<void>;
  /** Files that {@link use} changes, for the plan. */
  using(server: ServerName, version: string): Promise<readonly Effect[]>;
  /** Directory or volume of a server's data, for the plan. */
  readonly dataOf: (server: 'openbao' | 'postgres') => Promise<string>;
  /** Keeps the data of a server that does not run. */
  keep(server: 'openbao' | 'postgres', signal: AbortSignal): Promise<void>;
  kept(server: 'openbao' | 'postgres'): Promise<boolean>;
  /** Puts what was kept in the place of the present data of a server that does not run. */
  putBack(server: 'openbao' | 'postgres'): Promise<void>;
  /** Forgets what was kept. */
  drop(server: 'openbao' | 'postgres'): Promise<void>;
  /** Bytes that keeping takes, and bytes that are free there. */
  room(server: 'openbao' | 'postgres'): Promise<{ readonly needed: number; readonly free: number }>;
  /** Another major version of the database; absent where this topology cannot. */
  readonly major?: MajorChange;
}

/** From one major version of PostgreSQL to another, by dump and restore into a new cluster beside the old one. */
export interface MajorChange {
  /**
   * Makes the new cluster from the old one, which runs while its clients do not.
   * @param admin the old server's superuser, @param owner step-ca's own role
   */
  convert(program: Program, dsn: { readonly admin: Dsn; readonly owner: Dsn }, run: Run): Promise<void>;
  converted(to: string): Promise<boolean>;
  /** The new cluster takes the place of the old one, which is kept. Neither runs. */
  swap(to: string): Promise<void>;
  /** The old one again. */
  swapBack(from: string): Promise<void>;
  /** Removes a new cluster that is not in its place. */
  discard(program: Program): Promise<void>;
}

/** What is asked for the proof of an installation. */
export interface ProofContext {
  readonly services: ServicesContext;
  readonly topology: Topology;
  /** For the proof by an order as an agent would make it. */
  readonly rotation: RotationContext;
  /** A session with OpenBao, as long as there is one or the console can sign in by itself. */
  readonly signIn: () => Promise<void>;
}

/** What upgrades work on. */
export interface UpgradeContext extends ProofContext {
  readonly place: Place;
}

const adminPath = 'bootroot/stepca/db_admin';

/** PostgreSQL as this host calls it, where step-ca calls it by another address. */
async function onThisHost(context: ProofContext, dsn: Dsn): Promise<Dsn> {
  const { ports } = await context.topology.requireLayout();
  return { ...dsn, host: '127.0.0.1', port: ports.postgres };
}

/** step-ca's own DSN as this host calls the server. Throws `rotation_no_dsn`. */
export async function ownerDsn(context: ProofContext): Promise<Dsn> {
  const path = context.services.paths.caConfig;
  const text = caDsn(parseCaConfig(await readTextFile(path), path));
  if (text === undefined) throw new ConsoleError('rotation_no_dsn', { path });
  return onThisHost(context, parseDsn(text));
}

/** The superuser's DSN, which OpenBao keeps; undefined where it does not. */
export async function adminDsn(context: ProofContext): Promise<Dsn | undefined> {
  const value = (await context.services.client().kv.read(adminPath))?.data['value'];
  return typeof value === 'string' ? onThisHost(context, parseDsn(value)) : undefined;
}
