import * as z from 'zod';
import { helperIdSchema } from '../../../shared/contract/helper-units.ts';
import type { Effect, Precondition } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import { conditionOf } from '../../operations/ask-precondition.ts';
import { pause } from '../../operations/pause.ts';
import type { OperationDefinition, Prepared, Step } from '../../operations/types.ts';
import { judge } from '../../systemd/analyze.ts';
import { journalLines } from '../../systemd/journal.ts';
import { Systemctl, systemdRuns } from '../../systemd/systemctl.ts';
import { readTextFileIfPresent, removeFile, writeFileAtomic } from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { helpersOf, type HelperUnit, type HelperWorld } from './helper-units.ts';
import { installedOf, nameOf, unitsProblem } from './helpers-view.ts';
import { refuseForeign } from './unit-runner.ts';

const inputSchema = z.strictObject({ ids: z.array(helperIdSchema).min(1).max(50) });
type Input = z.infer<typeof inputSchema>;

/** How long a unit has to stay up before it counts as running, milliseconds. */
const staysMs = 2_000;

async function chosen(world: HelperWorld, { ids }: Input): Promise<readonly HelperUnit[]> {
  return (await helpersOf(world)).filter(({ id }) => ids.includes(id));
}

async function preconditions(helpers: readonly HelperUnit[], { ids }: Input): Promise<Precondition[]> {
  const problem = await unitsProblem();
  const missing = ids.find((id) => !helpers.some((helper) => helper.id === id));
  const both = ids.includes('scheduler') && ids.includes('scheduler-timer');
  const files = helpers.flatMap((helper) =>
    helper.files.map(({ path, text }) => ({ name: nameOf(path), text })),
  );
  const wrong = (await systemdRuns()) ? (await judge(files)).problems.join('\n') : '';
  return [
    conditionOf('systemd', message('systemd.demand.runs'), problem),
    conditionOf(
      'known',
      message('units.precondition.known'),
      missing === undefined ? undefined : message('units.problem.unknown', { id: missing }),
    ),
    conditionOf(
      'one-scheduler',
      message('units.precondition.one_scheduler'),
      both ? message('units.problem.two_schedulers') : undefined,
    ),
    conditionOf(
      'verify',
      message('systemd.demand.verify'),
      wrong === '' ? undefined : message('systemd.problem.verify', { lines: wrong }),
    ),
  ];
}

async function fileEffects(helper: HelperUnit): Promise<Effect[]> {
  return Promise.all(
    helper.files.map(async ({ path, text }): Promise<Effect> => {
      const before = (await readTextFileIfPresent(path).catch(() => undefined)) ?? '';
      const diff = unifiedDiff(before, text, { path, secrets: [] });
      return { kind: 'file', path, action: before === '' ? 'create' : 'change', mode: '0644', diff };
    }),
  );
}

/** A file of the stage has no colon in its name. */
const stageName = ({ id }: HelperUnit): string => `before-${id.replace(':', '-')}`;

/** What was there before, so that a change that is taken back leaves it. */
const beforeSchema = z.record(z.string(), z.string().nullable());

function writeStep(
  { paths }: HelperWorld,
  systemctl: Systemctl,
  helper: HelperUnit,
  effects: Effect[],
): Step {
  return {
    id: `write-${helper.id}`,
    title: message('units.step.write', { unit: helper.unit }),
    effects,
    check: async () => (await installedOf(helper)) === 'same',
    async apply(run) {
      const before: Record<string, string | null> = {};
      for (const { path } of helper.files) {
        const text = await readTextFileIfPresent(path);
        refuseForeign(path, text, paths.root);
        before[path] = text ?? null;
      }
      await run.stage.once(stageName(helper), () => JSON.stringify(before));
      for (const { path, text } of helper.files) await writeFileAtomic(path, text, { mode: 0o644 });
      await systemctl.readUnits();
    },
    async undo(run) {
      const staged = await run.stage.read(stageName(helper));
      if (staged === undefined) return;
      for (const [path, text] of Object.entries(beforeSchema.parse(JSON.parse(staged))))
        await (text === null ? removeFile(path) : writeFileAtomic(path, text, { mode: 0o644 }));
      await systemctl.readUnits();
    },
  };
}

function startStep(systemctl: Systemctl, { id, unit }: HelperUnit): Step {
  const now = async (): Promise<{ readonly active: string; readonly file: string } | undefined> =>
    (await systemctl.states([unit])).get(unit);
  return {
    id: `start-${id}`,
    title: message('units.step.start', { unit }),
    effects: [{ kind: 'process', name: unit, action: 'start' }],
    // Its file may have changed under it: started again is the only certain thing.
    check: async () => false,
    async apply() {
      await systemctl.enable([unit]);
      await systemctl.stop(unit);
      await systemctl.start(unit);
    },
    async undo() {
      if ((await now())?.file === 'enabled') await systemctl.disable([unit]);
      await systemctl.stop(unit);
    },
  };
}

/** Up, and up still after a moment; and up again after the next boot. */
function proveStep(systemctl: Systemctl, helpers: readonly HelperUnit[]): Step {
  return {
    id: 'prove',
    title: message('units.step.prove'),
    effects: [],
    check: async () => false,
    async apply(run) {
      const units = helpers.map(({ unit }) => unit);
      const first = await systemctl.states(units);
      await pause(staysMs, run.signal);
      const states = await systemctl.states(units);
      for (const unit of units) {
        const state = states.get(unit);
        const restarted = state?.restarts !== first.get(unit)?.restarts;
        if (state?.active !== 'active' || restarted || state.file !== 'enabled') {
          const lines = (await journalLines([unit], { lines: 15 })).map(({ text }) => text);
          throw new ConsoleError('units_not_running', { unit }, { detail: lines.join('\n') });
        }
        run.prove({ title: message('units.proof', { unit }), outcome: 'proved' });
      }
    },
    undo: async () => undefined,
  };
}

/** Helpers as units of systemd: written with a diff, verified, started, and up still a moment later. */
export function installUnitsDefinition(world: HelperWorld): OperationDefinition<Input> {
  const systemctl = new Systemctl();
  return {
    kind: 'units.install',
    input: inputSchema,
    async prepare(input): Promise<Prepared> {
      const helpers = await chosen(world, input);
      const steps: Step[] = [];
      for (const helper of helpers)
        steps.push(
          writeStep(world, systemctl, helper, await fileEffects(helper)),
          startStep(systemctl, helper),
        );
      return {
        title: message('units.install.title'),
        summary: message('units.install.summary', { count: helpers.length }),
        steps: [...steps, proveStep(systemctl, helpers)],
        preconditions: await preconditions(helpers, input),
        confirm: { verb: message('units.install.verb') },
      };
    },
  };
}

/** The way back: stopped, not started with the host any more, and their files gone. */
export function removeUnitsDefinition(world: HelperWorld): OperationDefinition<Input> {
  const systemctl = new Systemctl();
  return {
    kind: 'units.remove',
    input: inputSchema,
    async prepare(input): Promise<Prepared> {
      const helpers = await chosen(world, input);
      const problem = await unitsProblem();
      return {
        title: message('units.remove.title'),
        summary: message('units.remove.summary', { count: helpers.length }),
        steps: helpers.map((helper): Step => ({
          id: `remove-${helper.id}`,
          title: message('units.step.remove', { unit: helper.unit }),
          effects: [
            { kind: 'process', name: helper.unit, action: 'stop' },
            ...helper.files.map(({ path }): Effect => ({ kind: 'file', path, action: 'remove' })),
          ],
          check: async () => (await installedOf(helper)) === 'no',
          async apply() {
            for (const { path } of helper.files)
              refuseForeign(path, await readTextFileIfPresent(path), world.paths.root);
            const state = (await systemctl.states([helper.unit])).get(helper.unit);
            if (state?.file === 'enabled') await systemctl.disable([helper.unit]);
            if (state !== undefined && state.load !== 'not-found') await systemctl.stop(helper.unit);
            for (const { path } of helper.files) await removeFile(path);
            await systemctl.readUnits();
          },
          async undo() {
            for (const { path, text } of helper.files) await writeFileAtomic(path, text, { mode: 0o644 });
            await systemctl.readUnits();
            await systemctl.enable([helper.unit]);
            await systemctl.start(helper.unit);
          },
        })),
        preconditions: [conditionOf('systemd', message('systemd.demand.runs'), problem)],
        confirm: { verb: message('units.remove.verb') },
      };
    },
  };
}
