import * as z from 'zod';
import { caKeyActions } from '../../../shared/contract/rotation-ca-key.ts';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Prepared } from '../../operations/types.ts';
import { findService, type Service } from '../../services/entry.ts';
import { serverPreconditions } from '../../services/preconditions.ts';
import { caKeysOf, passwordCandidates, passwordOf } from '../ca-keys.ts';
import type { RotationContext } from '../context.ts';
import { reissueStep } from '../force-reissue.ts';
import { ask, filesPrecondition, managedPrecondition } from '../preconditions.ts';
import { restartStep } from '../stepca-password.ts';
import { allServicesOf, isRemote } from '../targets.ts';
import {
  proveTrustStep,
  publishTrustStep,
  stagedTrust,
  trustFilesOf,
  tellTrustStep,
  trustFilesStep,
  type TrustSource,
} from '../trust-steps.ts';
import { boardOf } from './board.ts';
import { caFilesOf } from './files.ts';
import { cleanStep, waiveStep } from './finish-steps.ts';
import { bothTrusted, generationsOf, newTrusted, oldTrusted } from './generations.ts';
import { advanceStep, generateStep, recordStep } from './prepare-steps.ts';
import {
  modes,
  readRecord,
  requiredRecord,
  type CaKeyMode,
  type CaKeyRecord,
  type CaKeyStage,
} from './record.ts';
import { isServerRow } from './server-rows.ts';
import { backupStep, proveIssuerStep, swapStep } from './switch-steps.ts';

const inputSchema = z.object({
  action: z.enum(caKeyActions),
  /** begin: what is replaced. */
  mode: z.enum(modes).default('intermediate-only'),
  /** waive: the service, and why it need not be waited for. */
  service: z.string().max(131).default(''),
  reason: z.string().trim().max(400).default(''),
  /** retire: whether the files of the old CA are removed too. */
  destroyOld: z.boolean().default(false),
});
type Input = z.infer<typeof inputSchema>;

type Phase = Omit<Prepared, 'title' | 'summary'>;

/** Where each action may start. A stage is noted at the end of a phase, so one that was interrupted is found at both. */
const stagesFor: Readonly<Record<Input['action'], readonly (CaKeyStage | 'idle')[]>> = {
  begin: ['idle'],
  switch: ['published'],
  reissue: ['switched'],
  retire: ['reissued'],
  abort: ['preparing', 'published', 'switched', 'reissued'],
  waive: ['published', 'switched', 'reissued'],
};

/** Services with what they need to know of the two generations. */
async function world(context: RotationContext) {
  const services = await allServicesOf(context.services);
  return {
    services,
    local: services.filter((one) => !isRemote(one)),
    remote: services.filter(isRemote),
  };
}

const stagePrecondition = (met: boolean, stage: CaKeyStage | 'idle'): Precondition => ({
  id: 'stage',
  title: message('ca_key.precondition.stage'),
  met,
  ...(met ? {} : { detail: message(`ca_key.precondition.stage_${stage}`) }),
});

const gatePrecondition = (context: RotationContext): Promise<Precondition> =>
  ask('gate', message('ca_key.precondition.gate'), async () => {
    const { waiting, rows } = await boardOf(context);
    if (waiting === 0) return undefined;
    const names = rows
      .filter(({ green, waived }) => !green && waived === undefined)
      .map(({ service }) => service);
    return message('ca_key.precondition.waiting', { waiting, names: names.slice(0, 5).join(', ') });
  });

const keysPrecondition = (context: RotationContext, mode: CaKeyMode): Promise<Precondition> =>
  ask('keys', message('rotation.precondition.keys'), async () => {
    const known = await passwordCandidates(context);
    const keys = await caKeysOf(context.services.paths);
    // The root signs the new intermediate, unless a new root does.
    if (mode === 'intermediate-only' && !keys.some(({ name }) => name === 'root'))
      return message('ca_key.precondition.root_offline');
    for (const key of keys)
      if ((await passwordOf(key, known)) === undefined)
        return message('rotation.precondition.key_closed', { path: key.path });
    return undefined;
  });

const trustSteps = (
  context: RotationContext,
  { services, local, remote }: Awaited<ReturnType<typeof world>>,
  trust: TrustSource,
) => [
  publishTrustStep(context, services, trust),
  trustFilesStep(context, local, trust),
  tellTrustStep(context, local),
  proveTrustStep(context, local, remote, trust),
];

async function begin(context: RotationContext, { mode }: Input): Promise<Phase> {
  const { paths } = context.services;
  const all = await world(context);
  const both = stagedTrust(async () => bothTrusted(await generationsOf(paths, await requiredRecord(paths))));
  return {
    steps: [
      generateStep(context, mode),
      recordStep(context, mode),
      ...trustSteps(context, all, both),
      advanceStep(context, 'preparing', 'published'),
    ],
    preconditions: [
      ...(await serverPreconditions(context.services)),
      await managedPrecondition(context),
      await keysPrecondition(context, mode),
      await filesPrecondition([
        ...caFilesOf(paths, mode).flatMap(({ live, next }) => [live, next]),
        ...trustFilesOf(context, all.local),
      ]),
    ],
    confirm: { verb: message('ca_key.confirm.begin') },
  };
}

async function switchIssuer(context: RotationContext, mode: CaKeyMode): Promise<Phase> {
  const { paths } = context.services;
  return {
    steps: [
      backupStep(context, mode),
      swapStep(context, mode, 'new'),
      restartStep(context),
      proveIssuerStep(context, 'new'),
      advanceStep(context, 'published', 'switched'),
    ],
    preconditions: [
      ...(await serverPreconditions(context.services)),
      await managedPrecondition(context),
      await filesPrecondition(caFilesOf(paths, mode).flatMap(({ live, backup }) => [live, backup])),
      await gatePrecondition(context),
    ],
    confirm: { verb: message('ca_key.confirm.switch') },
  };
}

async function reissue(context: RotationContext): Promise<Phase> {
  const { local, remote } = await world(context);
  return {
    // All of them, also those that renewed meanwhile: the steps must be the same after a crash.
    steps: [reissueStep(context, [...local, ...remote], 0), advanceStep(context, 'switched', 'reissued')],
    preconditions: [
      ...(await serverPreconditions(context.services)),
      await filesPrecondition(local.flatMap(({ cert, key }) => [cert, key])),
    ],
    confirm: { verb: message('ca_key.confirm.reissue') },
  };
}

/** Without a record (it goes last, and a crash may come right after) what is left to do is the same for both modes. */
async function retire(
  context: RotationContext,
  record: CaKeyRecord | undefined,
  { destroyOld }: Input,
): Promise<Phase> {
  const { paths } = context.services;
  const all = await world(context);
  const fresh = stagedTrust(async () => newTrusted(await generationsOf(paths, await requiredRecord(paths))));
  return {
    steps: [
      ...trustSteps(context, all, fresh),
      cleanStep(context, record?.mode ?? 'full', { destroyOld, stays: 'new' }),
    ],
    preconditions: [
      ...(await serverPreconditions(context.services)),
      await filesPrecondition(trustFilesOf(context, all.local)),
      await gatePrecondition(context),
    ],
    confirm: { verb: message('ca_key.confirm.retire'), typed: 'retire' },
  };
}

/** A remote host may hold a leaf of the new CA already; nobody here can reissue it. */
function remotePrecondition(record: CaKeyRecord | undefined, remote: readonly Service[]): Precondition {
  const stage = record?.console.stage;
  const names = remote.map(({ id }) => id).filter((id) => record?.console.waivers[id] === undefined);
  const met = (stage !== 'switched' && stage !== 'reissued') || names.length === 0;
  return {
    id: 'remote',
    title: message('ca_key.precondition.remote'),
    met,
    ...(met
      ? {}
      : { detail: message('ca_key.precondition.remote_names', { names: names.slice(0, 5).join(', ') }) }),
  };
}

async function abort(context: RotationContext, record: CaKeyRecord | undefined): Promise<Phase> {
  const { paths } = context.services;
  const all = await world(context);
  const old = stagedTrust(async () => oldTrusted(await generationsOf(paths, await requiredRecord(paths))));
  const mode = record?.mode ?? 'full';
  const stage = record?.console.stage;
  const back =
    // Without a record everything is done but to say so; the steps are the same as before the crash.
    stage === undefined || stage === 'switched' || stage === 'reissued'
      ? [
          swapStep(context, mode, 'old'),
          restartStep(context),
          proveIssuerStep(context, 'old'),
          reissueStep(context, all.local, 0),
        ]
      : [];
  return {
    steps: [
      ...back,
      ...trustSteps(context, all, old),
      cleanStep(context, mode, { destroyOld: false, stays: 'old' }),
    ],
    preconditions: [
      ...(await serverPreconditions(context.services)),
      await managedPrecondition(context),
      await filesPrecondition([
        ...caFilesOf(paths, mode).map(({ live }) => live),
        ...trustFilesOf(context, all.local),
      ]),
      remotePrecondition(record, all.remote),
    ],
    confirm: { verb: message('ca_key.confirm.abort') },
  };
}

async function waive(context: RotationContext, { service, reason }: Input): Promise<Phase> {
  if (!isServerRow(service)) await findService(service, context.services.paths);
  if (reason === '') throw new ConsoleError('ca_key_reason_missing', { name: service });
  return {
    steps: [waiveStep(context, service, reason)],
    preconditions: [],
    confirm: { verb: message('ca_key.confirm.waive') },
  };
}

async function phaseOf(context: RotationContext, input: Input): Promise<Phase> {
  const record = await readRecord(context.services.paths);
  const stage = record?.console.stage ?? 'idle';
  const { action } = input;
  const phase = await {
    begin: () => begin(context, input),
    switch: () => switchIssuer(context, record?.mode ?? 'full'),
    reissue: () => reissue(context),
    retire: () => retire(context, record, input),
    abort: () => abort(context, record),
    waive: () => waive(context, input),
  }[action]();
  return {
    ...phase,
    preconditions: [stagePrecondition(stagesFor[action].includes(stage), stage), ...phase.preconditions],
  };
}

/**
 * The CA's keys in phases that can each wait for days: begin (new CA made, both trusted) → switch (the new one issues) → reissue →
 * retire (the old one is trusted no longer). Between them stands the gate of {@link boardOf}; until retire everything can be aborted.
 */
export function caKeyDefinition(context: RotationContext): OperationDefinition<Input> {
  return {
    kind: 'rotate.ca-key',
    unfinished: 'first',
    input: inputSchema,
    async prepare(input) {
      const { services } = await world(context);
      const params = { services: services.length, name: input.service, reason: input.reason };
      return {
        title: message(`ca_key.title.${input.action}`, params),
        summary: message(`ca_key.summary.${input.action}`, params),
        ...(await phaseOf(context, input)),
      };
    },
  };
}
