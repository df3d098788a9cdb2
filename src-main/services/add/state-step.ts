import { message } from '../../../shared/message.ts';
import type { Step } from '../../operations/types.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { editState, readStateIfPresent, renderState, updateState } from '../../workspace/state.ts';
import type { ServiceEntry } from '../../workspace/state-schema.ts';
import type { ServicesContext } from '../context.ts';
import type { ServiceAccess } from './access-steps.ts';

/**
 * The entry in state.json, loadable by both generations; under the state's lock.
 * @param entryFor the entry with this role_id, as it stands now
 * @param planned the entry as the plan shows it; it must be the same for a plan that is read for a minute
 */
export async function stateStep(
  context: ServicesContext,
  access: ServiceAccess,
  entryFor: (roleId: string) => ServiceEntry,
  planned: ServiceEntry = entryFor('…'),
): Promise<Step> {
  const path = context.paths.state;
  const state = await readStateIfPresent(path);
  const before = state === undefined ? '' : renderState(state);
  const after =
    state === undefined
      ? ''
      : editState(before, path, (draft) => {
          draft.services = { ...draft.services, [access.id]: planned };
        });
  return {
    id: 'state',
    title: message('service.step.state'),
    effects: [
      { kind: 'file', path, action: 'change', diff: unifiedDiff(before, after, { path, secrets: [] }) },
    ],
    check: async () => (await readStateIfPresent(path))?.services?.[access.id] !== undefined,
    async apply() {
      const roleId = await context.client().approle.roleId(access.roleName);
      await updateState(path, (draft) => {
        draft.services = { ...draft.services, [access.id]: entryFor(roleId) };
      });
    },
    async undo() {
      await updateState(path, (draft) => {
        delete draft.services?.[access.id];
      });
    },
  };
}
