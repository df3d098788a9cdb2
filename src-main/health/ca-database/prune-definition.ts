import * as z from 'zod';
import { message } from '../../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { acmeKinds, countEnded, pruneEnded, vacuumAcme, type AcmeKind } from '../../postgres/step-ca-acme.ts';
import type { RotationContext } from '../../rotation/context.ts';
import { ask } from '../../rotation/preconditions.ts';
import { proveIssuance } from '../../rotation/trial-issuance.ts';
import { withDatabase } from './database.ts';

/** What ended longer ago than this goes. */
const inputSchema = z.object({ keepDays: z.number().int().min(1).max(3650).default(7) });
export type PruneInput = z.infer<typeof inputSchema>;

const day = 86_400_000;

const momentOf = ({ services }: RotationContext, keepDays: number): string =>
  new Date(services.now() - keepDays * day).toISOString();

/** The moment is chosen once: what a crash interrupts goes on with the same. */
const beforeOf = async (context: RotationContext, keepDays: number, run: Run): Promise<Date> =>
  new Date(await run.stage.once('before', () => momentOf(context, keepDays)));

function pruneStep(context: RotationContext, kind: AcmeKind, keepDays: number, planned: number): Step {
  const title = message('health.prune.step.rows', { kind, count: planned });
  return {
    id: kind,
    title,
    effects:
      planned === 0 ? [] : [{ kind: 'database', action: 'remove', name: `step-ca: ${kind} (${planned})` }],
    async check(run) {
      const before = new Date((await run.stage.read('before')) ?? momentOf(context, keepDays));
      // Whether a leaf has ended stands in the certificate; it is cheaper to walk them than to know it beforehand.
      if (kind === 'certificates') return planned === 0;
      return (await withDatabase(context, (connection) => countEnded(connection, kind, before))) === 0;
    },
    async apply(run) {
      const before = await beforeOf(context, keepDays, run);
      const removed = await withDatabase(context, (connection) =>
        pruneEnded(connection, kind, before, {
          signal: run.signal,
          told: (count) => run.progress(planned === 0 ? 1 : Math.min(1, count / planned)),
        }),
      );
      run.log(message('health.prune.log.removed', { kind, count: removed }));
    },
  };
}

function vacuumStep(context: RotationContext): Step {
  return {
    id: 'vacuum',
    title: message('health.prune.step.vacuum'),
    effects: [],
    check: async () => false,
    apply: () => withDatabase(context, vacuumAcme),
    undo: async () => undefined,
  };
}

/** step-ca takes an order and signs, which is what a pruned database must not have changed. */
function proofStep(context: RotationContext): Step {
  return {
    id: 'proof',
    title: message('health.prune.step.proof'),
    effects: [],
    check: async () => false,
    async apply(run) {
      await proveIssuance(context, run);
    },
    undo: async () => undefined,
  };
}

/** Removes what is over of step-ca's ACME tables. The plan is the dry run: it says how many rows of each kind would go. */
export const pruneDefinition = (context: RotationContext): OperationDefinition<PruneInput> => ({
  kind: 'stepca.prune',
  input: inputSchema,
  async prepare({ keepDays }) {
    const before = new Date(context.services.now() - keepDays * day);
    const counts = new Map<AcmeKind, number>();
    const reachable = await ask('database', message('health.prune.precondition.database'), async () => {
      await withDatabase(context, async (connection) => {
        for (const kind of acmeKinds) counts.set(kind, await countEnded(connection, kind, before));
      });
      return undefined;
    });
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      title: message('health.prune.title'),
      summary: message('health.prune.summary', { count: total, days: keepDays }),
      steps: [
        ...acmeKinds.map((kind) => pruneStep(context, kind, keepDays, counts.get(kind) ?? 0)),
        vacuumStep(context),
        proofStep(context),
      ],
      preconditions: [
        reachable,
        await ask('session', message('service.precondition.session'), async () => {
          await context.services.client().token.lookupSelf();
          return undefined;
        }),
      ],
      confirm: { verb: message('health.prune.confirm') },
    };
  },
});
