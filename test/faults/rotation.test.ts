import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import { soak } from '../soak/soak.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';
import { momentsFor } from '../support/moments.ts';
import { disturbTrust, RotationWorld, valueOf, type Held, type Rotated } from '../support/rotation-world.ts';

let stack: Installation;
let inner: InnerConsole;
let world: RotationWorld;
const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);
/** Few of them; `npm run test:soak -- --kills N` makes as many as one likes. */
const kills = 5;

beforeAll(async () => {
  stack = await installation();
  for (const name of ['edge', 'inner']) await stack.must(['service', 'add', name]);
  inner = await stack.open('cli');
  world = new RotationWorld(() => inner.console.required());
});
afterAll(() => stack?.stop());

const rotations: readonly { target: Rotated; words: readonly string[]; steps: readonly string[] }[] = [
  { target: 'stepca-password', words: [], steps: ['reencrypt', 'publish', 'swap', 'restart', 'prove'] },
  { target: 'db', words: [], steps: ['settle', 'publish', 'role', 'config', 'restart', 'prove'] },
  { target: 'responder-hmac', words: [], steps: ['publish', 'agents', 'responder', 'prove'] },
  { target: 'approle-secret-id', words: ['--all-services'], steps: ['mint', 'deliver', 'retire'] },
  { target: 'trust-sync', words: [], steps: ['hand-out', 'tell', 'prove'] },
  { target: 'force-reissue', words: ['--all-services'], steps: ['reissue'] },
  { target: 'console-credentials', words: [], steps: ['mint', 'deliver', 'adopt', 'retire'] },
];

async function finish(target: Rotated, before: Held, undo: boolean): Promise<Held> {
  const engine = inner.console.required().engine;
  const [operation] = (await engine.list(1)) as [Operation];
  expect(operation).toMatchObject({ kind: `rotate.${target}`, state: 'interrupted', canResume: true });
  const way = undo && operation.canUndo ? 'undo' : 'resume';
  await inner.call(`operations.${way}`, { id: operation.id });
  const ended = await engine.waitFor(operation.id);
  expect([ended.state, ended.error]).toEqual([way === 'undo' ? 'undone' : 'done', undefined]);
  const after = await world.whole();
  const [old, now] = [valueOf(target, before), valueOf(target, after)];
  if (way === 'undo') expect(now).toBe(old);
  else {
    expect(now).not.toBe(old);
    expect(await world.accepts(target, old, after)).toBe(false);
  }
  return after;
}

test.each(rotations)('$target: killed at every step', async ({ target, words, steps }) => {
  let before = await world.whole();
  for (const [index, step] of steps.entries())
    for (const [late, moment] of momentsFor(index, seed).entries()) {
      if (target === 'trust-sync') before = await disturbTrust(inner.console.required(), world);
      const killed = await stack.cli(['rotate', target, ...words], {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:rotate.${target}`,
      });
      expect([step, moment, killed.signal]).toEqual([step, moment, 'SIGKILL']);
      // Both ways out in turn, and the other way round with an even seed.
      before = await finish(target, before, (index + late + seed) % 2 === 1);
    }
});

test('killed at random instants, the mending too: nothing is lost', async () => {
  const lines: string[] = [];
  const {
    kills: made,
    resumed,
    undone,
    lost,
  } = await soak({ kills, seed, report: (line) => lines.push(line) });
  expect(lost, lines.join('\n')).toEqual([]);
  expect([made, resumed + undone]).toEqual([kills, kills]);
});
