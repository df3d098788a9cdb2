import { serviceAddSchema, type ServiceAdd } from '../../../shared/contract/services.ts';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { OperationDefinition, Step } from '../../operations/types.ts';
import { readStateIfPresent } from '../../workspace/state.ts';
import { checkServiceAdd } from '../check.ts';
import type { ServicesContext } from '../context.ts';
import { identityOf } from '../identity.ts';
import { serverPreconditions } from '../preconditions.ts';
import { accessOf, approleStep, credentialsStep, policyStep } from './access-steps.ts';
import { agentStep, entryOf, idOf, plannedService } from './file-steps.ts';
import { stateStep } from './state-step.ts';
import { issueStep, pathStep, proveStep } from './issue-steps.ts';
import { secretsStep } from './secrets-step.ts';

/** What the wizard checked while one typed, checked again: the world may have changed since. */
async function validity(context: ServicesContext, input: ServiceAdd): Promise<Precondition> {
  const { problems } = await checkServiceAdd(
    input,
    await readStateIfPresent(context.paths.state),
    context.paths,
  );
  const [first] = problems.filter(({ level }) => level === 'error');
  return {
    id: 'valid',
    title: message('service.precondition.valid'),
    met: first === undefined,
    ...(first === undefined ? {} : { detail: first.message }),
  };
}

const count = (steps: readonly Step[], kind: string): number =>
  steps.flatMap((step) => step.effects).filter((effect) => effect.kind === kind).length;

/** Onboarding of one service on this host, from its policy to a proved certificate. */
export function serviceAddDefinition(context: ServicesContext): OperationDefinition<ServiceAdd> {
  return {
    kind: 'service.add',
    input: serviceAddSchema,
    async prepare(input) {
      const { root, state } = context.paths;
      if ((await readStateIfPresent(state)) === undefined)
        throw new ConsoleError('no_installation', { path: root });
      const access = accessOf(idOf(input), context, input);
      const service = plannedService(input, access, context);
      const at = () => service;
      const steps = [
        policyStep(context, access),
        approleStep(context, access),
        credentialsStep(context, access),
        secretsStep(context, access.id),
        await agentStep(context, input, service),
        await stateStep(context, access, (roleId) => entryOf(input, access, roleId, context.now())),
        pathStep(context, at),
        issueStep(context, at),
        proveStep(context, at),
      ];
      const name = access.id;
      return {
        title: message('service.add.title', { name }),
        summary: message('service.add.summary', {
          identity: identityOf(input),
          files: count(steps, 'file'),
          paths: count(steps, 'openbao'),
        }),
        steps,
        preconditions: [await validity(context, input), ...(await serverPreconditions(context))],
        confirm: { verb: message('service.add.confirm', { name }) },
      };
    },
  };
}
