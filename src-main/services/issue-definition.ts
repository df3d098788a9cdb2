import * as z from 'zod';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import { issueStep, pathStep, proveStep, tellStep } from './add/issue-steps.ts';
import type { ServicesContext } from './context.ts';
import { findService } from './entry.ts';
import { announcedOf } from './post-renew.ts';
import { serverPreconditions } from './preconditions.ts';

const inputSchema = z.object({ id: z.string().min(1).max(131) });

/** A new certificate for a service that exists: path, order, install, hooks, proof; undo puts the previous set back. */
export function serviceIssueDefinition(
  context: ServicesContext,
): OperationDefinition<z.infer<typeof inputSchema>> {
  return {
    kind: 'service.issue',
    input: inputSchema,
    async prepare({ id: name }) {
      const service = await findService(name, context.paths);
      const at = () => service;
      const announced = await announcedOf(service);
      const silent = announced.onSuccess.length === 0 && announced.servedAt === undefined;
      return {
        title: message('service.issue.title', { name }),
        summary: message('service.issue.summary', { identity: service.identity }),
        steps: [
          pathStep(context, at),
          issueStep(context, at),
          ...(silent ? [] : [tellStep(context, at, announced)]),
          proveStep(context, at),
        ],
        preconditions: await serverPreconditions(context),
        confirm: { verb: message('service.issue.confirm', { name }) },
      };
    },
  };
}
