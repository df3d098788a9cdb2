import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { buildDsn, parseDsn, type Dsn } from '../postgres/dsn.ts';
import { probeLogin } from '../postgres/probe.ts';
import { changePassword } from '../postgres/provision.ts';
import { serverPreconditions } from '../services/preconditions.ts';
import { readTextFile, replaceFileAtomic } from '../workspace/atomic.ts';
import { caDsn, parseCaConfig, withCaDsn } from '../workspace/ca-json.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import { maskOf } from '../workspace/masking.ts';
import type { RotationContext } from './context.ts';
import { kvStep } from './kv-step.ts';
import { ask, filesPrecondition, managedPrecondition } from './preconditions.ts';
import { freshSecret } from './secrets.ts';
import { restartStep } from './stepca-password.ts';
import { proveIssuance } from './trial-issuance.ts';

const runtimePath = 'bootroot/stepca/db';
/** Never written here: the administrator's DSN is another secret (failure mode C18). */
const adminPath = 'bootroot/stepca/db_admin';

/** step-ca's DSN as ca.json has it, with the address by which step-ca calls the server. Throws `rotation_no_dsn`. */
async function configDsn(context: RotationContext): Promise<Dsn> {
  const path = context.services.paths.caConfig;
  const text = caDsn(parseCaConfig(await readTextFile(path), path));
  if (text === undefined) throw new ConsoleError('rotation_no_dsn', { path });
  return parseDsn(text);
}

/** {@link configDsn} as this host calls the same server: containers know it by another name (failure mode C18). */
const ownDsn = async (context: RotationContext): Promise<Dsn> => {
  const dsn = await configDsn(context);
  const own = await context.topology.ownDatabase?.();
  // By its own address there is one server.
  return own === undefined ? dsn : { ...dsn, ...own, others: [] };
};

/** `value`, or what the older tools wrote by mistake as `dsn`. */
const dsnIn = (data: Readonly<Record<string, unknown>> | undefined): Dsn | undefined => {
  const text = data?.['value'] ?? data?.['dsn'];
  return typeof text === 'string' ? parseDsn(text) : undefined;
};

const withPassword = (dsn: Dsn, password: string): Dsn => ({ ...dsn, password });

/**
 * The password before this operation: that of ca.json or of OpenBao, whichever PostgreSQL takes. Throws `postgres_…` when it
 * takes neither.
 */
async function previousPassword(context: RotationContext, run: Run): Promise<string> {
  return run.stage.once('previous', async () => {
    const dsn = await ownDsn(context);
    const first = await probeLogin(dsn);
    if (first.ok) return dsn.password ?? '';
    const stored = dsnIn((await context.services.client().kv.read(runtimePath))?.data);
    if (stored?.password === undefined) throw first.error;
    const second = await probeLogin(withPassword(dsn, stored.password));
    if (!second.ok) throw second.error;
    return stored.password;
  });
}

function publishStep(context: RotationContext): Step {
  return kvStep(context, {
    id: 'publish',
    title: message('rotation.step.publish_dsn'),
    paths: [runtimePath],
    keys: 'value',
    async prepare(run) {
      await previousPassword(context, run);
      await freshSecret(run);
    },
    async wanted(run, _path, before) {
      // The address that readers of OpenBao use may be another one than that of this host.
      const dsn = dsnIn(before) ?? (await configDsn(context));
      return { value: buildDsn(withPassword(dsn, await freshSecret(run))) };
    },
  });
}

/** An administrator if OpenBao knows one that logs in; else the role changes its own password. */
async function whoMayChange(context: RotationContext, own: readonly Dsn[]): Promise<Dsn> {
  const [first] = own;
  const admin = dsnIn((await context.services.client().kv.read(adminPath))?.data);
  for (const dsn of [...(admin === undefined ? [] : [admin]), ...own])
    if ((await probeLogin(dsn)).ok) return dsn;
  throw new ConsoleError('postgres_password', {
    host: first?.host ?? '',
    port: first?.port ?? 0,
    role: first?.user ?? '',
  });
}

async function setRolePassword(context: RotationContext, run: Run, to: string): Promise<void> {
  const dsn = await ownDsn(context);
  const known = [await previousPassword(context, run), await freshSecret(run)];
  const by = await whoMayChange(
    context,
    known.map((password) => withPassword(dsn, password)),
  );
  await changePassword(by, { role: dsn.user, password: to });
  const login = await probeLogin(withPassword(dsn, to));
  if (!login.ok) throw login.error;
}

function roleStep(context: RotationContext, dsn: Dsn | undefined): Step {
  return {
    id: 'role',
    title: message('rotation.step.role'),
    effects: [{ kind: 'database', action: 'change', name: `${dsn?.user ?? ''}@${dsn?.database ?? ''}` }],
    async check(run) {
      const fresh = await run.stage.read('fresh');
      return fresh !== undefined && (await probeLogin(withPassword(await ownDsn(context), fresh))).ok;
    },
    apply: async (run) => setRolePassword(context, run, await freshSecret(run)),
    undo: async (run) => setRolePassword(context, run, await previousPassword(context, run)),
  };
}

async function setConfigPassword(context: RotationContext, password: string): Promise<void> {
  const path = context.services.paths.caConfig;
  const text = await readTextFile(path);
  const edited = withCaDsn(text, path, buildDsn(withPassword(await configDsn(context), password)));
  if (edited !== text) await replaceFileAtomic(path, edited, { mode: 0o600 });
}

async function configStep(context: RotationContext, dsn: Dsn | undefined): Promise<Step> {
  const path = context.services.paths.caConfig;
  const text = dsn === undefined ? '' : await readTextFile(path);
  const sample = 'new-password';
  const after = dsn === undefined ? '' : withCaDsn(text, path, buildDsn(withPassword(dsn, sample)));
  const diff = unifiedDiff(text, after, { path, secrets: [dsn?.password ?? '', sample] });
  return {
    id: 'config',
    title: message('rotation.step.ca_json'),
    effects: [{ kind: 'file', path, action: 'change', diff }],
    async check(run) {
      const fresh = await run.stage.read('fresh');
      return fresh !== undefined && (await configDsn(context)).password === fresh;
    },
    apply: async (run) => setConfigPassword(context, await freshSecret(run)),
    async undo(run) {
      await setConfigPassword(context, await previousPassword(context, run));
    },
  };
}

/** Undone, step-ca must come back on the old password: after the role and ca.json have it again. */
function settleStep(context: RotationContext): Step {
  return {
    id: 'settle',
    title: message('rotation.step.settle'),
    effects: [],
    // Never there already: a step that found its effect is skipped, and the undo of a skipped step is left out.
    check: async () => false,
    apply: async () => undefined,
    undo: (run) => context.topology.restartStepCa(run.signal),
  };
}

function proveStep(context: RotationContext): Step {
  return {
    id: 'prove',
    title: message('rotation.step.prove'),
    effects: [],
    weight: 2,
    check: async () => false,
    async apply(run) {
      const previous = await previousPassword(context, run);
      const fresh = await freshSecret(run);
      const dsn = await ownDsn(context);
      const login = await probeLogin(dsn);
      if (!login.ok) throw login.error;
      if (dsn.password !== fresh)
        throw new ConsoleError('rotation_file_changed', { path: context.services.paths.caConfig });
      run.prove({ title: message('rotation.proof.db_new', { role: dsn.user }), outcome: 'proved' });
      const old = await probeLogin(withPassword(dsn, previous));
      if (old.ok) throw new ConsoleError('rotation_old_accepted', { name: dsn.user });
      if (old.error.code !== 'postgres_password') throw old.error;
      run.prove({ title: message('rotation.proof.db_old', { role: dsn.user }), outcome: 'proved' });
      await proveIssuance(context, run);
      run.changed(`PostgreSQL ${dsn.user}`, maskOf(previous), maskOf(fresh));
    },
    undo: async () => undefined,
  };
}

/** The password of step-ca's PostgreSQL role. */
export function dbDefinition(context: RotationContext): OperationDefinition<Record<string, never>> {
  const { paths } = context.services;
  return {
    kind: 'rotate.db',
    unfinished: 'superseded',
    input: z.strictObject({}),
    async prepare() {
      // A ca.json that cannot be read is said by a precondition; the plan is shown all the same.
      const dsn = await configDsn(context).catch(() => undefined);
      return {
        title: message('rotation.db.title'),
        summary: message('rotation.db.summary', { role: dsn?.user ?? '?' }),
        steps: [
          settleStep(context),
          publishStep(context),
          roleStep(context, dsn),
          await configStep(context, dsn),
          restartStep(context),
          proveStep(context),
        ],
        preconditions: [
          ...(await serverPreconditions(context.services)),
          await managedPrecondition(context),
          await ask('database', message('rotation.precondition.database'), async () => {
            const login = await probeLogin(await ownDsn(context));
            if (!login.ok) throw login.error;
            return undefined;
          }),
          await filesPrecondition([paths.caConfig]),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
