import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { removeFile } from '../../workspace/atomic.ts';
import { readStateIfPresent, renderState, updateState } from '../../workspace/state.ts';
import type { State } from '../../workspace/state-schema.ts';
import { hasRoot, keeperOf, kvMount, rootClient, type SetupContext } from './context.ts';

/** How the bootroot tools know of OpenBao's pair (formats-newer.md, `infra_certs`). */
function openbaoCertOf({
  paths,
  topology,
  instance,
}: SetupContext): NonNullable<State['infra_certs']>[string] {
  const file = (name: 'server.crt' | 'server.key'): string => relative(paths.root, paths.openbaoTls(name));
  return {
    cert_path: file('server.crt'),
    key_path: file('server.key'),
    sans: [...topology.inside.names.openbao, '127.0.0.1'],
    renew_before: '720h',
    reload_strategy: {
      type: 'container_signal',
      container_name: `${instance ?? 'bootroot'}-openbao`,
      signal: 'SIGHUP',
    },
  };
}

const stateOf = (context: SetupContext): State => ({
  openbao_url: context.openbao.url,
  kv_mount: kvMount,
  secrets_dir: 'secrets',
  policies: { bootroot_agent: 'bootroot-agent', responder: 'bootroot-responder', stepca: 'bootroot-stepca' },
  approles: {
    bootroot_agent: 'bootroot-agent-role',
    responder: 'bootroot-responder-role',
    stepca: 'bootroot-stepca-role',
  },
  services: {},
  ...(context.secure ? { infra_certs: { openbao: openbaoCertOf(context) } } : {}),
});

export function stateStep(context: SetupContext): Step {
  const path = context.paths.state;
  return {
    id: 'state',
    title: message('setup.step.state'),
    effects: [
      { kind: 'file', path, action: 'create', diff: renderState(stateOf(context)).replace(/^/gm, '+ ') },
    ],
    check: async () => (await readStateIfPresent(path))?.openbao_url === context.openbao.url,
    async apply() {
      await updateState(path, () => undefined, { create: stateOf(context), holder: 'setup.local' });
    },
    undo: async () => {
      await removeFile(path);
    },
  };
}

/** Values of an optional external account binding, for a CA that can use them. */
export function eabStep(context: SetupContext, kid: string): Step {
  const path = 'bootroot/agent/eab';
  return {
    id: 'eab',
    title: message('setup.step.eab'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/${path}`, action: 'create', what: 'kv', detail: `kid=${kid}` },
    ],
    check: async (run) => (await (await rootClient(context, run)).kv.read(path))?.data['kid'] === kid,
    async apply(run) {
      const root = await rootClient(context, run);
      await root.kv.write(path, { kid, hmac: run.secret('eab_hmac') });
    },
    undo: async () => undefined,
  };
}

/** The root token has done its work. From here on there is no way back but to remove the installation. */
export function revokeRootStep(context: SetupContext): Step {
  return {
    id: 'revoke-root',
    title: message('setup.step.revoke_root'),
    effects: [
      { kind: 'openbao', path: 'auth/token/revoke-self', action: 'remove', what: 'token', detail: 'root' },
    ],
    check: async (run) => !(await hasRoot(context, run)),
    async apply(run) {
      const keeper = keeperOf(context, run);
      const kept = await keeper.read();
      if (kept?.rootToken === undefined) return;
      const client = context.openbao.withToken(kept.rootToken);
      try {
        await client.token.revokeSelf();
      } catch (error) {
        // Revoked by the run before a crash.
        if (!isConsoleError(error, 'openbao_forbidden')) throw error;
      }
      const refused = await client.token.lookupSelf().then(
        () => false,
        (error: unknown) => isConsoleError(error, 'openbao_forbidden'),
      );
      run.prove({ title: message('setup.proof.root_revoked'), outcome: refused ? 'proved' : 'contradicted' });
      await keeper.write({ keys: kept.keys, threshold: kept.threshold });
    },
    undo: async () => undefined,
  };
}

interface Question {
  readonly title: Message;
  /** True, or what was found instead. Throwing counts as not proved. */
  ask(): Promise<{ readonly ok: boolean; readonly evidence?: Message }>;
}

async function consoleLogin(context: SetupContext): Promise<{ ok: boolean; evidence: Message }> {
  const roleId = await readFile(context.paths.consoleRole('console', 'role_id'), 'utf8');
  const secretId = await readFile(context.paths.consoleRole('console', 'secret_id'), 'utf8');
  const login = await context.openbao.login(roleId.trim(), secretId.trim());
  await context.openbao.revoke(login.token);
  return {
    ok: true,
    evidence: message('setup.evidence.ttl', {
      minutes: Math.round(login.ttl / 60),
      policies: login.policies.join(', '),
    }),
  };
}

function questions(context: SetupContext): readonly Question[] {
  const { topology } = context;
  const ready = (server: Parameters<typeof topology.isReady>[0]) => async () => ({
    ok: await topology.isReady(server),
  });
  return [
    { title: message('setup.proof.openbao'), ask: () => consoleLogin(context) },
    { title: message('setup.proof.database'), ask: ready('postgres') },
    { title: message('setup.proof.responder'), ask: ready('responder') },
    { title: message('setup.proof.stepca'), ask: ready('step-ca') },
  ];
}

async function answer(question: Question, run: Run): Promise<boolean> {
  try {
    const { ok, evidence } = await question.ask();
    run.prove({
      title: question.title,
      outcome: ok ? 'proved' : 'not_proved',
      ...(evidence === undefined ? {} : { evidence }),
    });
    return ok;
  } catch (error) {
    const evidence = isConsoleError(error)
      ? message(`error.${error.code}.what`, error.data.params)
      : undefined;
    run.prove({
      title: question.title,
      outcome: 'not_proved',
      ...(evidence === undefined ? {} : { evidence }),
    });
    return false;
  }
}

/** Everything once more from outside: success is what was seen, not an exit code. */
export function proveStep(context: SetupContext): Step {
  return {
    id: 'prove',
    title: message('setup.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      for (const question of questions(context))
        if (!(await answer(question, run)))
          throw new ConsoleError('setup_not_proved', { proof: question.title.key });
    },
    undo: async () => undefined,
  };
}
