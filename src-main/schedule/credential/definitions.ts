import * as z from 'zod';
import { message } from '../../../shared/message.ts';
import { schedulerRoleName } from '../../openbao/policies.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import type { RotationContext } from '../../rotation/context.ts';
import { deliverStep } from '../../rotation/deliver-step.ts';
import { mintStep } from '../../rotation/mint-step.ts';
import {
  ask,
  filesPrecondition,
  mintPrecondition,
  sessionPrecondition,
} from '../../rotation/preconditions.ts';
import { retireStep } from '../../rotation/retire-step.ts';
import type { Credential } from '../../rotation/targets.ts';
import type { Schedules } from '../schedules.ts';
import { grantsFor } from './grants.ts';
import { schedulerFiles } from './files.ts';
import { filesStep, grantStep, proofStep, roleStep } from './steps.ts';

const nothing = z.strictObject({});
type Nothing = z.infer<typeof nothing>;

/** Whether this session may make the role and its policy. */
const makePrecondition = ({ services }: RotationContext) =>
  ask('make', message('schedule.precondition.make'), async () => {
    const paths = [`sys/policies/acl/${schedulerRoleName}`, `auth/approle/role/${schedulerRoleName}`];
    const granted = await services.client().capabilities(paths);
    const may = (path: string): boolean =>
      ['create', 'update', 'root'].some((word) => granted.get(path)?.includes(word) === true);
    return paths.every(may) ? undefined : message('schedule.precondition.older', { path: paths[0] ?? '' });
  });

/** The credential of unattended runs, as narrow as the schedules of now; made anew after they change. */
function credentialDefinition(context: RotationContext, schedules: Schedules): OperationDefinition<Nothing> {
  const { services } = context;
  return {
    kind: 'schedule.credential',
    input: nothing,
    async prepare() {
      const grants = await grantsFor(services, await schedules.all());
      return {
        title: message('schedule.credential.title'),
        summary: message('schedule.credential.summary', {
          roles: grants.roles.length,
          paths: grants.kv.length,
        }),
        steps: [grantStep(services, grants), roleStep(services), filesStep(services), proofStep(services)],
        preconditions: [await sessionPrecondition(context), await makePrecondition(context)],
        confirm: { verb: message('schedule.credential.confirm') },
      };
    },
  };
}

/** A new secret_id for the scheduler, which it may mint for itself; the running one goes on with its token. */
function renewDefinition(context: RotationContext): OperationDefinition<Nothing> {
  return {
    kind: 'schedule.renew-credential',
    input: nothing,
    async prepare() {
      const credential: Credential = {
        id: 'scheduler',
        role: schedulerRoleName,
        ...schedulerFiles(context.services.paths),
        delivery: 'file',
      };
      return {
        title: message('schedule.renew.title'),
        summary: message('schedule.renew.summary'),
        steps: [
          mintStep(context, [credential]),
          deliverStep(context, [credential]),
          retireStep(context, [credential]),
        ],
        preconditions: [
          await sessionPrecondition(context),
          await mintPrecondition(context, [credential]),
          await filesPrecondition([credential.secretIdPath]),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}

const any = <I>(definition: OperationDefinition<I>): OperationDefinition => definition;

/** The operations that unattended runs need. */
export const scheduleDefinitions = (
  context: RotationContext,
  schedules: Schedules,
): readonly OperationDefinition[] => [
  any(credentialDefinition(context, schedules)),
  any(renewDefinition(context)),
];
