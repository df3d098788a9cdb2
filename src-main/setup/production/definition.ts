import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OpenBao } from '../../openbao/openbao.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { removeFile } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { ShareCeremony } from '../ceremony/ceremony.ts';
import { asBreakGlass } from '../local/role-steps.ts';
import { recoveryFileKeeper, type ShareKeeper } from '../local/share-keeper.ts';

const inputSchema = z
  .object({
    shares: z.number().int().min(2).max(20),
    threshold: z.number().int().min(2).max(20),
    custodians: z.array(z.string().min(1).max(60)).max(20),
  })
  .refine(({ shares, threshold }) => threshold <= shares)
  .refine(({ shares, custodians }) => new Set(custodians).size === shares);
export type ToProduction = z.infer<typeof inputSchema>;

export interface ToProductionContext {
  readonly paths: WorkspacePaths;
  openbao(): OpenBao;
  readonly ceremony: ShareCeremony;
}

const labShares = async (paths: WorkspacePaths): Promise<string[]> =>
  (await readFile(paths.unsealKeys, 'utf8')).split('\n').filter((line) => line.trim() !== '');

function keeperOf(context: ToProductionContext, run: Run): ShareKeeper {
  return recoveryFileKeeper(context.paths.recoveryFile, () => run.secret('passphrase'), run.stage);
}

/** OpenBao as the break-glass role for the time of an action. */
const privileged = <T>(
  context: ToProductionContext,
  action: Parameters<typeof asBreakGlass<T>>[1],
): Promise<T> => asBreakGlass({ openbao: context.openbao(), paths: context.paths }, action);

async function propose(context: ToProductionContext, input: ToProduction, run: Run): Promise<void> {
  const present = await labShares(context.paths);
  const { threshold } = await context.openbao().sealStatus();
  const proposed = await privileged(context, async ({ shareRotation }) => {
    await shareRotation.cancel();
    return shareRotation.propose(input, present.slice(0, threshold));
  });
  if (proposed.keys.length === 0)
    throw new ConsoleError('setup_shares_missing', { path: context.paths.unsealKeys });
  await keeperOf(context, run).write({ keys: [...proposed.keys], threshold: input.threshold });
  await run.stage.write('verification', proposed.verificationNonce);
}

/** New shares, safe under the passphrase before they hold: a crash or a lost answer leaves the old ones in force. */
function proposeStep(context: ToProductionContext, input: ToProduction): Step {
  return {
    id: 'propose',
    title: message('setup.production.step.propose'),
    effects: [
      {
        kind: 'openbao',
        path: 'sys/rotate/root/init',
        action: 'change',
        what: 'init',
        detail: `${input.threshold}/${input.shares}`,
      },
      { kind: 'file', path: context.paths.recoveryFile, action: 'create', mode: '0600' },
    ],
    check: async (run) =>
      (await run.stage.read('verification')) !== undefined && (await keeperOf(context, run).complete()),
    apply: (run) => propose(context, input, run),
    async undo() {
      await privileged(context, ({ shareRotation }) => shareRotation.cancel());
      await removeFile(context.paths.recoveryFile);
    },
  };
}

/** The new shares are given back; from here on they hold. Whether they do is asked of OpenBao, not of a note. */
function verifyStep(context: ToProductionContext, input: ToProduction): Step {
  const quorum = async (run: Run): Promise<readonly string[]> =>
    ((await keeperOf(context, run).read())?.keys ?? []).slice(0, input.threshold);
  return {
    id: 'verify',
    title: message('setup.production.step.verify'),
    effects: [{ kind: 'openbao', path: 'sys/rotate/root/verify', action: 'change', what: 'init' }],
    async check(run) {
      // An attempt that waits for its verification was not verified; asking further would give it up.
      const keys = await quorum(run);
      return privileged(context, async ({ shareRotation }) =>
        (await shareRotation.underWay()) ? false : shareRotation.hold(keys, input),
      );
    },
    async apply(run) {
      // A server that was restarted in between has forgotten the attempt.
      if (!(await privileged(context, ({ shareRotation }) => shareRotation.underWay())))
        await propose(context, input, run);
      const keys = await quorum(run);
      const nonce = (await run.stage.read('verification')) ?? '';
      const held = await privileged(context, async ({ shareRotation }) => {
        if (!(await shareRotation.verify(keys, nonce))) return false;
        return shareRotation.hold(keys, input);
      });
      const old = await labShares(context.paths);
      const oldHold = await privileged(context, ({ shareRotation }) => shareRotation.hold(old, input));
      run.prove({ title: message('setup.production.proof.new'), outcome: held ? 'proved' : 'not_proved' });
      run.prove({
        title: message('setup.production.proof.old'),
        outcome: oldHold ? 'contradicted' : 'proved',
      });
      if (!held) throw new ConsoleError('setup_not_proved', { proof: 'setup.production.proof.new' });
    },
  };
}

/** The file of the lab is worthless now; it goes, and the custodians are due. */
function destroyStep(context: ToProductionContext, input: ToProduction): Step {
  return {
    id: 'destroy',
    title: message('setup.production.step.destroy'),
    effects: [{ kind: 'file', path: context.paths.unsealKeys, action: 'remove' }],
    check: async () => false,
    async apply() {
      await context.ceremony.begin(input.custodians, input.threshold);
      await removeFile(context.paths.unsealKeys);
    },
  };
}

/** The step from a lab to production: new shares for custodians, the file with the old ones destroyed. */
export function toProductionDefinition(context: ToProductionContext): OperationDefinition<ToProduction> {
  return {
    kind: 'setup.to-production',
    input: inputSchema,
    async prepare(input) {
      const lab = await labShares(context.paths).then(
        (shares) => shares.length > 0,
        () => false,
      );
      const unsealed = await Promise.resolve()
        .then(() => context.openbao().sealStatus())
        .then(
          ({ sealed }) => !sealed,
          () => false,
        );
      const { shares, threshold } = input;
      return {
        title: message('setup.production.title'),
        summary: message('setup.production.summary', { shares, threshold }),
        steps: [proposeStep(context, input), verifyStep(context, input), destroyStep(context, input)],
        preconditions: [
          { id: 'lab', title: message('setup.production.precondition.lab'), met: lab },
          { id: 'unsealed', title: message('setup.production.precondition.unsealed'), met: unsealed },
        ],
        secretInputs: [
          {
            name: 'passphrase',
            label: message('setup.secret.passphrase'),
            hint: message('setup.secret.passphrase_hint'),
            minLength: 12,
            fresh: true,
          },
        ],
        confirm: { verb: message('setup.production.confirm'), typed: 'PRODUCTION' },
      };
    },
  };
}
