import * as z from 'zod';
import type { Precondition, SecretInput } from '../../../shared/contract/operations.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { RecoveryInterface } from '../../openbao/recovery.ts';
import type { SealStatus } from '../../openbao/openbao.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { labShares } from '../../setup/ceremony/lab-shares.ts';
import { proposeSharesStep, verifySharesStep } from '../../setup/ceremony/share-steps.ts';
import { ask, filesPrecondition } from '../preconditions.ts';
import {
  handOutStep,
  labFileStep,
  newSharesOf,
  presentQuorum,
  type Holders,
  type SharesContext,
} from './new-shares.ts';
import { proveRootStep, rootTokenStep, type RootWish } from './root-step.ts';

const countSchema = z.number().int().min(1).max(20);
const sharesSchema = z
  .object({
    /** As many as now, unless said. */
    shares: countSchema.optional(),
    threshold: countSchema.optional(),
    /** Who will hold them; those of the last ceremony unless said. Nobody where a file keeps the shares. */
    custodians: z.array(z.string().min(1).max(60)).max(20).default([]),
  })
  .refine(({ shares, threshold }) => (threshold ?? 0) <= (shares ?? 20))
  .refine(({ custodians }) => new Set(custodians).size === custodians.length);
const rootSchema = z.object({
  /** From a quarter of an hour to a day: a root token that never ends is not made. */
  ttlMinutes: z.number().int().min(15).max(1440).default(60),
  revokeOthers: z.boolean().default(true),
});
const inputSchema = z
  .object({
    unsealShares: sharesSchema.nullable().default(null),
    rootToken: rootSchema.nullable().default(null),
  })
  .refine(({ unsealShares, rootToken }) => unsealShares !== null || rootToken !== null);
export type RecoveryInput = z.infer<typeof inputSchema>;

export interface RecoveryContext extends SharesContext {
  readonly now: () => number;
}

/** What the plan could learn of this OpenBao; a server that does not answer is a precondition that is not met. */
interface World {
  readonly seal: SealStatus | undefined;
  readonly kind: RecoveryInterface;
  readonly holders: Holders;
  readonly custodians: readonly string[];
  readonly count: { readonly shares: number; readonly threshold: number };
}

const or = <T>(job: Promise<T>, instead: T): Promise<T> => job.catch(() => instead);

async function lookAt(context: RecoveryContext, { unsealShares }: RecoveryInput): Promise<World> {
  const seal = await or<SealStatus | undefined>(
    Promise.resolve().then(() => context.openbao().sealStatus()),
    undefined,
  );
  const open = seal?.sealed === false;
  const kind = open
    ? await or<RecoveryInterface>(
        context.desk.access(async (calls) => calls.kind),
        'none',
      )
    : 'none';
  const lab = (await labShares(context.paths)) !== undefined;
  const asked = unsealShares?.custodians ?? [];
  const last = (await context.ceremony.status()).custodians.map(({ name }) => name);
  const custodians = lab ? [] : asked.length > 0 ? asked : last;
  const shares = unsealShares?.shares ?? (asked.length > 0 ? asked.length : (seal?.shares ?? 0));
  const threshold = unsealShares?.threshold ?? Math.min(seal?.threshold ?? 0, shares);
  return { seal, kind, holders: lab ? 'lab' : 'custodians', custodians, count: { shares, threshold } };
}

/** OpenBao refuses a threshold of 1 for several shares. */
const countIsPossible = ({ shares, threshold }: World['count']): boolean =>
  threshold <= shares && (threshold >= 2 || (shares === 1 && threshold === 1));

async function preconditions(
  context: RecoveryContext,
  input: RecoveryInput,
  world: World,
): Promise<Precondition[]> {
  const { seal, holders, custodians, count } = world;
  const met = (id: string, title: Message, yes: boolean): Precondition => ({ id, title, met: yes });
  const list = [
    met('unsealed', message('setup.production.precondition.unsealed'), seal?.sealed === false),
    await ask('interface', message('recovery.precondition.interface'), () =>
      context.desk.access(async () => undefined),
    ),
    await ask('shamir', message('recovery.precondition.shamir'), async () =>
      seal === undefined || seal.type === 'shamir' ? undefined : message('recovery.precondition.auto'),
    ),
    await ask(
      'quorum',
      message('recovery.precondition.quorum', { threshold: seal?.threshold ?? 0 }),
      async () =>
        (await presentQuorum(context)) === undefined
          ? message('recovery.precondition.no_quorum', { given: context.desk.shares.status().progress })
          : undefined,
    ),
  ];
  if (input.unsealShares === null) return list;
  const { unsealKeys, recoveryFile } = context.paths;
  list.push(
    met('count', message('recovery.precondition.count', count), countIsPossible(count)),
    // New shares that could not be kept would be worse than none.
    await filesPrecondition([holders === 'lab' ? unsealKeys : recoveryFile]),
  );
  if (holders === 'lab') return list;
  const open = (await context.ceremony.status()).state === 'open';
  return [
    ...list,
    met('ceremony', message('recovery.precondition.ceremony'), !open),
    met(
      'custodians',
      message('recovery.precondition.custodians', { shares: count.shares }),
      custodians.length === count.shares,
    ),
  ];
}

function stepsOf(context: RecoveryContext, input: RecoveryInput, world: World): Step[] {
  const { holders, count, custodians, kind } = world;
  const fresh = newSharesOf(context, holders, count, kind);
  const steps: Step[] = [];
  if (input.unsealShares !== null)
    steps.push(
      proposeSharesStep(fresh),
      verifySharesStep(fresh),
      holders === 'lab' ? labFileStep(context, fresh) : handOutStep(context, custodians, count.threshold),
    );
  if (input.rootToken !== null) {
    const present = async (run: Run): Promise<readonly string[] | undefined> =>
      input.unsealShares === null
        ? presentQuorum(context)
        : ((await fresh.keeper(run).read())?.keys.slice(0, count.threshold) ?? undefined);
    const root = { ...context, interface: kind, present };
    steps.push(rootTokenStep(root, input.rootToken), proveRootStep(root, input.rootToken));
  }
  return steps;
}

const passphrase: SecretInput = {
  name: 'passphrase',
  label: message('setup.secret.passphrase'),
  hint: message('setup.secret.passphrase_hint'),
  minLength: 12,
  fresh: true,
};

function summaryOf(input: RecoveryInput, { count }: World): Message {
  const root: RootWish | null = input.rootToken;
  if (input.unsealShares === null)
    return message('recovery.summary.root', { minutes: root?.ttlMinutes ?? 0 });
  return root === null
    ? message('recovery.summary.shares', count)
    : message('recovery.summary.both', { ...count, minutes: root.ttlMinutes });
}

/**
 * New unseal shares and a new root token, by a quorum of the present shares and by whichever interface this OpenBao has
 * (failure modes C19, C33). No share and no token is kept, but for the file of a lab.
 */
export function openbaoRecoveryDefinition(context: RecoveryContext): OperationDefinition<RecoveryInput> {
  return {
    kind: 'rotate.openbao-recovery',
    unfinished: 'first',
    input: inputSchema,
    async prepare(input) {
      const world = await lookAt(context, input);
      const ceremony = input.unsealShares !== null && world.holders === 'custodians';
      return {
        title: message('recovery.title'),
        summary: summaryOf(input, world),
        steps: stepsOf(context, input, world),
        preconditions: await preconditions(context, input, world),
        ...(ceremony ? { secretInputs: [passphrase] } : {}),
        confirm: { verb: message('recovery.confirm'), ...(ceremony ? { typed: 'RECOVERY' } : {}) },
      };
    },
  };
}
