import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';
import { RotationWorld } from '../support/rotation-world.ts';
import { long } from '../support/long.ts';
import { moments } from '../support/moments.ts';

let stack: Installation;
let inner: InnerConsole;
let world: RotationWorld;
const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);

beforeAll(async () => {
  stack = await installation();
  for (const name of ['edge', 'inner']) await stack.must(['service', 'add', name]);
  inner = await stack.open('cli');
  world = new RotationWorld(() => inner.console.required());
});
afterAll(() => stack?.stop());

interface Phase {
  readonly words: readonly string[];
  readonly steps: readonly string[];
  readonly from: CaKeyBoard['stage'];
  readonly to: CaKeyBoard['stage'];
}
const phases: readonly Phase[] = [
  {
    words: ['--skip', 'switch'],
    steps: ['generate', 'record', 'publish', 'files', 'tell', 'prove', 'advance'],
    from: 'idle',
    to: 'published',
  },
  {
    words: ['--skip', 'reissue'],
    steps: ['backup', 'swap', 'restart', 'prove-issuer', 'advance'],
    from: 'published',
    to: 'switched',
  },
  { words: ['--skip', 'finalize'], steps: ['reissue', 'advance'], from: 'switched', to: 'reissued' },
  {
    words: ['--cleanup'],
    steps: ['publish', 'files', 'tell', 'prove', 'clean'],
    from: 'reissued',
    to: 'idle',
  },
];

const stage = async () => (await inner.call<CaKeyBoard>('rotationCaKey.board')).stage;

/** Kills the command line at a step, mends what is left, and proves every secret and every leaf. */
async function kill(words: readonly string[], step: string, moment: string, way: 'undo' | 'resume') {
  const killed = await stack.cli(['rotate', 'ca-key', ...words], {
    BOOTROOT_CONSOLE_TEST: '1',
    BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:rotate.ca-key`,
  });
  expect([step, moment, killed.signal]).toEqual([step, moment, 'SIGKILL']);
  const { engine } = inner.console.required();
  const [operation] = (await engine.list(1)) as [Operation];
  expect(operation).toMatchObject({ kind: 'rotate.ca-key', state: 'interrupted', canResume: true });
  await inner.call(`operations.${way}`, { id: operation.id });
  const ended = await engine.waitFor(operation.id);
  expect([step, moment, ended.state, ended.error]).toEqual([
    step,
    moment,
    way === 'undo' ? 'undone' : 'done',
    undefined,
  ]);
  await world.whole();
}

test.each([{ mode: ['--full'] }, { mode: [] }])(
  'killed at every step of every phase: $mode',
  async ({ mode }) => {
    for (const { words, steps, from, to } of phases) {
      // What cannot be undone is the step that ends the old CA.
      for (const [index, step] of steps.entries()) {
        const last = index === steps.length - 1;
        // With the intermediate alone the steps are the same: a sample of them, and all with `--long`.
        if (mode.length === 0 && !long && !last && (index + seed) % 2 === 0) continue;
        const moment = moments[(index + seed) % moments.length] ?? 'after';
        expect(await stage()).toBe(from);
        await kill([...mode, ...words], step, moment, last ? 'resume' : 'undo');
        expect([step, await stage()]).toEqual([step, last ? to : from]);
      }
    }
  },
);

test('killed on the way back', async () => {
  const steps = ['swap', 'restart', 'prove-issuer', 'reissue', 'publish', 'files', 'tell', 'prove', 'clean'];
  for (const [index, step] of [steps[seed % steps.length] ?? 'swap', 'clean'].entries()) {
    await stack.must(['rotate', 'ca-key', '--skip', 'finalize'], 4);
    await kill(['abort'], step, moments[(index + seed) % moments.length] ?? 'after', 'resume');
    expect([step, await stage()]).toEqual([step, 'idle']);
  }
});
