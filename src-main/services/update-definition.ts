import { isDeepStrictEqual } from 'node:util';
import { serviceUpdateSchema, type ServiceUpdate } from '../../shared/contract/services.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Step } from '../operations/types.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import { readTextFile } from '../workspace/atomic.ts';
import { editState, updateState } from '../workspace/state.ts';
import type { ServiceEntry, State } from '../workspace/state-schema.ts';
import { lifetimeProblem } from './check.ts';
import type { ServicesContext } from './context.ts';
import { findService } from './entry.ts';

type AppRoleEntry = ServiceEntry['approle'];

/** The entry as it shall be. What is back to the role's own is null, as the tools write it. */
export function updatedAppRole(approle: AppRoleEntry, input: Omit<ServiceUpdate, 'id'>): AppRoleEntry {
  const { secretIdTtl, wrapTtl, boundCidrs } = input;
  return {
    ...approle,
    ...(secretIdTtl === undefined ? {} : { secret_id_ttl: secretIdTtl === 'inherit' ? null : secretIdTtl }),
    ...(wrapTtl === undefined ? {} : { secret_id_wrap_ttl: wrapTtl === 'inherit' ? null : wrapTtl }),
    ...(boundCidrs === undefined ? {} : { token_bound_cidrs: boundCidrs === 'clear' ? null : boundCidrs }),
  };
}

const withAppRole =
  (id: string, approle: AppRoleEntry) =>
  (draft: State): void => {
    const present = draft.services?.[id];
    if (present !== undefined) present.approle = approle;
  };

async function stateStep(context: ServicesContext, input: ServiceUpdate): Promise<Step> {
  const { id } = input;
  const path = context.paths.state;
  const present = async (): Promise<AppRoleEntry> => (await findService(id, context.paths)).entry.approle;
  const planned = updatedAppRole(await present(), input);
  const before = await readTextFile(path, { maxBytes: 16 * 1024 * 1024 });
  const after = editState(before, path, withAppRole(id, planned));
  return {
    id: 'state',
    title: message('service.step.state_update'),
    effects: [
      { kind: 'file', path, action: 'change', diff: unifiedDiff(before, after, { path, secrets: [] }) },
    ],
    async check() {
      const now = await present();
      return isDeepStrictEqual(updatedAppRole(now, input), now);
    },
    async apply(run) {
      const now = await present();
      await run.stage.once('approle', () => JSON.stringify(now));
      await updateState(path, withAppRole(id, updatedAppRole(now, input)));
    },
    async undo(run) {
      const kept = await run.stage.read('approle');
      if (kept !== undefined) await updateState(path, withAppRole(id, JSON.parse(kept) as AppRoleEntry));
    },
  };
}

/** How the next secret_ids of a service are bound. Those there are stay as they are until the next rotation. */
export function serviceUpdateDefinition(context: ServicesContext): OperationDefinition<ServiceUpdate> {
  return {
    kind: 'service.update',
    input: serviceUpdateSchema,
    async prepare(input) {
      const problem = lifetimeProblem(input.secretIdTtl === 'inherit' ? undefined : input.secretIdTtl);
      const refused = problem?.level === 'error' ? problem.message : undefined;
      return {
        title: message('service.update.title', { name: input.id }),
        summary: message('service.update.summary', { name: input.id }),
        steps: [await stateStep(context, input)],
        preconditions: [
          {
            id: 'valid',
            title: message('service.precondition.valid'),
            met: refused === undefined,
            ...(refused === undefined ? {} : { detail: refused }),
          },
        ],
        confirm: { verb: message('service.update.confirm', { name: input.id }) },
      };
    },
  };
}
