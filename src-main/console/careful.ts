import type { OperationDefinition } from '../operations/types.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** Operations that others notice: servers stop, or what was kept is gone. Rotations run by schedules and are none of them. */
const noticed: ReadonlySet<string> = new Set([
  'infra.down',
  'infra.restart',
  'infra.upgrade',
  'infra.confirm',
  'infra.move',
  'infra.move-confirm',
  'infra.to-systemd',
  'infra.from-systemd',
  'adopt.storage',
  'adopt.generation',
]);

/** In production the name of the installation is typed first, so that nobody stops the wrong one. */
export const careful = (workspace: OpenWorkspace, definition: OperationDefinition): OperationDefinition =>
  noticed.has(definition.kind)
    ? {
        ...definition,
        async prepare(input) {
          const prepared = await definition.prepare(input);
          const about = await workspace.describe?.();
          if (about?.production !== true || about.name === '' || prepared.confirm.typed !== undefined)
            return prepared;
          return { ...prepared, confirm: { ...prepared.confirm, typed: about.name } };
        },
      }
    : definition;
