import * as z from 'zod';
import type { Effect, SecretInput } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { serverPreconditions } from '../../services/preconditions.ts';
import type { Service } from '../../services/entry.ts';
import { maskOf } from '../../workspace/masking.ts';
import type { RotationContext } from '../context.ts';
import { kvStep } from '../kv-step.ts';
import { filesPrecondition } from '../preconditions.ts';
import { allServicesOf, isRemote, markSync } from '../targets.ts';
import { proveIssuance } from '../trial-issuance.ts';
import { accepts, eabRequired } from './ca.ts';
import { eabFilesOf, eabFilesStep } from './files-step.ts';
import { isSet, noEab, pairOf, parsePair, type EabPair } from './pair.ts';

const inputSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('set'),
    /** Open an account with the pair, before anything is changed. Not for a CA whose pairs serve only once. */
    trial: z.boolean().default(true),
  }),
  z.object({ action: z.literal('clear') }),
]);
export type EabInput = z.infer<typeof inputSchema>;

export const eabPath = 'bootroot/agent/eab';

/** The pair of this run, checked and staged by the first step; the same ever after. */
const freshPair = async (run: Run, input: EabInput): Promise<EabPair> =>
  pairOf(
    JSON.parse(
      await run.stage.once('pair', () =>
        JSON.stringify(
          input.action === 'clear' ? noEab : parsePair(run.secret('eab_kid'), run.secret('eab_hmac')),
        ),
      ),
    ),
  ) ?? noEab;

const storedPair = async ({ services }: RotationContext): Promise<EabPair | undefined> =>
  pairOf((await services.client().kv.read(eabPath))?.data);

/** The pair before this operation; none is the empty one. */
const previousPair = async (context: RotationContext, run: Run): Promise<EabPair> =>
  pairOf(
    JSON.parse(
      await run.stage.once('previous', async () => JSON.stringify((await storedPair(context)) ?? noEab)),
    ),
  ) ?? noEab;

const mask = (pair: EabPair): string | undefined =>
  isSet(pair) ? `${pair.kid} ${maskOf(pair.hmac)}` : undefined;

/** What the pair is worth is asked of the CA before anything is changed. */
function trialStep(context: RotationContext, input: EabInput, required: boolean | undefined): Step {
  const note =
    required === undefined
      ? 'rotation.note.eab_unknown'
      : required
        ? 'rotation.note.eab_asked'
        : 'rotation.note.eab_not_asked';
  return {
    id: 'trial',
    title: message(input.action === 'set' ? 'rotation.step.eab_trial' : 'rotation.step.eab_settle'),
    effects: [{ kind: 'touches', who: 'ACME', note: message(note) }],
    check: async () => false,
    async apply(run) {
      await previousPair(context, run);
      const pair = await freshPair(run, input);
      if (input.action === 'clear') return;
      if (!input.trial || required !== true) {
        run.prove({
          title: message('rotation.proof.eab_new'),
          outcome: 'not_proved',
          evidence: message(
            input.trial ? 'rotation.evidence.eab_not_asked' : 'rotation.evidence.eab_no_trial',
          ),
        });
        return;
      }
      if (!(await accepts(context.services, pair, run.signal))) throw new ConsoleError('acme_eab_rejected');
      run.prove({ title: message('rotation.proof.eab_new'), outcome: 'proved' });
      // A CA that would have taken anything has proved nothing.
      const anything = await accepts(context.services, undefined, run.signal);
      run.prove({
        title: message('rotation.proof.eab_needed'),
        outcome: anything ? 'contradicted' : 'proved',
      });
    },
    undo: async () => undefined,
  };
}

function publishStep(context: RotationContext, input: EabInput, services: readonly Service[]): Step {
  const remote = services.filter(isRemote).map(({ id }) => id);
  return kvStep(context, {
    id: 'publish',
    title: message('rotation.step.publish_eab'),
    paths: [eabPath, ...services.map(({ id }) => `bootroot/services/${id}/eab`)],
    keys: 'kid, hmac',
    prepare: (run) => freshPair(run, input),
    wanted: (run) => freshPair(run, input),
    async after(run) {
      run.changed(eabPath, mask(await previousPair(context, run)), mask(await freshPair(run, input)));
      await markSync(context.services, remote, 'eab', 'pending');
    },
    afterUndo: () => markSync(context.services, remote, 'eab', 'none'),
  });
}

async function proveOld(context: RotationContext, run: Run, input: EabInput): Promise<void> {
  const [previous, fresh] = [await previousPair(context, run), await freshPair(run, input)];
  if (!isSet(previous) || (previous.kid === fresh.kid && previous.hmac === fresh.hmac)) return;
  // Only the CA can end a pair; whether it has is worth knowing, not worth failing for.
  const still = await accepts(context.services, previous, run.signal);
  run.prove({
    title: message('rotation.proof.eab_old'),
    outcome: still ? 'not_proved' : 'proved',
    ...(still ? { evidence: message('rotation.evidence.eab_old', { kid: previous.kid }) } : {}),
  });
}

function proveStep(
  context: RotationContext,
  input: EabInput,
  required: boolean | undefined,
  remote: readonly string[],
): Step {
  const trial = input.action === 'clear' || input.trial;
  return {
    id: 'prove',
    title: message('rotation.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const fresh = await freshPair(run, input);
      const stored = await storedPair(context);
      if (stored?.kid !== fresh.kid || stored.hmac !== fresh.hmac)
        throw new ConsoleError('rotation_file_changed', { path: eabPath });
      if (trial && required === true && input.action === 'set') await proveOld(context, run, input);
      if (trial && !(input.action === 'clear' && required === true)) await proveIssuance(context, run);
      if (remote.length > 0)
        run.prove({
          title: message('rotation.proof.remote', { count: remote.length }),
          outcome: 'pending',
          evidence: message('rotation.evidence.remote', { names: remote.slice(0, 10).join(', ') }),
        });
    },
    undo: async () => undefined,
  };
}

const secretInputs: readonly SecretInput[] = [
  {
    name: 'eab_kid',
    label: message('rotation.secret.eab_kid'),
    hint: message('rotation.secret.eab_kid_hint'),
    minLength: 1,
    fresh: false,
  },
  {
    name: 'eab_hmac',
    label: message('rotation.secret.eab_hmac'),
    hint: message('rotation.secret.eab_hmac_hint'),
    minLength: 22,
    fresh: false,
  },
];

/** Hooks into a CA that binds ACME accounts to its own accounts. Open-source step-ca does not, and cannot mint such pairs. */
export function eabDefinition(context: RotationContext): OperationDefinition<EabInput> {
  return {
    kind: 'rotate.eab',
    unfinished: 'superseded',
    input: inputSchema,
    async prepare(input) {
      const services = await allServicesOf(context.services);
      const local = eabFilesOf(services.filter((one) => !isRemote(one)));
      const remote = services.filter(isRemote).map(({ id }) => id);
      const required = await Promise.resolve()
        .then(() => eabRequired(context.services))
        .catch(() => undefined);
      const set = input.action === 'set';
      const waiting: Effect[] = remote.map((who) => ({
        kind: 'touches',
        who,
        note: message('rotation.note.eab_remote'),
      }));
      const prove = proveStep(context, input, required, remote);
      return {
        title: message(set ? 'rotation.eab.title' : 'rotation.eab.title_clear'),
        summary: message(set ? 'rotation.eab.summary' : 'rotation.eab.summary_clear', {
          count: services.length,
        }),
        steps: [
          trialStep(context, input, required),
          publishStep(context, input, services),
          eabFilesStep(local, (run) => freshPair(run, input)),
          { ...prove, effects: waiting },
        ],
        preconditions: [
          ...(await serverPreconditions(context.services)),
          await filesPrecondition([...local.agents, ...local.json]),
        ],
        ...(set ? { secretInputs } : {}),
        confirm: { verb: message(set ? 'rotation.confirm' : 'rotation.eab.confirm_clear') },
      };
    },
  };
}
