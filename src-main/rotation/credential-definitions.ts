import * as z from 'zod';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import type { RotationContext } from './context.ts';
import { adoptStep, deliverStep, mintStep, retireStep } from './credential-steps.ts';
import {
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

const approleSchema = z.object({ ids: selectionSchema, infra: z.array(z.enum(infraTargets)).default([]) });
type ApproleInput = z.infer<typeof approleSchema>;

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
    input: approleSchema,
    async prepare({ ids, infra }) {
      const credentials = [
        ...(await chosenServices(context.services, ids)).map(credentialOf),
        ...infraTargets
          .filter((target) => infra.includes(target))
          .map((target) => infraCredential(context.services, target)),
      ];
      const count = credentials.length;
      return {
        title: message('rotation.approle_secret_id.title'),
        summary: message('rotation.approle_secret_id.summary', { count }),
        steps: [
          mintStep(context, credentials),
          deliverStep(context, credentials),
          retireStep(context, credentials),
        ],
        preconditions: await preconditions(context, credentials),
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
