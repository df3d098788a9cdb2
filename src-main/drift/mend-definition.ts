import * as z from 'zod';
import { message } from '../../shared/message.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { Precondition } from '../../shared/contract/operations.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { agreedMode } from './files.ts';
import { agreedOwner } from './owner.ts';
import type { Found, Mend } from './found.ts';
import { findDrift, type DriftWorld } from './look.ts';

const inputSchema = z.object({ ids: z.array(z.string().min(1).max(4200)).min(1).max(500) });

const nothing = '-';
const valueOf = (note: string): string | undefined => (note === nothing ? undefined : note.slice(1));

function stepOf(id: string, mend: Mend, index: number): Step {
  const note = `before-${index}`;
  const remember = (run: Run): Promise<string> =>
    run.stage.once(note, async () => {
      const before = await mend.before();
      return before === undefined ? nothing : `=${before}`;
    });
  return {
    id: `mend-${index}`,
    title: mend.title,
    effects: mend.effects,
    // One that was begun is done again: what agrees may be the half of it.
    check: async (run) => (await run.stage.read(note)) === undefined && mend.check(),
    async apply(run) {
      await mend.apply(valueOf(await remember(run)));
      if (!(await mend.check())) throw new ConsoleError('drift_not_mended', { what: id });
      run.prove({ title: mend.title, outcome: 'proved' });
    },
    async undo(run) {
      const before = await run.stage.read(note);
      if (before === undefined) return;
      await mend.undo(valueOf(before));
    },
  };
}

/** Also of what agrees by now, which is what a resume and an undo meet. Throws `drift_unknown`. */
async function cureOf({ services }: DriftWorld, one: Found | undefined, id: string): Promise<Mend> {
  const mend = one?.mend ?? (await agreedMode(services.paths, id)) ?? (await agreedOwner(services.paths, id));
  if (mend === undefined) throw new ConsoleError('drift_unknown', { what: id });
  return mend;
}

const rightPrecondition = (id: string, { rights = [] }: Mend, refused: string | undefined): Precondition[] =>
  rights.length === 0
    ? []
    : [
        {
          id: `right:${id}`,
          title: message('drift.precondition.right', { path: rights.join(', ') }),
          met: refused === undefined,
          ...(refused === undefined ? {} : { detail: message('drift.detail.no_right', { path: refused }) }),
        },
      ];

/** Brings what differs back to what is declared, each thing a step with its undo. */
export function driftMendDefinition(
  world: () => DriftWorld,
): OperationDefinition<z.infer<typeof inputSchema>> {
  return {
    kind: 'drift.mend',
    input: inputSchema,
    async prepare({ ids }) {
      const found = await findDrift(world());
      const cures = await Promise.all(
        ids.map(async (id) => {
          const one = found.find((item) => item.id === id);
          return { id, mend: await cureOf(world(), one, id), refused: one?.refused };
        }),
      );
      const steps = cures.map(({ id, mend }, index) => stepOf(id, mend, index));
      return {
        title: message('drift.mend.title', { count: ids.length }),
        summary: message('drift.mend.summary', { count: ids.length }),
        steps,
        preconditions: cures.flatMap(({ id, mend, refused }) => rightPrecondition(id, mend, refused)),
        confirm: { verb: message('drift.mend') },
      };
    },
  };
}
