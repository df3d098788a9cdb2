import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Step } from '../operations/types.ts';
import { removeAgentProfile } from '../workspace/agent-config.ts';
import { replaceFileAtomic } from '../workspace/atomic.ts';
import { readStateIfPresent, updateState } from '../workspace/state.ts';
import { readAgentText } from './agent-profile.ts';
import type { ServicesContext } from './context.ts';
import { findService, isRemote, type Service } from './entry.ts';

const inputSchema = z.object({ id: z.string().min(1).max(131) });
/** `reissue` too: a service of the same name that is added later must not inherit an old request. */
const kvItems = ['trust', 'http_responder_hmac', 'eab', 'secret_id', 'reissue'] as const;

function accessStep(context: ServicesContext, service: Service): Step {
  const { role_name: role, policy_name: policy } = service.entry.approle;
  const path = (item: string): string => `bootroot/services/${service.id}/${item}`;
  return {
    id: 'access',
    title: message('service.step.access_remove'),
    effects: [
      { kind: 'openbao', path: `auth/approle/role/${role}`, action: 'remove', what: 'approle' },
      { kind: 'openbao', path: `sys/policies/acl/${policy}`, action: 'remove', what: 'policy' },
      ...kvItems.map((item) => ({
        kind: 'openbao' as const,
        path: `${context.kvMount}/${path(item)}`,
        action: 'remove' as const,
        what: 'kv' as const,
      })),
      { kind: 'touches', who: service.identity, note: message('service.touches.nobody') },
    ],
    check: async () => false,
    async apply() {
      const client = context.client();
      const gone = async (job: Promise<void>): Promise<void> => {
        await job.catch((error: unknown) => {
          if (!isConsoleError(error, 'openbao_no_path')) throw error;
        });
      };
      await gone(client.approle.remove(role));
      await gone(client.policies.remove(policy));
      for (const item of kvItems) await gone(client.kv.destroy(path(item)));
    },
  };
}

function filesStep(context: ServicesContext, service: Service): Step {
  const directory = dirname(service.secretIdPath);
  return {
    id: 'files',
    title: message('service.step.files_remove'),
    effects: [
      service.roleIdPath,
      service.secretIdPath,
      ...(isRemote(service) ? [context.paths.bootstrapArtifact(service.id)] : []),
    ].map((path) => ({ kind: 'file', path, action: 'remove' })),
    check: async () => false,
    async apply() {
      // Only a directory that is this service's own; an operator may keep the credentials elsewhere.
      if (directory === context.paths.serviceDirectory(service.id))
        await rm(directory, { recursive: true, force: true });
      else for (const path of [service.roleIdPath, service.secretIdPath]) await rm(path, { force: true });
      // A hand-over of a service that is gone opens nothing; the next of this name gets its own.
      if (isRemote(service))
        await rm(dirname(context.paths.bootstrapArtifact(service.id)), { recursive: true, force: true });
      await context.evidence.remove(service.id);
    },
  };
}

function profileStep(service: Service): Step {
  const path = service.agentConfig;
  return {
    id: 'profile',
    title: message('service.step.agent_remove'),
    effects: [{ kind: 'file', path, action: 'change' }],
    check: async () => false,
    async apply() {
      const text = await readAgentText(path);
      const without = removeAgentProfile(text, service.id, path);
      if (without !== text) await replaceFileAtomic(path, without, { mode: 0o600 });
    },
  };
}

function unlistStep(context: ServicesContext, service: Service): Step {
  const path = context.paths.state;
  return {
    id: 'unlist',
    title: message('service.step.unlist'),
    effects: [{ kind: 'file', path, action: 'change' }],
    check: async () => (await readStateIfPresent(path))?.services?.[service.id] === undefined,
    async apply() {
      await updateState(path, (draft) => {
        delete draft.services?.[service.id];
      });
    },
  };
}

/** Takes a service out of the installation. The entry in state.json goes last, so that a crash leaves something to resume on. */
export function serviceRemoveDefinition(
  context: ServicesContext,
): OperationDefinition<z.infer<typeof inputSchema>> {
  return {
    kind: 'service.remove',
    input: inputSchema,
    async prepare({ id: name }) {
      const service = await findService(name, context.paths);
      return {
        title: message('service.remove.title', { name }),
        summary: message('service.remove.summary', { name }),
        steps: [
          accessStep(context, service),
          profileStep(service),
          filesStep(context, service),
          unlistStep(context, service),
        ],
        preconditions: [
          {
            id: 'session',
            title: message('service.precondition.session'),
            met: await Promise.resolve()
              .then(() => context.client().token.lookupSelf())
              .then(
                () => true,
                () => false,
              ),
          },
        ],
        confirm: { verb: message('service.remove.confirm', { name }), typed: name },
      };
    },
  };
}
