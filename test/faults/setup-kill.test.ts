import { access, readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import { emptyInstallation, leaks, type Installation } from '../support/installation.ts';
import { moments } from '../support/moments.ts';

let made: Installation | undefined;
afterEach(async () => {
  await made?.stop();
  made = undefined;
});

const fault = (step: string, moment: string, kind: string): Record<string, string> => ({
  BOOTROOT_CONSOLE_TEST: '1',
  BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:${kind}`,
});
const init = (stack: Installation): string[] => ['init', '--kind', 'lab', ...stack.flags];

/** `init` on ports that nobody else has. */
const begin = (stack: Installation, environment: Record<string, string> = {}, killAfterMs = 600_000) =>
  stack.cli(init(stack), environment, { killAfterMs });

async function stepsOf(stack: Installation, words: readonly string[]): Promise<string[]> {
  const { stdout } = await stack.must([...words, '--dry-run', '--json']);
  return (JSON.parse(stdout) as { plan: Plan }).plan.steps.map(({ id }) => id);
}

const text = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (found) => found.trim(),
    () => undefined,
  );

/** What an installation knows that nobody else may; grows with it. */
async function secretsOf({ paths }: Installation, known: Map<string, string>): Promise<Map<string, string>> {
  for (const id of await readdir(join(paths.secrets, '.staging')).catch(() => [])) {
    const staged = await text(join(paths.secrets, '.staging', id, 'init'));
    if (staged === undefined) continue;
    const { keys, rootToken } = JSON.parse(staged) as { keys: string[]; rootToken?: string };
    keys.forEach((key, index) => known.set(`share ${index}`, key));
    if (rootToken !== undefined) known.set('root token', rootToken);
  }
  const files = { password: paths.passwordFile, secret_id: paths.consoleRole('console', 'secret_id') };
  for (const [name, path] of Object.entries(files)) {
    const value = await text(path);
    if (value !== undefined && value !== '') known.set(name, value);
  }
  return known;
}

/** Where formats.md puts each secret. The servers' own data are theirs. */
const allowed = (path: string): boolean =>
  /^local\/(openbao|postgres)\//.test(path) || /^secrets\//.test(path);

async function nothingLeaked(stack: Installation, known: Map<string, string>): Promise<void> {
  await secretsOf(stack, known);
  expect(await leaks(stack.paths.root, known, allowed)).toEqual([]);
}

/** Kills at each moment of each step within one run: what a resume finds is what the kill left. */
async function killEverywhere(
  stack: Installation,
  kind: string,
  start: readonly string[],
  known: Map<string, string>,
): Promise<Operation> {
  let id: string | undefined;
  let kills = 0;
  const steps = await stepsOf(stack, start);
  for (const [index, step] of steps.entries())
    for (const moment of moments) {
      const environment = fault(step, moment, kind);
      const killed =
        id === undefined && kind === 'setup.local'
          ? await begin(stack, environment)
          : await stack.cli(id === undefined ? start : ['operations', 'resume', id], environment);
      if (killed.signal !== 'SIGKILL')
        throw new Error(`${step}:${moment}\n${killed.stdout}\n${killed.stderr}`);
      kills += 1;
      id ??= (await stack.last()).id;
      // The steps that make or move secrets, and a sample of the others.
      if (moment === 'after' || index % 5 === 0) await nothingLeaked(stack, known);
    }
  expect(kills).toBe(steps.length * moments.length);
  const operation = await stack.last();
  expect(operation).toMatchObject({ id, kind, state: 'interrupted', canResume: true });
  await stack.must(['operations', 'resume', operation.id]);
  return stack.last();
}

async function works(stack: Installation, service: string): Promise<void> {
  const status = JSON.parse((await stack.must(['status', '--json'])).stdout) as object;
  expect(status).toBeTruthy();
  await stack.must(['service', 'prove', service]);
  await stack.must(['audit', 'verify']);
  expect(await readdir(join(stack.paths.secrets, '.staging')).catch(() => [])).toEqual([]);
}

test('set-up and onboarding, killed at every moment of every step, end in a working stack', async () => {
  made = await emptyInstallation();
  const known = new Map<string, string>();
  const setUp = await killEverywhere(made, 'setup.local', init(made), known);
  expect(setUp.state).toBe('done');
  expect([...known.keys()]).toEqual(
    expect.arrayContaining(['share 0', 'root token', 'password', 'secret_id']),
  );
  // The shares that are kept are those of this OpenBao: none was lost on the way.
  const kept = (await text(made.paths.unsealKeys))?.split('\n') ?? [];
  expect(kept).toEqual([0, 1, 2].map((index) => known.get(`share ${index}`)));
  // After its revocation nobody keeps the root token, not even where secrets may be.
  const root = new Map([['root token', known.get('root token') ?? '']]);
  expect(await leaks(made.paths.root, root, (path) => path.startsWith('local/openbao/'))).toEqual([]);
  const added = await killEverywhere(made, 'service.add', ['service', 'add', 'edge'], known);
  expect(added.state).toBe('done');
  await works(made, 'edge');
  await nothingLeaked(made, known);
});

test.each(['ca', 'openbao'])(
  'undone after a kill at %s: nothing runs, and it can be set up again',
  async (step) => {
    made = await emptyInstallation();
    const killed = await begin(made, fault(step, 'after', 'setup.local'));
    expect(killed.signal).toBe('SIGKILL');
    await made.must(['operations', 'undo', (await made.last()).id]);
    expect((await made.last()).state).toBe('undone');
    const port = made.flags[1] ?? '';
    const answers = await new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    expect(answers).toBe(false);
    for (const path of [made.paths.unsealKeys, made.paths.rootKey, made.paths.passwordFile])
      await expect(access(path)).rejects.toThrow('ENOENT');
    expect((await begin(made)).code).toBe(0);
    await made.must(['service', 'add', 'again']);
    await works(made, 'again');
  },
);

test('killed at random instants, the set-up is resumed to its end', async () => {
  made = await emptyInstallation();
  const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? Date.now() % 100_000);
  console.info(`BOOTROOT_TEST_SEED=${seed}`);
  let state = seed;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  const known = new Map<string, string>();
  let kills = 0;
  for (let round = 0; round < 3; round += 1) {
    const operation = await made.last().catch(() => undefined);
    if (operation?.state === 'done') break;
    const killAfterMs = 900 + Math.floor(next() * 2_500);
    const ended =
      operation === undefined
        ? await begin(made, {}, killAfterMs)
        : await made.cli(['operations', 'resume', operation.id], {}, { killAfterMs });
    if (ended.signal === 'SIGKILL') kills += 1;
    await nothingLeaked(made, known);
  }
  const operation = await made.last().catch(() => undefined);
  if (operation === undefined) expect((await begin(made)).code).toBe(0);
  else if (operation.state !== 'done') await made.must(['operations', 'resume', operation.id]);
  expect(kills).toBeGreaterThan(0);
  await made.must(['service', 'add', 'late']);
  await works(made, 'late');
});
