import { randomBytes } from 'node:crypto';
import { message } from '../../../shared/message.ts';
import { buildDsn, parseDsn, type Dsn } from '../../postgres/dsn.ts';
import { probeLogin } from '../../postgres/probe.ts';
import { provision } from '../../postgres/provision.ts';
import type { Run, Step } from '../../operations/types.ts';
import type { Address } from '../../topology/topology.ts';
import { kvMount, rootClient, type SetupContext } from './context.ts';

const adminPath = 'bootroot/stepca/db_admin';
const runtimePath = 'bootroot/stepca/db';
const database = 'stepca';
const role = 'step';

/** PostgreSQL as this process calls it. */
const here = ({ ports }: SetupContext): Address => ({ host: '127.0.0.1', port: ports.now.postgres });

const newPassword = (): string => randomBytes(24).toString('base64url');

/**
 * A DSN that OpenBao holds; made and stored first, used afterwards, so that no crash can lose it. Its port follows the layout until
 * the server runs.
 */
async function stored(
  context: SetupContext,
  run: Run,
  path: string,
  about: { readonly user: string; readonly database: string; readonly at: Address },
): Promise<Dsn> {
  const root = await rootClient(context, run);
  const value = (await root.kv.read(path))?.data['value'];
  const { host, port } = about.at;
  const kept = typeof value === 'string' ? parseDsn(value) : undefined;
  if (kept?.port === port && kept.host === host) return kept;
  // With TLS whoever connects says how he judges it; the bootroot tools, which read the DSN too, know no level that verifies.
  const options = context.secure ? '' : '?sslmode=disable';
  const fresh = parseDsn(`postgresql://${about.user}@${host}/${about.database}${options}`);
  const dsn: Dsn = { ...(kept ?? { ...fresh, password: newPassword() }), host, port };
  await root.kv.write(path, { value: buildDsn(dsn) });
  return dsn;
}

/** The administrator's DSN; kept apart from step-ca's own (failure mode C18). */
export const adminDsn = (context: SetupContext, run: Run): Promise<Dsn> =>
  stored(context, run, adminPath, { user: 'postgres', database: 'postgres', at: here(context) });

/** What step-ca connects with. */
export const runtimeDsn = (context: SetupContext, run: Run): Promise<Dsn> =>
  stored(context, run, runtimePath, {
    user: role,
    database,
    at: context.topology.inside.database(context.ports.now),
  });

/** {@link runtimeDsn} as this process calls the same server. */
const ownDsn = async (context: SetupContext, run: Run): Promise<Dsn> => ({
  ...(await runtimeDsn(context, run)),
  ...here(context),
});

/** A cluster of its own with SCRAM on loopback; the administrator's password is in OpenBao before the cluster is made. */
export function postgresStep(context: SetupContext): Step {
  return {
    id: 'postgres',
    title: message('setup.step.postgres'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/${adminPath}`, action: 'create', what: 'kv', detail: 'value' },
      { kind: 'file', path: context.paths.localServer('postgres'), action: 'create', mode: '0700' },
      { kind: 'process', name: 'PostgreSQL', action: 'start' },
    ],
    weight: 3,
    async check(run) {
      return (
        (await context.topology.isReady('postgres')) && (await probeLogin(await adminDsn(context, run))).ok
      );
    },
    async apply(run) {
      const { password = '' } = await adminDsn(context, run);
      await context.topology.initPostgres(password, run.signal);
      await context.ports.start('postgres', run, async () => void (await adminDsn(context, run)));
      const login = await probeLogin(await adminDsn(context, run));
      if (!login.ok) throw login.error;
    },
    async undo() {
      await context.topology.stopServer('postgres');
      await context.topology.removeData('postgres');
    },
  };
}

/** A role that owns one database and nothing else; done is a login from where step-ca will connect. */
export function databaseStep(context: SetupContext): Step {
  return {
    id: 'database',
    title: message('setup.step.database'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/${runtimePath}`, action: 'create', what: 'kv', detail: 'value' },
      { kind: 'database', action: 'create', name: `${role}@${database}` },
    ],
    check: async (run) => (await probeLogin(await ownDsn(context, run))).ok,
    async apply(run) {
      const { password = '' } = await runtimeDsn(context, run);
      await provision({ admin: await adminDsn(context, run), role, password, database });
      const login = await probeLogin(await ownDsn(context, run));
      if (!login.ok) throw login.error;
    },
    // The cluster is the set-up's own; taking back the step before removes it whole.
    undo: async () => undefined,
  };
}
