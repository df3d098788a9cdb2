import { join } from 'node:path';
import * as z from 'zod';
import type { Precondition } from '../../shared/contract/operations.ts';
import { setupComposeSchema } from '../../shared/contract/setup.ts';
import { unitPrefixSchema } from '../../shared/contract/topology.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Prepared, Step } from '../operations/types.ts';
import { readLayout, type Layout } from '../topology/layout.ts';
import { ComposeProject } from '../topology/compose/compose-project.ts';
import { removeLocalData } from '../topology/local-data.ts';
import { fromSystemdDefinition, toSystemdDefinition } from '../topology/systemd/definitions.ts';
import { usualPrefix } from '../topology/systemd/units-view.ts';
import { proveInstallation } from '../upgrade/proofs.ts';
import { checkMove } from './checks.ts';
import type { Kind, Move, MoveContext } from './context.ts';
import { removeContainers } from './remove-containers.ts';
import { forgetTopology, keptLayout, readFormerTopology, type FormerTopology } from './former.ts';
import { moveSteps, volumesOf } from './steps.ts';

const inputSchema = z.object({
  to: z.enum(['processes', 'systemd', 'compose']),
  /** Containers: what their names begin with. */
  instance: setupComposeSchema.shape.instance.unwrap().optional(),
  /** Units: what their names begin with. */
  prefix: unitPrefixSchema.optional(),
});
export type MoveInput = z.infer<typeof inputSchema>;

const noSource = (): Precondition => ({
  id: 'source',
  title: message('topology.precondition.local'),
  met: false,
});

async function present({ topologies }: MoveContext): Promise<{ kind: Kind; layout: Layout } | undefined> {
  const compose = await topologies.compose.readLayout();
  if (compose !== undefined) return { kind: 'compose', layout: compose };
  const local = await topologies.local.readLayout();
  return local === undefined ? undefined : { kind: 'local', layout: local };
}

/** What was there before a move, whose record says so, or is there now. */
async function sourceOf(
  context: MoveContext,
  former: FormerTopology | undefined,
): Promise<{ kind: Kind; layout: Layout } | undefined> {
  if (former === undefined) return present(context);
  const layout = await readLayout(keptLayout(context.services.paths, context.topologies.local.files.layout));
  return layout === undefined ? undefined : { kind: former.from, layout };
}

const moveOf = (kind: Kind, old: Layout, { to, instance, prefix }: MoveInput): Move => ({
  from: kind,
  to: to === 'compose' ? 'compose' : 'local',
  old,
  instance: old.compose?.instance ?? instance ?? usualPrefix,
  prefix: to === 'systemd' ? (prefix ?? usualPrefix) : undefined,
});

/** `infra.move`: the servers are run by something else, and nobody who uses them notices anything but a pause. */
export function moveDefinition(context: MoveContext): OperationDefinition<MoveInput> {
  const { topologies, services } = context;
  const units = { topology: topologies.local, paths: services.paths };
  return {
    kind: 'infra.move',
    input: inputSchema,
    async prepare(input): Promise<Prepared> {
      const wanted: Kind = input.to === 'compose' ? 'compose' : 'local';
      const former = await readFormerTopology(services.paths);
      const source = await sourceOf(context, former?.to === wanted ? former : undefined);
      const title = message(`moving.title_${input.to}`);
      const confirm = { verb: message('moving.verb') };
      if (source === undefined)
        return { title, summary: title, steps: [], preconditions: [noSource()], confirm };
      // On one host between processes and units nothing moves but who runs them.
      if (source.kind === 'local' && wanted === 'local')
        return input.to === 'systemd'
          ? toSystemdDefinition(units).prepare({ prefix: input.prefix ?? usualPrefix })
          : fromSystemdDefinition(units).prepare({});
      const move = moveOf(source.kind, source.layout, input);
      if (move.from === move.to) {
        const there: Precondition = { id: 'elsewhere', title: message('moving.check.elsewhere'), met: false };
        return { title, summary: title, steps: [], preconditions: [there], confirm };
      }
      return {
        title,
        summary: message('moving.summary', { count: source.layout.compose === undefined ? 5 : 4 }),
        steps: await moveSteps(context, move),
        preconditions: await checkMove(context, move),
        confirm,
      };
    },
  };
}

const nothingKept = (): Precondition => ({
  id: 'former',
  title: message('moving.check.has_former'),
  met: false,
});

/** What is left of an operation whose record is gone already: its last step, which has had its effect. */
const ended = (id: string): Step => ({
  id,
  title: message('upgrade.step.forget'),
  effects: [],
  check: async () => true,
  apply: async () => undefined,
});

/** The move of a record, as it was planned. */
async function recorded(context: MoveContext): Promise<{ move: Move; former: FormerTopology } | undefined> {
  const former = await readFormerTopology(context.services.paths);
  const source = await sourceOf(context, former);
  if (former === undefined || source === undefined) return undefined;
  const now = await present(context);
  const to =
    former.to === 'compose' ? 'compose' : now?.layout.systemd === undefined ? 'processes' : 'systemd';
  const instance = now?.layout.compose?.instance;
  const prefix = now?.layout.systemd?.prefix;
  const move = moveOf(source.kind, source.layout, {
    to,
    ...(instance === undefined ? {} : { instance }),
    ...(prefix === undefined ? {} : { prefix }),
  });
  return { move, former };
}

/** `infra.move-back`: what ran the servers before, with the data of then. What was written since is lost. */
export const moveBackDefinition = (context: MoveContext): OperationDefinition<object> => ({
  kind: 'infra.move-back',
  input: z.object({}),
  async prepare(): Promise<Prepared> {
    const title = message('moving.back.title');
    const found = await recorded(context);
    const confirm = { verb: message('moving.back.verb'), typed: 'move-back' };
    if (found === undefined)
      return { title, summary: title, steps: [ended('back-begin')], preconditions: [nothingKept()], confirm };
    const since = new Date(found.former.at).toISOString();
    const steps = [...(await moveSteps(context, found.move))].reverse();
    const back = steps
      .filter(({ id }) => !['images', 'record', 'prove', 'begin'].includes(id))
      .map((step): Step => ({
        id: `back-${step.id}`,
        title: message('moving.step.back', { step: step.title.key, ...step.title.params }),
        effects:
          step.id === 'switch'
            ? [{ kind: 'touches', who: 'OpenBao', note: message('upgrade.note.lost_since', { date: since }) }]
            : [],
        check: async () => false,
        apply: async (run) => step.undo?.(run),
      }));
    const prove: Step = {
      id: 'prove',
      title: message('upgrade.step.prove'),
      effects: [],
      check: async () => false,
      apply: (run) => proveInstallation(context, run),
    };
    const forget: Step = {
      ...ended('back-begin'),
      check: async () => false,
      apply: () => forgetTopology(context.services.paths),
    };
    return {
      title,
      summary: message('moving.back.summary', { date: since }),
      steps: [...back, prove, forget],
      preconditions: [],
      confirm,
    };
  },
});

/** `infra.move-confirm`: the new place is good; the data of the old one are removed. */
export const moveConfirmDefinition = (context: MoveContext): OperationDefinition<object> => ({
  kind: 'infra.move-confirm',
  input: z.object({}),
  async prepare(): Promise<Prepared> {
    const { services, topologies } = context;
    const { paths } = services;
    const title = message('moving.confirm.title');
    const found = await recorded(context);
    const confirm = { verb: message('moving.confirm.verb') };
    if (found === undefined)
      return { title, summary: title, steps: [ended('forget')], preconditions: [nothingKept()], confirm };
    const { move } = found;
    const { local } = topologies;
    const forget: Step = {
      id: 'forget',
      title: message('upgrade.step.forget'),
      effects:
        move.from === 'local'
          ? [local.files.openbaoData, move.old.postgres.home].map((path) => ({
              kind: 'file' as const,
              path,
              action: 'remove' as const,
            }))
          : [{ kind: 'touches', who: move.instance, note: message('moving.note.containers') }],
      check: async () => (await readFormerTopology(paths)) === undefined,
      async apply() {
        if (move.from === 'local') {
          for (const id of ['openbao', 'postgres'] as const) await removeLocalData(id, local.files, move.old);
        } else {
          // The audit log outlives the volume that it was in.
          await volumesOf(context, move)
            .takeAudit(join(local.files.openbao, `audit-${found.former.at}`))
            .catch(() => undefined);
          await removeContainers(new ComposeProject(paths), move.old.compose?.identity ?? '');
        }
        await forgetTopology(paths);
      },
    };
    return {
      title,
      summary: message('moving.confirm.summary'),
      steps: [forget],
      preconditions: [],
      confirm,
    };
  },
});
