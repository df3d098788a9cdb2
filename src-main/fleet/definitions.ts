import type * as z from 'zod';
import {
  carrySchema,
  freezeSchema,
  handoverSchema,
  hostAddSchema,
  type HostAdd,
} from '../../shared/contract/hosts.ts';
import type { Precondition } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import type { RotationContext } from '../rotation/context.ts';
import { deliverStep } from '../rotation/deliver-step.ts';
import { mintStep } from '../rotation/mint-step.ts';
import { sessionPrecondition } from '../rotation/preconditions.ts';
import { chosenServices, credentialOf, isRemote, type Credential } from '../rotation/targets.ts';
import { accessOf, approleStep } from '../services/add/access-steps.ts';
import { secretsStep } from '../services/add/secrets-step.ts';
import type { ServicesContext } from '../services/context.ts';
import { findService, type Service } from '../services/entry.ts';
import { identityOf } from '../services/identity.ts';
import { hostPolicyStep, hostStateStep } from './access-steps.ts';
import { artifactOf, artifactStep } from './artifact.ts';
import { bootstrapStep, carryStep, sshPrecondition, waitingPrecondition, type Carry } from './carry.ts';
import { checkHostAdd } from './check.ts';
import { freezeStep, rearmStep } from './freeze.ts';
import { readyStep } from './ready-step.ts';

async function validity(context: ServicesContext, input: HostAdd): Promise<Precondition> {
  const { problems } = await checkHostAdd(context, input);
  const [first] = problems.filter(({ level }) => level === 'error');
  return {
    id: 'valid',
    title: message('service.precondition.valid'),
    met: first === undefined,
    ...(first === undefined ? {} : { detail: first.message }),
  };
}

/** Onboarding of a service on another host: everything that this side does, up to the file that is carried over. */
function hostAddDefinition(context: RotationContext): OperationDefinition<HostAdd> {
  const { services } = context;
  return {
    kind: 'host.add',
    input: hostAddSchema,
    async prepare(input) {
      const name = input.registrationId ?? input.serviceName;
      const access = accessOf(name, services, input);
      const credential: Credential = {
        id: name,
        role: access.roleName,
        roleIdPath: access.roleIdPath,
        secretIdPath: access.secretIdPath,
        delivery: 'remote',
        ...(input.secretIdTtl === undefined ? {} : { ttl: input.secretIdTtl }),
        ...(input.boundCidrs === undefined ? {} : { cidrs: input.boundCidrs }),
        wrapTtl: input.wrapTtl,
      };
      return {
        title: message('hosts.add.title', { name, host: input.hostname }),
        summary: message('hosts.add.summary', { identity: identityOf(input), lifetime: input.wrapTtl }),
        steps: [
          hostPolicyStep(services, access),
          approleStep(services, access),
          secretsStep(services, name),
          await hostStateStep(services, input, access),
          artifactStep(services, [name], artifactOf(input, name, services.kvMount)),
          mintStep(context, [credential]),
          deliverStep(context, [credential]),
          readyStep(services, [name]),
        ],
        preconditions: [await validity(services, input), await sessionPrecondition(context)],
        confirm: { verb: message('hosts.add.confirm', { name }) },
      };
    },
  };
}

const remotePrecondition = (services: readonly Service[]): Precondition => {
  const local = services.filter((service) => !isRemote(service));
  return {
    id: 'remote',
    title: message('hosts.precondition.remote'),
    met: local.length === 0,
    ...(local[0] === undefined ? {} : { detail: message('hosts.precondition.local', { name: local[0].id }) }),
  };
};

/**
 * The credential with the lifetime of its wrapping token: as asked, else as the service's entry says, else half an hour. `0`, by
 * which the tools hand over in clear text, is not followed.
 */
function wrappedFor(service: Service, asked: string | undefined): Credential & { readonly wrapTtl: string } {
  const { secret_id_wrap_ttl: said } = service.entry.approle;
  const wrapTtl = asked ?? (said == null || said === '0' ? '30m' : said);
  return { ...credentialOf(service), wrapTtl };
}

/** A fresh secret_id in a fresh bootstrap.json. What the host has stays valid until it has logged in with the new one. */
function handoverDefinition(context: RotationContext): OperationDefinition<z.infer<typeof handoverSchema>> {
  return {
    kind: 'host.handover',
    input: handoverSchema,
    async prepare({ ids, wrapTtl: asked }) {
      const services = await chosenServices(context.services, ids);
      const credentials = services.map((service) => wrappedFor(service, asked));
      const lifetime = [...new Set(credentials.map(({ wrapTtl }) => wrapTtl))].join(', ');
      const names = services.map(({ id }) => id);
      return {
        title: message('hosts.handover.title', { count: names.length }),
        summary: message('hosts.handover.summary', { lifetime, count: names.length }),
        steps: [
          artifactStep(context.services, names),
          mintStep(context, credentials),
          deliverStep(context, credentials),
          readyStep(context.services, names),
        ],
        preconditions: [remotePrecondition(services), await sessionPrecondition(context)],
        confirm: { verb: message('hosts.handover.confirm', { count: names.length }) },
      };
    },
  };
}

/** The hand-over over SSH: the file, and the one command. */
function carryDefinition(context: RotationContext): OperationDefinition<Carry> {
  const { services } = context;
  return {
    kind: 'host.carry',
    input: carrySchema,
    async prepare(input) {
      const service = await findService(input.id, services.paths);
      const names = { name: service.id, host: input.to };
      return {
        title: message('hosts.carry.title', names),
        summary: message(input.bootstrap ? 'hosts.carry.summary' : 'hosts.carry.summary_file', names),
        steps: [
          carryStep(services, service, input),
          ...(input.bootstrap ? [bootstrapStep(services, service, input)] : []),
        ],
        preconditions: [
          remotePrecondition([service]),
          await sessionPrecondition(context),
          await waitingPrecondition(services, service),
          await sshPrecondition(input),
        ],
        confirm: { verb: message('hosts.carry.confirm') },
      };
    },
  };
}

/**
 * Somebody else opened the hand-over (failure mode C20): delivery ends at once, every secret_id and every token of the role becomes
 * useless, and a new hand-over is made under a new role_id and a new policy.
 */
function freezeDefinition(context: RotationContext): OperationDefinition<z.infer<typeof freezeSchema>> {
  return {
    kind: 'host.freeze',
    input: freezeSchema,
    async prepare({ id: name, wrapTtl }) {
      const service = await findService(name, context.services.paths);
      const credential = wrappedFor(service, wrapTtl);
      return {
        title: message('hosts.freeze.title', { name }),
        summary: message('hosts.freeze.summary', { name }),
        steps: [
          freezeStep(context, service),
          rearmStep(context, service),
          artifactStep(context.services, [name]),
          mintStep(context, [credential]),
          deliverStep(context, [credential]),
          readyStep(context.services, [name]),
        ],
        preconditions: [remotePrecondition([service]), await sessionPrecondition(context)],
        confirm: { verb: message('hosts.freeze.confirm', { name }), typed: name },
      };
    },
  };
}

const any = <I>(definition: OperationDefinition<I>): OperationDefinition => definition;

/** The operations of remote hosts. */
export const fleetDefinitions = (context: RotationContext): readonly OperationDefinition[] => [
  any(hostAddDefinition(context)),
  any(handoverDefinition(context)),
  any(carryDefinition(context)),
  any(freezeDefinition(context)),
];
