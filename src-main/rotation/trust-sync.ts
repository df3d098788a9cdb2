import * as z from 'zod';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import { publishedTrust } from '../services/trust.ts';
import { trustOf, type Trust } from '../setup/local/trust-step.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import type { RotationContext } from './context.ts';
import { ask, filesPrecondition, noCaRotationPrecondition, sessionPrecondition } from './preconditions.ts';
import { sideBySide } from './side-by-side.ts';
import { allServicesOf, isRemote } from './targets.ts';
import {
  proveTrustStep,
  publishTrustStep,
  stagedTrust,
  tellTrustStep,
  trustFilesOf,
  trustFilesStep,
} from './trust-steps.ts';

/**
 * The trust of this generation: the CA's own files where it is on this host; else what whoever runs it has published in OpenBao, which
 * services and files are then brought in line with.
 */
async function presentTrust({ services }: RotationContext): Promise<Trust> {
  if (await hasCertificates(services.paths.rootCert)) return trustOf(services.paths);
  const { pins, bundlePem } = await publishedTrust(services.client());
  return { trusted_ca_sha256: [...pins], ca_bundle_pem: bundlePem };
}

async function hasCertificates(path: string): Promise<boolean> {
  return (await readTextFileIfPresent(path)) !== undefined;
}

/** Pins and bundle of the CA on this host, published as one generation to everybody who trusts it. */
export function trustSyncDefinition(context: RotationContext): OperationDefinition<Record<string, never>> {
  const trust = stagedTrust(() => presentTrust(context));
  return {
    kind: 'rotate.trust-sync',
    unfinished: 'superseded',
    input: z.strictObject({}),
    async prepare() {
      const services = await allServicesOf(context.services);
      const local = services.filter((one) => !isRemote(one));
      const remote = services.filter(isRemote);
      return {
        title: message('rotation.trust_sync.title'),
        summary: message('rotation.trust_sync.summary', { count: services.length }),
        steps: [
          // Nobody is told before both are there.
          sideBySide('hand-out', message('rotation.step.hand_out_trust'), [
            publishTrustStep(context, services, trust),
            trustFilesStep(context, local, trust),
          ]),
          tellTrustStep(context, local),
          proveTrustStep(context, local, remote, trust),
        ],
        preconditions: [
          await sessionPrecondition(context),
          await ask('ca', message('rotation.precondition.ca'), async () => {
            await presentTrust(context);
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
