import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Run, Step } from '../operations/types.ts';
import { ask } from '../rotation/preconditions.ts';
import { ensureDirectory, removeFile, writeFileAtomic } from '../workspace/atomic.ts';
import { olderThanNewest, stampOf } from '../workspace/newest.ts';
import { reportMarkdown } from './markdown.ts';
import { gatherReport, type ReportWorld } from './report.ts';

const inputSchema = z.object({
  /** How many reports stay. */
  keep: z.number().int().min(1).max(1000).default(30),
  language: z.enum(['en', 'ko']).default('en'),
});
export type ReportInput = z.infer<typeof inputSchema>;

const prefix = 'report';
const endings = ['json', 'md'] as const;

const pathOf = (world: ReportWorld, stamp: string, ending: (typeof endings)[number]): string =>
  join(world.directory, `${prefix}-${stamp}.${ending}`);
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function writeStep(world: ReportWorld, { language }: ReportInput): Step {
  /** The name is chosen once: what a crash interrupts goes on with the same. */
  const stampNow = (run: Run): Promise<string> => run.stage.once('stamp', () => stampOf(world.now()));
  return {
    id: 'write',
    title: message('report.step.write'),
    effects: endings.map((ending) => ({
      kind: 'file',
      path: pathOf(world, '…', ending),
      action: 'create',
      mode: '0640',
    })),
    async check(run) {
      const stamp = await run.stage.read('stamp');
      return stamp !== undefined && isThere(pathOf(world, stamp, 'md'));
    },
    async apply(run) {
      const report = await gatherReport(world, run.signal);
      if (run.signal.aborted) throw new ConsoleError('cancelled');
      const stamp = await stampNow(run);
      await ensureDirectory(world.directory, { mode: 0o750 });
      const texts = { json: `${JSON.stringify(report, null, 2)}\n`, md: reportMarkdown(report, language) };
      for (const ending of endings) {
        const path = pathOf(world, stamp, ending);
        await writeFileAtomic(path, texts[ending], { mode: 0o640 });
        const same = (await readFile(path, 'utf8')) === texts[ending];
        run.prove({
          title: message('report.proof', { path }),
          outcome: same ? 'proved' : 'contradicted',
        });
      }
    },
    async undo(run) {
      const stamp = await run.stage.read('stamp');
      if (stamp !== undefined) for (const ending of endings) await removeFile(pathOf(world, stamp, ending));
    },
  };
}

function discardStep(world: ReportWorld, { keep }: ReportInput): Step {
  const old = (): Promise<string[]> => olderThanNewest(world.directory, prefix, keep);
  return {
    id: 'discard',
    title: message('report.step.discard', { count: keep }),
    effects: [],
    check: async () => (await old()).length === 0,
    async apply() {
      for (const name of await old()) await removeFile(join(world.directory, name));
    },
  };
}

/** What is due, what ends when and what is proved, as two files of one moment: for people and for programs. */
export const reportDefinition = (world: ReportWorld): OperationDefinition<ReportInput> => ({
  kind: 'report.write',
  input: inputSchema,
  async prepare(input) {
    return {
      title: message('report.title'),
      summary: message('report.summary', { directory: world.directory, keep: input.keep }),
      steps: [writeStep(world, input), discardStep(world, input)],
      preconditions: [
        // Without services there is a report too; a state file that cannot be read is none.
        await ask('readable', message('report.precondition.readable'), async () => {
          await world.rotations();
          return undefined;
        }),
      ],
      confirm: { verb: message('report.confirm') },
    };
  },
});
