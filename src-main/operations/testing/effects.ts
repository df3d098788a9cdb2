import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { message } from '../../../shared/message.ts';
import { writeFileAtomic } from '../../workspace/atomic.ts';
import type { OperationDefinition, Step } from '../types.ts';

export const effectsSchema = z.object({
  directory: z.string(),
  /** How long the last step holds its exclusive file, milliseconds. */
  holdMs: z.number().default(0),
});
export type Effects = z.output<typeof effectsSchema>;

const title = message('setup.step.prove');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch(() => undefined);

/** Three steps whose every effect can be counted: a staged secret, its fingerprint, and the secret itself. */
function steps({ directory, holdMs }: Effects): readonly Step[] {
  const file = (name: string): string => join(directory, name);
  const note = (line: string): Promise<void> => appendFile(file('calls'), `${line}\n`);
  const step = (id: string, content: (secret: string) => string): Step => ({
    id,
    title,
    effects: [{ kind: 'file', path: file(id), action: 'create' }],
    check: async () => (await readIfThere(file(id))) !== undefined,
    async apply(run) {
      await note(`apply ${id}`);
      const secret = await run.stage.once('secret', () => randomBytes(16).toString('hex'));
      await writeFileAtomic(file(id), content(secret), { mode: 0o600 });
      run.changed(id, undefined, sha256(secret));
    },
    async undo() {
      await note(`undo ${id}`);
      await rm(file(id), { force: true });
    },
  });
  const last = step('c', (secret) => secret);
  return [
    step('a', sha256),
    step('b', sha256),
    {
      ...last,
      async apply(run) {
        // Two operations at once would meet here.
        const held = await open(file('exclusive'), 'wx');
        await new Promise((resolve) => setTimeout(resolve, holdMs));
        await held.close();
        await rm(file('exclusive'));
        await last.apply(run);
      },
    },
  ];
}

export const effectsDefinition: OperationDefinition<Effects> = {
  kind: 'test.effects',
  input: effectsSchema,
  async prepare(input) {
    await mkdir(input.directory, { recursive: true });
    return {
      title,
      summary: title,
      steps: steps(input),
      preconditions: [],
      confirm: { verb: title },
    };
  },
};

/** What happened in a directory: which steps ran in which order, and what they left. */
export async function effectsIn(directory: string): Promise<{
  readonly calls: readonly string[];
  readonly files: Readonly<Record<'a' | 'b' | 'c', string | undefined>>;
}> {
  const [calls, a, b, c] = await Promise.all(
    ['calls', 'a', 'b', 'c'].map((name) => readIfThere(join(directory, name))),
  );
  return { calls: (calls ?? '').split('\n').filter((line) => line !== ''), files: { a, b, c } };
}
