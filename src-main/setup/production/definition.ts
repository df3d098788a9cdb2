import * as z from 'zod';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Step } from '../../operations/types.ts';
import { removeFile } from '../../workspace/atomic.ts';
import type { ShareCeremony } from '../ceremony/ceremony.ts';
import { labQuorum, labShares } from '../ceremony/lab-shares.ts';
import { recoveryAccess, type RecoveryWorld } from '../ceremony/recovery-access.ts';
import { proposeSharesStep, verifySharesStep, type NewShares } from '../ceremony/share-steps.ts';
import { recoveryFileKeeper } from '../local/share-keeper.ts';

const inputSchema = z
  .object({
    shares: z.number().int().min(2).max(20),
    threshold: z.number().int().min(2).max(20),
    custodians: z.array(z.string().min(1).max(60)).max(20),
  })
  .refine(({ shares, threshold }) => threshold <= shares)
  .refine(({ shares, custodians }) => new Set(custodians).size === shares);
export type ToProduction = z.infer<typeof inputSchema>;

export interface ToProductionContext extends RecoveryWorld {
  readonly ceremony: ShareCeremony;
}

function newSharesOf(context: ToProductionContext, input: ToProduction): NewShares {
  const { paths } = context;
  return {
    wanted: input,
    interface: 'rotate',
    access: recoveryAccess(context),
    present: () => labQuorum(context.openbao(), paths),
    keeper: (run) => recoveryFileKeeper(paths.recoveryFile, () => run.secret('passphrase'), run.stage),
    kept: [{ kind: 'file', path: paths.recoveryFile, action: 'create', mode: '0600' }],
    titles: {
      propose: message('setup.production.step.propose'),
      verify: message('setup.production.step.verify'),
      newHold: message('setup.production.proof.new'),
      oldRefused: message('setup.production.proof.old'),
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
        (shares) => (shares?.length ?? 0) > 0,
        () => false,
      );
      const unsealed = await Promise.resolve()
        .then(() => context.openbao().sealStatus())
        .then(
          ({ sealed }) => !sealed,
          () => false,
        );
      const { shares, threshold } = input;
      const fresh = newSharesOf(context, input);
      return {
        title: message('setup.production.title'),
        summary: message('setup.production.summary', { shares, threshold }),
        steps: [proposeSharesStep(fresh), verifySharesStep(fresh), destroyStep(context, input)],
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
