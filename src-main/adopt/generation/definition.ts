import * as z from 'zod';
import type { Precondition } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';
import { artifactStep } from '../../fleet/artifact.ts';
import type { OperationDefinition } from '../../operations/types.ts';
import type { RotationContext } from '../../rotation/context.ts';
import { ask, filesPrecondition, sessionPrecondition } from '../../rotation/preconditions.ts';
import { allServicesOf, isRemote } from '../../rotation/targets.ts';
import type { Service } from '../../services/entry.ts';
import { accessStep, wantedAccess } from './access-step.ts';
import { agentFiles } from './agent-files.ts';
import { agentsStep, proveStep, publishStep, stateStep } from './steps.ts';

/** Rules of the newer tools for names (formats-newer.md, "state.json"). */
const idRule = /^[a-z0-9](?:[a-z0-9-]{0,129}[a-z0-9])?$/;
const refusedName = ({ id, entry }: Service): boolean =>
  !idRule.test(id) || entry.service_name.toLowerCase().startsWith('bootroot-');

async function preconditions(
  context: RotationContext,
  services: readonly Service[],
): Promise<Precondition[]> {
  const { services: world } = context;
  const bad = services.find(refusedName)?.id;
  return [
    await sessionPrecondition(context),
    {
      id: 'names',
      title: message('adopt.generation.precondition.names'),
      met: bad === undefined,
      ...(bad === undefined
        ? {}
        : { detail: message('adopt.generation.precondition.bad_name', { service: bad }) }),
    },
    await ask('agents', message('adopt.generation.precondition.agents'), async () => {
      await agentFiles(world, services);
      return undefined;
    }),
    await ask('access', message('adopt.generation.precondition.access'), async () => {
      const paths = wantedAccess(services, world.kvMount).flatMap(({ policy, role }) => [
        `sys/policies/acl/${policy}`,
        ...(role === undefined ? [] : [`auth/approle/role/${role}`]),
      ]);
      const may = await world.client().capabilities(paths);
      const denied = paths.find(
        (path) => !['root', 'update', 'create'].some((one) => may.get(path)?.includes(one) === true),
      );
      return denied === undefined
        ? undefined
        : message('adopt.generation.precondition.denied', { path: denied });
    }),
    await filesPrecondition([
      world.paths.state,
      ...services.filter((service) => !isRemote(service)).map(({ agentConfig }) => agentConfig),
    ]),
  ];
}

/**
 * From the older generation of the bootroot tools to the newer, which those tools cannot do: afterwards the newer ones load everything,
 * and the older ones still do.
 */
export function generationDefinition(context: RotationContext): OperationDefinition<Record<string, never>> {
  const { services: world } = context;
  return {
    kind: 'adopt.generation',
    input: z.strictObject({}),
    async prepare() {
      const services = await allServicesOf(world);
      const local = services.filter((service) => !isRemote(service));
      const remote = services.filter(isRemote).map(({ id }) => id);
      return {
        title: message('adopt.generation.title'),
        summary: message('adopt.generation.summary', { count: services.length }),
        steps: [
          await accessStep(world, services),
          publishStep(context, local),
          await agentsStep(world, services),
          ...(remote.length === 0 ? [] : [artifactStep(world, remote)]),
          await stateStep(world),
          proveStep(world),
        ],
        preconditions: await preconditions(context, services),
        confirm: { verb: message('adopt.generation.confirm') },
      };
    },
  };
}
