import * as z from 'zod';
import { message } from '../../shared/message.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { agreedMode } from './files.ts';
import { agreedOwner } from './owner.ts';
import type { Found, Mend } from './found.ts';
import { findDrift, type DriftWorld } from './look.ts';

const inputSchema = z.object({ ids: z.array(z.string().min(1).max(4200)).min(1).max(500) });

const nothing = '-';

function stepOf(id: string, mend: Mend, index: number): Step {
  const note = `before-${index}`;
  const remember = (run: Run): Promise<string> =>
    run.stage.once(note, async () => {
      const before = await mend.before();
      return before === undefined ? nothing : `=${before}`;
    });
  return {
    id,
    title: mend.title,
    effects: [mend.effect],
    check: () => mend.check(),
    async apply(run) {
      await remember(run);
      await mend.apply();
      if (!(await mend.check())) throw new ConsoleError('drift_not_mended', { what: id });
      run.prove({ title: mend.title, outcome: 'proved' });
    },
    async undo(run) {
      const before = await run.stage.read(note);
      if (before === undefined) return;
      await mend.undo(before === nothing ? undefined : before.slice(1));
    },
  };
}

/** Also of what agrees by now, which is what a resume and an undo meet. Throws `drift_unknown`. */
async function cureOf({ services }: DriftWorld, found: readonly Found[], id: string): Promise<Mend> {
  const mend =
    found.find((one) => one.id === id)?.mend ??
    (await agreedMode(services.paths, id)) ??
    (await agreedOwner(services.paths, id));
  if (mend === undefined) throw new ConsoleError('drift_unknown', { what: id });
  return mend;
}

/** Brings what differs back to what is declared, each thing a step with its undo. */
export function driftMendDefinition(
  world: () => DriftWorld,
): OperationDefinition<z.infer<typeof inputSchema>> {
  return {
    kind: 'drift.mend',
    input: inputSchema,
    async prepare({ ids }) {
      const found = await findDrift(world());
      const mends = await Promise.all(ids.map((id) => cureOf(world(), found, id)));
      const steps = mends.map((mend, index) => stepOf(ids[index] ?? '', mend, index));
      return {
        title: message('drift.mend.title', { count: ids.length }),
        summary: message('drift.mend.summary', { count: ids.length }),
        steps,
        preconditions: [],
        confirm: { verb: message('drift.mend') },
      };
    },
  };
}
