import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { isAbsolute } from 'node:path';
import { planOperation } from '../../operations/engine.ts';
import { preconditionUnmet } from '../../operations/precondition-unmet.ts';
import { topologiesOf } from '../../topology/topologies.ts';
import { WorkspacePaths } from '../../workspace/paths.ts';
import type { BootrootConsole } from '../console.ts';
import { setupDefinitions } from '../definitions.ts';
import type { HandlersOf } from './part.ts';

const setups: readonly string[] = ['setup.local', 'setup.compose', 'setup.external'];
const isSetup = (kind: string): boolean => setups.includes(kind);

/** The directory that a set-up will make; it has no workspace yet. */
function setupPath(input: unknown): string | undefined {
  const path = (input as Partial<SetupLocal> | null | undefined)?.path;
  return typeof path === 'string' && isAbsolute(path) ? path : undefined;
}

/** Plans a set-up without making anything: not even the directory of the store. */
async function planSetup(path: string, kind: string, input: unknown) {
  const paths = new WorkspacePaths(path);
  const definitions = setupDefinitions(paths, topologiesOf(paths), Date.now);
  return planOperation(new Map(definitions.map((definition) => [definition.kind, definition])), kind, input);
}

export function operationHandlers(console: BootrootConsole): HandlersOf<'operations'> {
  return {
    async 'operations.plan'({ kind, input }) {
      const path = isSetup(kind) ? setupPath(input) : undefined;
      if (path !== undefined) return (await planSetup(path, kind, input)).plan;
      return console.required().engine.plan(kind, input);
    },
    async 'operations.start'({ kind, input, digest, secrets, typed }, call) {
      const path = isSetup(kind) ? setupPath(input) : undefined;
      if (path !== undefined) {
        // A plan that cannot start must leave nothing behind.
        const { plan } = await planSetup(path, kind, input);
        const unmet = plan.preconditions.find(({ met }) => !met);
        if (unmet !== undefined) throw preconditionUnmet(unmet);
        await console.open(path);
      }
      const workspace = console.required();
      return workspace.engine.start({ kind, input, digest, secrets, typed, actor: call.actor });
    },
    'operations.list': async ({ limit }) => console.required().engine.list(limit),
    'operations.show': async ({ id }) => console.required().engine.show(id),
    async *'operations.watch'({ id }, call) {
      yield* console.required().engine.watch(id, call.signal);
    },
    'operations.pause': async ({ id }) => console.required().engine.pause(id),
    'operations.cancel': async ({ id }) => console.required().engine.cancel(id),
    'operations.resume': async ({ id, secrets }, call) =>
      console.required().engine.resume(id, secrets, call.actor),
    'operations.undo': async ({ id, secrets }, call) =>
      console.required().engine.undo(id, secrets, call.actor),
  };
}
