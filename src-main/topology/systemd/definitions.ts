import * as z from 'zod';
import type { Effect, Precondition } from '../../../shared/contract/operations.ts';
import { unitPrefixSchema } from '../../../shared/contract/topology.ts';
import { message } from '../../../shared/message.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { conditionOf } from '../../operations/ask-precondition.ts';
import type { OperationDefinition, Prepared, Step } from '../../operations/types.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { sealedNote, startStep, stopStep, withEffects } from '../definitions.ts';
import { layoutText, runAsUnits } from '../layout.ts';
import type { LocalTopology } from '../local-topology.ts';
import { serverIds, serverTitles } from '../server-id.ts';
import { demands, usualPrefix } from './units-view.ts';

export interface UnitsDeps {
  readonly topology: LocalTopology;
  readonly paths: WorkspacePaths;
}

const toInput = z.object({ prefix: unitPrefixSchema.default(usualPrefix) });
const fromInput = z.object({});

async function fileEffects(
  units: readonly { readonly path: string; readonly text: string }[],
): Promise<Effect[]> {
  return Promise.all(
    units.map(async ({ path, text }): Promise<Effect> => {
      const before = (await readTextFileIfPresent(path)) ?? '';
      const action = before === '' ? 'create' : 'change';
      return {
        kind: 'file',
        path,
        action,
        mode: '0644',
        diff: unifiedDiff(before, text, { path, secrets: [] }),
      };
    }),
  );
}

/** The stops and starts of a change of runner: a resumed operation must not stop again what it had started as the other kind. */
function stopSteps({ topology }: UnitsDeps, there: () => Promise<boolean>): Step[] {
  return [...serverIds].reverse().map((id) => {
    const step = stopStep(topology, id);
    const noted = withEffects(step, id === 'openbao' ? sealedNote([id]) : []);
    return { ...noted, check: async (run) => (await there()) || (await step.check(run)) };
  });
}

/** Every server is a process of its unit, and its unit starts with the host. */
function proofStep({ topology }: UnitsDeps, prefix: string): Step {
  return {
    id: 'prove',
    title: message('systemd.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const runner = topology.asUnits(prefix);
      for (const id of serverIds) {
        const server = serverTitles[id];
        const unit = (await runner.units()).find((each) => each.id === id)?.name ?? '';
        if ((await runner.find(id)) === undefined || !(await topology.isReady(id)))
          throw new ConsoleError('systemd_not_running', { server, unit });
        run.prove({ title: message('systemd.proof.unit', { server, unit }), outcome: 'proved' });
      }
      if (!(await runner.installed())) throw new ConsoleError('systemd_not_enabled', { prefix });
      run.prove({ title: message('systemd.proof.boot'), outcome: 'proved' });
    },
  };
}

/** From processes of the console to units of systemd: the same servers, files, secrets and certificates. */
export function toSystemdDefinition(deps: UnitsDeps): OperationDefinition<z.infer<typeof toInput>> {
  const { topology, paths } = deps;
  const asUnits = async (): Promise<boolean> => (await topology.readLayout())?.systemd !== undefined;
  return {
    kind: 'infra.to-systemd',
    input: toInput,
    async prepare({ prefix }): Promise<Prepared> {
      const title = message('systemd.to.title');
      const confirm = { verb: message('systemd.to.verb') };
      const summary = message('systemd.to.summary', { count: serverIds.length, prefix });
      if ((await topology.readLayout()) === undefined) {
        const missing: Precondition = {
          id: 'topology',
          title: message('topology.precondition.local'),
          met: false,
        };
        return { title, summary, steps: [], preconditions: [missing], confirm };
      }
      const runner = topology.asUnits(prefix);
      const found = await demands(topology, paths, prefix);
      const install: Step = {
        id: 'units',
        title: message('systemd.step.units'),
        effects: await fileEffects(found.units),
        check: () => runner.installed(),
        async apply() {
          await runner.install(await runner.units());
          await runner.enable();
        },
        undo: () => runner.uninstall(),
      };
      const change: Step = {
        id: 'switch',
        title: message('systemd.step.switch'),
        effects: await layoutEffects(deps, prefix),
        check: asUnits,
        apply: () => topology.runAs(prefix),
        undo: () => topology.runAs(undefined),
      };
      const steps = [
        install,
        ...stopSteps(deps, asUnits),
        change,
        ...serverIds.map((id) => startStep(topology, id)),
        proofStep(deps, prefix),
      ];
      const preconditions = found.demands.map(({ id, title: what, problem }) =>
        conditionOf(id, what, problem),
      );
      return { title, summary, steps, preconditions, confirm };
    },
  };
}

/** The one value that changes; the file holds no secret. */
async function layoutEffects({ topology }: UnitsDeps, prefix: string | undefined): Promise<Effect[]> {
  const path = topology.files.layout;
  const before = (await readTextFileIfPresent(path)) ?? '';
  const text = layoutText(runAsUnits(await topology.requireLayout(), prefix));
  if (before === text) return [];
  return [{ kind: 'file', path, action: 'change', diff: unifiedDiff(before, text, { path, secrets: [] }) }];
}

/** The way back: units are removed, and the console runs the servers itself. */
export function fromSystemdDefinition(deps: UnitsDeps): OperationDefinition<z.infer<typeof fromInput>> {
  const { topology } = deps;
  return {
    kind: 'infra.from-systemd',
    input: fromInput,
    async prepare(): Promise<Prepared> {
      const title = message('systemd.from.title');
      const confirm = { verb: message('systemd.from.verb') };
      const summary = message('systemd.from.summary', { count: serverIds.length });
      const layout = await topology.readLayout();
      const prefix = layout?.systemd?.prefix ?? usualPrefix;
      const met = layout !== undefined;
      const preconditions: Precondition[] = [
        { id: 'topology', title: message('topology.precondition.local'), met },
      ];
      if (!met) return { title, summary, steps: [], preconditions, confirm };
      const runner = topology.asUnits(prefix);
      const ownProcesses = async (): Promise<boolean> => (await topology.readLayout())?.systemd === undefined;
      const remove: Step = {
        id: 'remove',
        title: message('systemd.step.remove'),
        effects: (await runner.units()).map(({ path }) => ({ kind: 'file', path, action: 'remove' })),
        check: async () => false,
        apply: () => runner.uninstall(),
        async undo() {
          await runner.install(await runner.units());
          await runner.enable();
        },
      };
      const change: Step = {
        id: 'switch',
        title: message('systemd.step.switch_back'),
        effects: await layoutEffects(deps, undefined),
        check: ownProcesses,
        apply: () => topology.runAs(undefined),
        undo: () => topology.runAs(prefix),
      };
      const steps = [
        ...stopSteps(deps, ownProcesses),
        change,
        remove,
        ...serverIds.map((id) => startStep(topology, id)),
      ];
      return { title, summary, steps, preconditions, confirm };
    },
  };
}
