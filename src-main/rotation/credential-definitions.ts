import * as z from 'zod';
import { message } from '../../shared/message.ts';
import type { Precondition } from '../../shared/contract/operations.ts';
import { cidrsSchema, lifetimeSchema } from '../../shared/contract/services.ts';
import type { OperationDefinition } from '../operations/types.ts';
import { readTextFile } from '../workspace/atomic.ts';
import type { RotationContext } from './context.ts';
import { adoptStep } from './adopt-step.ts';
import { deliverStep } from './deliver-step.ts';
import { mintStep } from './mint-step.ts';
import { retireStep } from './retire-step.ts';
import {
  ask,
  filesPrecondition,
  mintPrecondition,
  sessionPrecondition,
  somePrecondition,
} from './preconditions.ts';
import {
  chosenServices,
  consoleCredential,
  credentialOf,
  infraCredential,
  infraTargets,
  type Credential,
} from './targets.ts';

/** Which services: `all`, or their registration ids. */
export const selectionSchema = z.union([z.literal('all'), z.array(z.string().min(1).max(131)).max(5000)]);

const approleSchema = z.object({
  ids: selectionSchema,
  infra: z.array(z.enum(infraTargets)).default([]),
  /** Logins that each new secret_id is good for; unlimited unless given. */
  uses: z.number().int().min(1).max(1_000_000).optional(),
  /** Addresses that the new ones are bound to, in place of what state.json says of each service. */
  cidrs: cidrsSchema.optional(),
  /** Remote hosts: a wrapping token of this lifetime is put into the bootstrap artifact. */
  wrapTtl: lifetimeSchema.optional(),
});
type ApproleInput = z.infer<typeof approleSchema>;

/** A credential as the operator asked for it to be bound. */
const boundAs =
  ({ uses, cidrs, wrapTtl }: ApproleInput) =>
  (credential: Credential): Credential => ({
    ...credential,
    ...(uses === undefined ? {} : { uses }),
    ...(cidrs === undefined ? {} : { cidrs }),
    ...(wrapTtl === undefined ? {} : { wrapTtl }),
  });

/** Where a wrapping token goes there must be an artifact already. */
const artifactPaths = (context: RotationContext, credentials: readonly Credential[]): string[] =>
  credentials
    .filter(({ delivery, wrapTtl }) => delivery === 'remote' && wrapTtl !== undefined)
    .map(({ id }) => context.services.paths.bootstrapArtifact(id));

const artifactsPrecondition = async (paths: readonly string[]): Promise<Precondition[]> =>
  paths.length === 0
    ? []
    : [
        await ask('artifacts', message('rotation.precondition.artifacts'), async () => {
          for (const path of paths) await readTextFile(path);
          return undefined;
        }),
      ];

const preconditions = async (context: RotationContext, credentials: readonly Credential[]) => [
  somePrecondition(credentials.length),
  await sessionPrecondition(context),
  await mintPrecondition(context, credentials),
  await filesPrecondition(
    credentials.filter(({ delivery }) => delivery === 'file').map(({ secretIdPath }) => secretIdPath),
  ),
];

/** New secret_ids for services and infra agents: mint, prove, deliver, end the old, prove that it is refused. */
export function approleSecretIdDefinition(context: RotationContext): OperationDefinition<ApproleInput> {
  return {
    kind: 'rotate.approle-secret-id',
    unfinished: 'first',
    input: approleSchema,
    async prepare(input) {
      const { ids, infra } = input;
      const credentials = [
        ...(await chosenServices(context.services, ids)).map(credentialOf),
        ...infraTargets
          .filter((target) => infra.includes(target))
          .map((target) => infraCredential(context.services, target)),
      ].map(boundAs(input));
      const artifacts = artifactPaths(context, credentials);
      const count = credentials.length;
      return {
        title: message('rotation.approle_secret_id.title'),
        summary: message('rotation.approle_secret_id.summary', { count }),
        steps: [
          mintStep(context, credentials),
          deliverStep(context, credentials),
          retireStep(context, credentials, ids === 'all'),
        ],
        preconditions: [
          ...(await preconditions(context, credentials)),
          ...(await artifactsPrecondition(artifacts)),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}

/** The AppRole credential that the console itself uses. */
export function consoleCredentialsDefinition(
  context: RotationContext,
): OperationDefinition<Record<string, never>> {
  return {
    kind: 'rotate.console-credentials',
    unfinished: 'first',
    input: z.strictObject({}),
    async prepare() {
      const credential = consoleCredential(context.services);
      const credentials = [credential];
      return {
        title: message('rotation.console_credentials.title'),
        summary: message('rotation.console_credentials.summary'),
        steps: [
          mintStep(context, credentials),
          deliverStep(context, credentials),
          adoptStep(context, credential),
          retireStep(context, credentials),
        ],
        preconditions: await preconditions(context, credentials),
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
