import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { distDirectory } from '../../src-main/install/paths.ts';
import { effectsIn, sha256 } from '../../src-main/operations/testing/effects.ts';
import { openEngine, type TestEngine } from '../../src-main/operations/testing/open-engine.ts';

/** Beside the store's thread, as every bundle of the core. */
const script = join(distDirectory(), `operation-child.${process.pid}.cjs`);

beforeAll(async () => {
  await build({
    entryPoints: ['src-main/operations/testing/child.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
    external: ['@photostructure/sqlite'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
  });
});
afterAll(() => rm(script, { force: true }));

let root: string;
let directory: string;
let open: TestEngine | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'crash-'));
  directory = join(root, 'effects');
});
afterEach(async () => {
  await open?.close();
  open = undefined;
  await rm(root, { recursive: true });
});

interface Ended {
  readonly word: string;
  readonly signal: NodeJS.Signals | null;
}

/** Runs the child until it ends, or until it is killed at `fault` or after `killMs`. */
function child(args: readonly string[], options: { fault?: string; killMs?: number } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { fault } = options;
    const env = { ...process.env, BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: fault ?? '' };
    const process_ = spawn(process.execPath, [script, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let word = '';
    process_.stdout.on('data', (chunk: Buffer) => (word += chunk.toString()));
    process_.on('error', reject);
    process_.on('close', (_code, signal) => resolve({ word, signal }));
    if (options.killMs !== undefined) setTimeout(() => process_.kill('SIGKILL'), options.killMs);
  });
}

const run = (options: Parameters<typeof child>[1] = {}, holdMs = 0): Promise<Ended> =>
  child(['run', root, JSON.stringify({ directory, holdMs })], options);

/** The workspace as the next console finds it. */
async function reopen(): Promise<TestEngine> {
  open = await openEngine(root);
  await open.engine.recover();
  return open;
}

const outcomes = async ({ audit }: TestEngine): Promise<string[]> =>
  (await audit.list({ limit: 100, search: '' })).entries
    .reverse()
    .map(({ outcome, details }) => `${outcome} ${details['how'] ?? ''}`.trim());

const steps = ['a', 'b', 'c'] as const;
const moments = ['before', 'after', 'journaled'] as const;
const places = steps.flatMap((step) => moments.map((moment) => ({ step, moment, at: `${step}:${moment}` })));

/** Steps that had been applied when the process died. */
const appliedAt = (step: string, moment: string): number =>
  steps.indexOf(step as 'a') + (moment === 'before' ? 0 : 1);

describe('a console killed while an operation runs', () => {
  test.each(places)('at $at: the next one resumes, each effect once', async ({ step, moment, at }) => {
    expect(await run({ fault: at })).toEqual({ word: '', signal: 'SIGKILL' });
    const before = await effectsIn(directory);
    expect(before.calls).toEqual(steps.slice(0, appliedAt(step, moment)).map((id) => `apply ${id}`));
    const found = await reopen();
    const [operation] = await found.engine.list(10);
    expect(operation).toMatchObject({
      state: 'interrupted',
      canResume: true,
      canUndo: true,
      canCancel: false,
    });
    const id = operation?.id ?? '';
    const done = await found.engine.waitFor((await found.engine.resume(id, {}, 'test')).id);
    expect([done.state, done.progress, done.canUndo]).toEqual(['done', 1, false]);
    const { calls, files } = await effectsIn(directory);
    expect(calls).toEqual(['apply a', 'apply b', 'apply c']);
    // The secret that was staged before the crash is the one used after it, and its stage is gone.
    expect([files.a, files.b]).toEqual([sha256(files.c ?? ''), sha256(files.c ?? '')]);
    expect(await readdir(found.stageRoot)).toEqual([]);
    expect(await outcomes(found)).toEqual(['started run', 'interrupted run', 'started resume', 'done run']);
    expect(await found.audit.verify()).toEqual({ intact: true, entries: 4 });
  });

  test.each(places)('at $at: the next one undoes everything', async ({ step, at }) => {
    await run({ fault: at });
    const found = await reopen();
    const [operation] = await found.engine.list(10);
    const undone = await found.engine.waitFor((await found.engine.undo(operation?.id ?? '', {}, 'test')).id);
    expect([undone.state, undone.canResume, undone.canUndo]).toEqual(['undone', false, false]);
    const { calls, files } = await effectsIn(directory);
    expect(files).toEqual({ a: undefined, b: undefined, c: undefined });
    // Also the step that may have been half applied, the last first.
    const begun = steps.slice(0, steps.indexOf(step) + 1);
    expect(calls.filter((call) => call.startsWith('undo'))).toEqual(
      [...begun].reverse().map((id) => `undo ${id}`),
    );
    expect(await readdir(found.stageRoot).catch(() => [])).toEqual([]);
    expect(undone.steps.filter(({ state }) => state === 'undone').map(({ id }) => id)).toEqual(begun);
  });

  test.each(['c:before', 'c:after', 'a:before', 'a:after'])(
    'while it undoes, at %s: it can only be undone to the end',
    async (at) => {
      await run({ fault: 'c:after' });
      const first = await reopen();
      const id = (await first.engine.list(1))[0]?.id ?? '';
      await first.close();
      open = undefined;
      expect(await child(['undo', root, id], { fault: `${at}:undo` })).toEqual({
        word: '',
        signal: 'SIGKILL',
      });
      const found = await reopen();
      const [operation] = await found.engine.list(1);
      expect(operation).toMatchObject({ state: 'interrupted', canResume: false, canUndo: true });
      await expect(found.engine.resume(id, {}, 'test')).rejects.toMatchObject({
        data: { code: 'cannot_resume' },
      });
      const undone = await found.engine.waitFor((await found.engine.undo(id, {}, 'test')).id);
      expect(undone.state).toBe('undone');
      expect((await effectsIn(directory)).files).toEqual({ a: undefined, b: undefined, c: undefined });
    },
  );

  test.each(['resume', 'undo'] as const)(
    'after its end was journaled: done is done, %s is not offered, and the stage goes',
    async (way) => {
      expect(await run({ fault: 'end:before' })).toEqual({ word: '', signal: 'SIGKILL' });
      const found = await reopen();
      const [operation] = await found.engine.list(1);
      expect([operation?.state, operation?.canResume, operation?.canUndo]).toEqual(['done', false, false]);
      await expect(found.engine[way](operation?.id ?? '', {}, 'test')).rejects.toMatchObject({
        data: { code: `cannot_${way}` },
      });
      expect(await readdir(found.stageRoot)).toEqual([]);
    },
  );

  test('again and again at random instants: it always ends in the whole effect', async () => {
    let id: string | undefined;
    for (let round = 0; round < 8; round += 1) {
      const killMs = 100 + ((round * 67) % 400);
      await (id === undefined ? run({ killMs }, 40) : child(['resume', root, id], { killMs }));
      const found = await reopen();
      expect((await found.audit.verify()).intact).toBe(true);
      const [operation] = await found.engine.list(1);
      await found.close();
      open = undefined;
      if (operation?.state === 'done') break;
      expect([undefined, 'interrupted', 'failed']).toContain(operation?.state);
      // The exclusive file of a killed process is this test's own matter.
      await rm(join(directory, 'exclusive'), { force: true });
      id = operation?.id;
    }
    const found = await reopen();
    const [operation] = await found.engine.list(1);
    if (operation === undefined) expect((await run()).word).toBe('done');
    else if (operation.state !== 'done')
      await found.engine.waitFor((await found.engine.resume(operation.id, {}, 'test')).id);
    expect((await found.engine.list(1))[0]?.state).toBe('done');
    const { files } = await effectsIn(directory);
    expect([files.a, files.b]).toEqual([sha256(files.c ?? ''), sha256(files.c ?? '')]);
  });
});

describe('several consoles on one work directory', () => {
  test('run one operation at a time, and say who holds it', async () => {
    const ended = await Promise.all(Array.from({ length: 4 }, () => run({}, 2000)));
    const words = ended.map(({ word }) => word).sort();
    // An overlap would end in `failed`: the last step opens its file exclusively.
    expect(new Set(words)).toEqual(new Set(['done', 'operation_running']));
    const found = await reopen();
    const done = words.filter((word) => word === 'done').length;
    expect((await found.engine.list(10)).map(({ state }) => state)).toEqual(Array(done).fill('done'));
    expect((await found.audit.verify()).intact).toBe(true);
  });

  test('a console that opens does not take a running operation for a dead one', async () => {
    // Long enough for a slow machine to look at it three times while it runs.
    const running = run({}, 6000);
    const mine = await reopen();
    await expect.poll(async () => (await mine.engine.list(1))[0]?.state, { timeout: 60_000 }).toBe('running');
    await mine.engine.recover();
    const [operation] = await mine.engine.list(1);
    expect(operation?.state).toBe('running');
    await expect(mine.engine.undo(operation?.id ?? '', {}, 'test')).rejects.toMatchObject({
      data: { code: 'operation_running', params: { holder: 'child: test.effects' } },
    });
    await expect(mine.engine.cancel(operation?.id ?? '')).rejects.toMatchObject({
      data: { code: 'cannot_cancel' },
    });
    expect((await running).word).toBe('done');
  });

  test('a lock outlives neither its holder nor a kill', async () => {
    await run({ fault: 'b:before' });
    const found = await reopen();
    const again = await found.engine.resume((await found.engine.list(1))[0]?.id ?? '', {}, 'test');
    expect((await found.engine.waitFor(again.id)).state).toBe('done');
    expect((await run()).word).toBe('done');
  });

  test('one that is open sees that another was killed, and can resume', async () => {
    const mine = await reopen();
    const controller = new AbortController();
    const states: string[] = [];
    const watching = (async () => {
      for await (const event of mine.engine.watch(undefined, controller.signal)) {
        if (event.type !== 'operation') continue;
        states.push(event.operation.state);
        if (event.operation.state === 'interrupted') return event.operation.id;
      }
      return '';
    })();
    await run({ fault: 'b:after' });
    const giveUp = setTimeout(() => controller.abort(), 10_000);
    const id = await watching;
    clearTimeout(giveUp);
    expect(states[states.length - 1]).toBe('interrupted');
    expect((await mine.engine.waitFor((await mine.engine.resume(id, {}, 'test')).id)).state).toBe('done');
    expect((await effectsIn(directory)).calls).toEqual(['apply a', 'apply b', 'apply c']);
  });

  test('one sees what another does, step by step', async () => {
    const mine = await reopen();
    const controller = new AbortController();
    const states: string[] = [];
    const watching = (async () => {
      for await (const event of mine.engine.watch(undefined, controller.signal)) {
        if (event.type !== 'operation') continue;
        states.push(event.operation.state);
        if (event.operation.state === 'done') return;
      }
    })();
    await run({}, 1500);
    await watching;
    controller.abort();
    expect(states).toContain('running');
    expect(states[states.length - 1]).toBe('done');
  });
});
