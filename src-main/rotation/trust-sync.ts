import * as z from 'zod';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import { trustOf } from '../setup/local/trust-step.ts';
import type { RotationContext } from './context.ts';
import { ask, filesPrecondition, noCaRotationPrecondition, sessionPrecondition } from './preconditions.ts';
import { allServicesOf, isRemote } from './targets.ts';
import {
  proveTrustStep,
  publishTrustStep,
  stagedTrust,
  trustFilesOf,
  trustFilesStep,
} from './trust-steps.ts';

/** Pins and bundle of the CA on this host, published as one generation to everybody who trusts it. */
export function trustSyncDefinition(context: RotationContext): OperationDefinition<Record<string, never>> {
  const { paths } = context.services;
  const trust = stagedTrust(() => trustOf(paths));
  return {
    kind: 'rotate.trust-sync',
    input: z.strictObject({}),
    async prepare() {
      const services = await allServicesOf(context.services);
      const local = services.filter((one) => !isRemote(one));
      const remote = services.filter(isRemote);
      return {
        title: message('rotation.trust_sync.title'),
        summary: message('rotation.trust_sync.summary', { count: services.length }),
        steps: [
          publishTrustStep(context, services, trust),
          trustFilesStep(context, local, trust),
          proveTrustStep(context, local, remote, trust),
        ],
        preconditions: [
          await sessionPrecondition(context),
          await ask('ca', message('rotation.precondition.ca'), async () => {
            await trustOf(paths);
            return undefined;
          }),
          await noCaRotationPrecondition(context),
          await filesPrecondition(trustFilesOf(context, local)),
        ],
        confirm: { verb: message('rotation.confirm') },
      };
    },
  };
}
