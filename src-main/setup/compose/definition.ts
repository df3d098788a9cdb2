import { setupComposeSchema, type SetupCompose } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import type { ComposeTopology } from '../../topology/compose/compose-topology.ts';
import { caStep, passwordStep } from '../local/ca-step.ts';
import { databaseStep, postgresStep } from '../local/database-steps.ts';
import { contextFor, preconditions, secretInputs, type SetupDeps } from '../local/definition.ts';
import { eabStep, proveStep, revokeRootStep, stateStep } from '../local/finish-steps.ts';
import { enginesStep, initOpenBaoStep, startOpenBaoStep, unsealOpenBaoStep } from '../local/openbao-steps.ts';
import { infraAgentsStep } from '../local/infra-agents-step.ts';
import { responderStep } from '../local/responder-step.ts';
import { breakGlassStep, rolesStep } from '../local/role-steps.ts';
import { treeStep } from '../local/server-steps.ts';
import { stepcaConfigStep, stepcaStep } from '../local/stepca-steps.ts';
import { trustStep } from '../local/trust-step.ts';
import { agentsStep, composeFilesStep } from './file-steps.ts';
import { firstCertificateStep, openbaoCertificateStep, postgresCertificateStep } from './tls-steps.ts';
import { enginePreconditions, fileReadable, imagesStep } from './image-steps.ts';

export interface SetupComposeDeps extends Omit<SetupDeps, 'topology'> {
  readonly topology: ComposeTopology;
}

/** A whole installation in containers of this host: the steps of the local one, with one service of the compose file at a time. */
export function setupComposeDefinition(deps: SetupComposeDeps): OperationDefinition<SetupCompose> {
  const { topology } = deps;
  return {
    kind: 'setup.compose',
    input: setupComposeSchema,
    async prepare(input) {
      const context = await contextFor(deps, input);
      const { name, path } = input;
      return {
        title: message('setup.compose.title'),
        summary: message('setup.compose.summary', { name, path }),
        steps: [
          await imagesStep(topology, input.imagesFile),
          treeStep(context),
          composeFilesStep(context, topology, input.instance, deps.remember),
          firstCertificateStep(context),
          startOpenBaoStep(context),
          initOpenBaoStep(context),
          unsealOpenBaoStep(context),
          enginesStep(context),
          rolesStep(context),
          passwordStep(context),
          caStep(context),
          openbaoCertificateStep(context),
          postgresStep(context),
          postgresCertificateStep(context, topology),
          databaseStep(context),
          responderStep(context),
          stepcaConfigStep(context),
          infraAgentsStep(context),
          agentsStep(topology),
          trustStep(context),
          ...(input.eab === undefined ? [] : [eabStep(context, input.eab.kid)]),
          stateStep(context),
          stepcaStep(context),
          breakGlassStep(context),
          proveStep(context),
          revokeRootStep(context),
        ],
        preconditions: [
          ...(await enginePreconditions(topology, input.instance)),
          ...(input.imagesFile === undefined ? [] : [await fileReadable(input.imagesFile)]),
          ...(await preconditions(input, deps.world)),
        ],
        secretInputs: secretInputs(input),
        confirm: { verb: message('setup.compose.confirm', { name }) },
      };
    },
  };
}
