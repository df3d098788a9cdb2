import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { ensureOpenBao, keeperOf, kvMount, rootClient, unseal, type SetupContext } from './context.ts';

/** Writes openbao.hcl and starts the server; ready when it answers, whatever its state. */
export function startOpenBaoStep(context: SetupContext): Step {
  return {
    id: 'openbao',
    title: message('setup.step.openbao'),
    effects: [
      { kind: 'file', path: context.topology.files.openbaoConfig, action: 'create', mode: '0600' },
      { kind: 'process', name: 'OpenBao', action: 'start' },
    ],
    weight: 2,
    check: () => context.topology.isReady('openbao'),
    apply: (run) => context.ports.start('openbao', run, () => context.topology.writeOpenBaoConfig()),
    async undo() {
      await context.topology.stopServer('openbao');
      await context.topology.removeData('openbao');
    },
  };
}

/**
 * A store that this operation made and initialised, whose answer never arrived (the console or the connection died in
 * between), holds no data: it is emptied and started again. Nobody else can have used it, it has been sealed ever since.
 */
async function startFromEmptyStore(context: SetupContext, run: Run): Promise<void> {
  run.log(message('setup.log.reinit'), 'warn');
  await context.topology.stopServer('openbao');
  await context.topology.removeData('openbao');
  await context.topology.writeOpenBaoConfig();
  await context.topology.startServer('openbao', run.signal);
}

/** Initialises, and makes the answer durable before anything else (failure mode C1). */
export function initOpenBaoStep(context: SetupContext): Step {
  const { shares, threshold } = context.input.openbao;
  const path = context.input.kind === 'lab' ? context.paths.unsealKeys : context.paths.recoveryFile;
  return {
    id: 'init',
    title: message('setup.step.init'),
    effects: [
      { kind: 'openbao', path: 'sys/init', action: 'create', what: 'init', detail: `${shares}/${threshold}` },
      { kind: 'file', path, action: 'create', mode: '0600' },
    ],
    weight: 2,
    async check(run) {
      await ensureOpenBao(context, run);
      return (await keeperOf(context, run).complete()) && (await context.openbao.sealStatus()).initialised;
    },
    async apply(run) {
      const keeper = keeperOf(context, run);
      const kept = await keeper.read();
      if (kept !== undefined && (await context.openbao.sealStatus()).initialised) {
        await keeper.write(kept);
        return;
      }
      const attempted = (await run.stage.read('init-attempted')) !== undefined;
      if ((await context.openbao.sealStatus()).initialised) {
        // Only a store whose initialisation this operation itself began may be thrown away.
        if (!attempted) throw new ConsoleError('setup_foreign_openbao', { url: context.openbao.url });
        await startFromEmptyStore(context, run);
      }
      await run.stage.write('init-attempted', '1');
      const answer = await context.openbao.init({ shares, threshold });
      await keeper.write({ keys: [...answer.keys], threshold, rootToken: answer.rootToken });
      run.log(
        message(
          context.input.kind === 'lab' ? 'setup.log.shares_kept_lab' : 'setup.log.shares_kept_production',
          { shares, path },
        ),
      );
    },
    async undo(run) {
      await keeperOf(context, run).remove();
    },
  };
}

export function unsealOpenBaoStep(context: SetupContext): Step {
  return {
    id: 'unseal',
    title: message('setup.step.unseal'),
    effects: [{ kind: 'openbao', path: 'sys/unseal', action: 'change', what: 'init' }],
    async check(run) {
      await ensureOpenBao(context, run);
      return !(await context.openbao.sealStatus()).sealed;
    },
    async apply(run) {
      const keeper = keeperOf(context, run);
      const kept = await keeper.read();
      if (kept === undefined) throw new ConsoleError('setup_shares_missing', { path: keeper.path });
      await unseal(context, kept);
      await context.topology.settle(run.signal);
    },
    undo: async () => undefined,
  };
}

/** KV version 2 at `secret/` and AppRole at `approle/`. */
export function enginesStep(context: SetupContext): Step {
  return {
    id: 'engines',
    title: message('setup.step.engines'),
    effects: [
      { kind: 'openbao', path: `${kvMount}/`, action: 'create', what: 'mount', detail: 'kv version 2' },
      { kind: 'openbao', path: 'auth/approle/', action: 'create', what: 'auth' },
    ],
    async check(run) {
      const root = await rootClient(context, run);
      const mounts = await root.mounts.list();
      const auths = await root.auth.list();
      return mounts.includes(`${kvMount}/`) && auths.includes('approle/');
    },
    async apply(run) {
      const root = await rootClient(context, run);
      if (!(await root.mounts.list()).includes(`${kvMount}/`)) await root.mounts.enableKv2(kvMount);
      if (!(await root.auth.list()).includes('approle/')) await root.auth.enableAppRole();
    },
    undo: async () => undefined,
  };
}
