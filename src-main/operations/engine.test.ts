import { DatabaseSync } from '@photostructure/sqlite';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  operationSchema,
  type Operation,
  type OperationEvent,
  type Precondition,
} from '../../shared/contract/operations.ts';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { ExclusiveLock } from '../workspace/exclusive-lock.ts';
import type { OperationDefinition, Prepared, Run, Step } from './types.ts';
import { openEngine, type TestEngine } from './testing/open-engine.ts';

const title = message('setup.step.prove');
const kind = 'test';

let root: string;
let mine: TestEngine;
let prepared: Prepared;
let calls: string[];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A step that only says what was asked of it; `there`: its effect is in place. */
function step(id: string, more: Partial<Step> & { there?: boolean } = {}): Mutable<Step> {
  const { there = false, ...rest } = more;
  return {
    id,
    title,
    effects: [],
    check: async () => there,
    async apply() {
      calls.push(`apply ${id}`);
    },
    async undo() {
      calls.push(`undo ${id}`);
    },
    ...rest,
  };
}

function prepare(steps: readonly Step[], more: Partial<Prepared> = {}): void {
  prepared = { title, summary: title, steps, preconditions: [], confirm: { verb: title }, ...more };
}

const definition: Mutable<OperationDefinition> = {
  kind,
  input: z.object({ n: z.number().default(1) }),
  prepare: async () => prepared,
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'engine-'));
  calls = [];
  prepare([step('a'), step('b')]);
  mine = await openEngine(root, [definition]);
});
afterEach(async () => {
  await mine.close();
  await rm(root, { recursive: true });
});

interface StartOptions {
  readonly secrets?: Record<string, string>;
  readonly typed?: string;
  readonly digest?: string;
}

async function start(options: StartOptions = {}): Promise<Operation> {
  const { digest } = await mine.engine.plan(kind, {});
  return mine.engine.start({ kind, input: {}, digest, secrets: {}, actor: 'test', ...options });
}
const run = async (options: StartOptions = {}): Promise<Operation> =>
  mine.engine.waitFor((await start(options)).id);
const refusal = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'none',
    (error: unknown) => (isConsoleError(error) ? error.code : String(error)),
  );

/** A step that waits until the test lets it go, or its signal ends it. */
function waiting(id: string): { step: Step; started: Promise<Run>; release: () => void } {
  let begun: (run: Run) => void = () => undefined;
  let release = (): void => undefined;
  const started = new Promise<Run>((resolve) => (begun = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  const apply = async (current: Run): Promise<void> => {
    calls.push(`apply ${id}`);
    begun(current);
    await released;
  };
  return { step: step(id, { apply }), started, release: () => release() };
}

describe('a start', () => {
  test('runs what is not there yet, in order, and tells so', async () => {
    prepare([step('a'), step('b', { there: true }), step('c')]);
    const done = operationSchema.parse(await run());
    expect(calls).toEqual(['apply a', 'apply c']);
    expect(done.steps.map(({ state }) => state)).toEqual(['done', 'skipped', 'done']);
    expect(done).toMatchObject({
      state: 'done',
      progress: 1,
      canResume: false,
      canUndo: false,
      canCancel: false,
    });
  });

  test('is refused for a world that changed since the plan', async () => {
    const { digest } = await mine.engine.plan(kind, {});
    expect(await refusal(start({ digest: `${digest.slice(0, -1)}x` }))).toBe('plan_changed');
    prepare([step('a', { effects: [{ kind: 'file', path: '/x', action: 'create' }] }), step('b')]);
    expect(await refusal(start({ digest }))).toBe('plan_changed');
    expect([calls, await mine.engine.list(10)]).toEqual([[], []]);
  });

  test('is planned when nobody else can change the world any more', async () => {
    const { digest } = await mine.engine.plan(kind, {});
    const lockPath = join(root, '.console', 'operation.lock.db');
    let held: boolean | undefined;
    const look = async (): Promise<Prepared> => {
      const free = await ExclusiveLock.tryAcquire(lockPath, 'other');
      free?.release();
      held = free === undefined;
      return prepared;
    };
    const { prepare: usual } = definition;
    definition.prepare = look;
    try {
      await mine.engine.waitFor((await start({ digest })).id);
    } finally {
      definition.prepare = usual;
    }
    expect(held).toBe(true);
  });

  test('is refused without precondition, confirmation, secret, kind or valid input', async () => {
    const precondition: Precondition = { id: 'p', title, met: false };
    prepare([step('a')], { preconditions: [precondition] });
    expect(await refusal(start())).toBe('precondition_unmet');
    prepare([step('a')], { confirm: { verb: title, typed: 'prod' } });
    expect(await refusal(start())).toBe('confirmation_wrong');
    expect(await refusal(start({ typed: 'Prod' }))).toBe('confirmation_wrong');
    const secretInputs = [{ name: 'passphrase', label: title, minLength: 12, fresh: true }];
    prepare([step('a')], { secretInputs });
    expect(await refusal(start())).toBe('secret_missing');
    expect(await refusal(start({ secrets: { passphrase: 'short' } }))).toBe('secret_missing');
    expect(await refusal(mine.engine.plan('none', {}))).toBe('operation_unknown');
    expect(await refusal(mine.engine.plan(kind, { n: 'x' }))).toBe('invalid_input');
    expect([calls, await mine.engine.list(10), (await mine.audit.verify()).entries]).toEqual([[], [], 0]);
    // A refusal holds no lock.
    prepare([step('a')], { confirm: { verb: title, typed: 'prod' } });
    expect((await run({ typed: 'prod' })).state).toBe('done');
  });

  test('is refused while another operation of this console runs', async () => {
    const slow = waiting('a');
    prepare([slow.step]);
    const { id } = await start();
    await slow.started;
    expect(await refusal(start())).toBe('operation_running');
    // Said in the plan already, and gone from it afterwards.
    const alone = async () =>
      (await mine.engine.plan(kind, {})).preconditions.find((one) => one.id === 'alone');
    expect(await alone()).toMatchObject({ met: false, detail: { params: { actor: 'test', kind } } });
    slow.release();
    await mine.engine.waitFor(id);
    expect(await alone()).toMatchObject({ met: true });
    prepare([step('b')]);
    expect((await run()).state).toBe('done');
  });

  test('a proof that is pending leaves the operation pending', async () => {
    const apply = async (current: Run): Promise<void> => {
      current.prove({ title, outcome: 'not_proved' });
      current.prove({ title, outcome: 'pending' });
    };
    prepare([step('a', { apply })]);
    const done = await run();
    expect([done.state, done.proofs.map(({ outcome }) => outcome)]).toEqual(['pending', ['pending']]);
  });
});

describe('a failure', () => {
  const failing = (error: unknown): Step =>
    step('b', {
      apply: async () => {
        throw error;
      },
    });

  test('stops there, says what was changed, and can be resumed or undone', async () => {
    prepare([step('a'), failing(new ConsoleError('disk_full', { path: '/x' })), step('c')]);
    const failed = await run();
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'disk_full', changed: { key: 'error.changed.steps' } },
      canResume: true,
      canUndo: true,
    });
    expect(failed.steps.map(({ state }) => state)).toEqual(['done', 'failed', 'waiting']);
    prepare([step('a'), step('b'), step('c')]);
    const done = await mine.engine.waitFor((await mine.engine.resume(failed.id, {}, 'test')).id);
    expect([done.state, done.error]).toEqual(['done', undefined]);
    expect(calls).toEqual(['apply a', 'apply b', 'apply c']);
    expect(await refusal(mine.engine.resume(failed.id, {}, 'test'))).toBe('cannot_resume');
    expect(await refusal(mine.engine.undo(failed.id, {}, 'test'))).toBe('cannot_undo');
    expect(await refusal(mine.engine.undo('none', {}, 'test'))).toBe('not_found');
  });

  test('of the first step changed nothing', async () => {
    prepare([failing(new ConsoleError('disk_full', { path: '/x' }))]);
    expect((await run()).error?.changed.key).toBe('error.changed.nothing');
  });

  test('is undone from the failed step backwards, not from those that never began', async () => {
    prepare([step('a'), failing(new Error('x')), step('c')]);
    const { id } = await run();
    const undone = await mine.engine.waitFor((await mine.engine.undo(id, {}, 'test')).id);
    expect([undone.state, calls]).toEqual(['undone', ['apply a', 'undo b', 'undo a']]);
  });

  test('is undone without what was there before', async () => {
    const effects = [{ kind: 'file', path: '/x', action: 'create' }] as const;
    prepare([step('a', { there: true }), step('b0', { there: true, effects }), failing(new Error('x'))]);
    const failed = await run();
    expect(failed.steps.map(({ state }) => state)).toEqual(['skipped', 'skipped', 'failed']);
    await mine.engine.waitFor((await mine.engine.undo(failed.id, {}, 'test')).id);
    expect(calls).toEqual(['undo b']);
  });

  test('is undone with what an earlier try may have made', async () => {
    const effects = [{ kind: 'file', path: '/x', action: 'create' }] as const;
    prepare([step('a', { effects }), { ...failing(new Error('x')), effects }, failing(new Error('y'))]);
    const { id } = await run();
    // The failed step had got as far as its effect.
    const last = { ...failing(new Error('y')), id: 'c' };
    prepare([step('a', { effects }), step('b', { effects, there: true }), last]);
    expect(await refusal(mine.engine.resume(id, {}, 'test'))).toBe('steps_changed');
    prepare([step('a', { effects }), step('b', { effects, there: true })]);
    const again = await mine.engine.waitFor((await mine.engine.resume(id, {}, 'test')).id);
    expect(again.steps.slice(0, 2).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  test('is not undone half by a console that makes other steps', async () => {
    prepare([step('a'), failing(new Error('x'))]);
    const { id } = await run();
    prepare([step('b')]);
    expect(await refusal(mine.engine.undo(id, {}, 'test'))).toBe('steps_changed');
    expect((await mine.engine.show(id)).operation).toMatchObject({ state: 'failed', canUndo: true });
    prepare([step('a'), step('b')]);
    expect((await mine.engine.waitFor((await mine.engine.undo(id, {}, 'test')).id)).state).toBe('undone');
  });

  test('of the journal itself leaves nobody waiting, and can be resumed', async () => {
    const transaction = mine.store.transaction.bind(mine.store);
    const apply = async (): Promise<void> => {
      mine.store.transaction = async () => {
        throw new ConsoleError('disk_full', { path: '/x' });
      };
    };
    prepare([step('a', { apply }), step('b')]);
    const { id } = await start();
    expect(await refusal(mine.engine.waitFor(id))).toBe('disk_full');
    const cut = { state: 'interrupted', canResume: true, error: { code: 'disk_full' } };
    expect((await mine.engine.show(id)).operation).toMatchObject(cut);
    mine.store.transaction = transaction;
    expect((await mine.engine.list(1))[0]).toMatchObject(cut);
    prepare([step('a'), step('b')]);
    expect((await mine.engine.waitFor((await mine.engine.resume(id, {}, 'test')).id)).state).toBe('done');
  });

  test('cannot be undone past a step that has no undo', async () => {
    const final = step('a');
    delete final.undo;
    prepare([final, failing(new Error('x'))]);
    const failed = await run();
    expect([failed.canUndo, failed.canResume]).toEqual([false, true]);
    expect(await refusal(mine.engine.undo(failed.id, {}, 'test'))).toBe('cannot_undo');
  });

  test('of an undo can be tried again, and only backwards', async () => {
    let broken = true;
    const undo = async (): Promise<void> => {
      if (broken) throw new Error('not now');
      calls.push('undo a');
    };
    prepare([step('a', { undo }), failing(new Error('x'))]);
    const { id } = await run();
    const failed = await mine.engine.waitFor((await mine.engine.undo(id, {}, 'test')).id);
    expect([failed.state, failed.canResume, failed.canUndo]).toEqual(['failed', false, true]);
    broken = false;
    expect((await mine.engine.waitFor((await mine.engine.undo(id, {}, 'test')).id)).state).toBe('undone');
    expect(calls).toEqual(['apply a', 'undo b', 'undo a']);
  });

  test('of its own making is told without secrets', async () => {
    const error = new Error(
      'login postgresql://stepca:Pl4nted@db/ with hvs.CAESIPl4ntedPl4ntedPl4nted failed',
    );
    prepare([failing(error)]);
    const failed = await run();
    expect(failed.error).toMatchObject({ code: 'internal', changed: { key: 'error.changed.unknown' } });
    expect(failed.error?.detail).toContain('postgresql://stepca:');
    expect(JSON.stringify(failed)).not.toContain('Pl4nted');
  });
});

describe('a pause', () => {
  test('brings the running step to its end, stops before the next, and is resumed', async () => {
    const slow = waiting('a');
    prepare([slow.step, step('b')]);
    const { id } = await start();
    await slow.started;
    await mine.engine.pause(id);
    slow.release();
    const paused = await mine.engine.waitFor(id);
    expect(paused).toMatchObject({ state: 'paused', canResume: true, canUndo: true });
    expect(paused.steps.map(({ state }) => state)).toEqual(['done', 'waiting']);
    expect(await refusal(mine.engine.pause(id))).toBe('cannot_cancel');
    prepare([step('a'), step('b')]);
    expect((await mine.engine.waitFor((await mine.engine.resume(id, {}, 'test')).id)).state).toBe('done');
    expect(calls).toEqual(['apply a', 'apply b']);
  });
});

describe('a cancellation', () => {
  test('takes effect between two steps, and the operation can go on later', async () => {
    const slow = waiting('a');
    prepare([slow.step, step('b')]);
    const { id } = await start();
    await slow.started;
    await mine.engine.cancel(id);
    slow.release();
    const cancelled = await mine.engine.waitFor(id);
    expect(cancelled).toMatchObject({ state: 'cancelled', canResume: true, canUndo: true });
    expect(cancelled.error).toBeUndefined();
    expect(calls).toEqual(['apply a']);
    prepare([step('a'), step('b')]);
    expect((await mine.engine.waitFor((await mine.engine.resume(id, {}, 'test')).id)).state).toBe('done');
    expect(calls).toEqual(['apply a', 'apply b']);
  });

  test('ends a wait inside a step that honours its signal', async () => {
    const apply = (current: Run): Promise<void> =>
      new Promise((_resolve, reject) => {
        calls.push('waiting');
        current.signal.addEventListener('abort', () => reject(new ConsoleError('cancelled')));
      });
    prepare([step('a', { apply }), step('b')]);
    const { id } = await start();
    await expect.poll(() => calls).toEqual(['waiting']);
    await mine.engine.cancel(id);
    expect((await mine.engine.waitFor(id)).state).toBe('cancelled');
    expect(await refusal(mine.engine.cancel(id))).toBe('cannot_cancel');
  });

  test('does not stop an undo half way', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const undo = async (current: Run): Promise<void> => {
      calls.push('undoing');
      await held;
      if (current.signal.aborted) throw new ConsoleError('cancelled');
    };
    const apply = async (): Promise<void> => {
      throw new Error('x');
    };
    prepare([step('a'), step('b', { apply, undo })]);
    const { id } = await run();
    await mine.engine.undo(id, {}, 'test');
    await expect.poll(() => calls).toContain('undoing');
    expect(await refusal(mine.engine.cancel(id))).toBe('cannot_cancel');
    release();
    expect((await mine.engine.waitFor(id)).state).toBe('undone');
  });

  test('closing the console stops at the next safe point and leaves a record', async () => {
    const slow = waiting('a');
    prepare([slow.step, step('b')]);
    const { id } = await start();
    await slow.started;
    const closing = mine.close();
    slow.release();
    await closing;
    mine = await openEngine(root, [definition]);
    expect((await mine.engine.show(id)).operation).toMatchObject({ state: 'cancelled', canResume: true });
  });
});

describe('what is written', () => {
  const planted = 'Pl4ntedSecretValue';

  test('holds no secret input, no staged value, no secret of a log line', async () => {
    const secretInputs = [{ name: 'passphrase', label: title, minLength: 1, fresh: false }];
    const apply = async (current: Run): Promise<void> => {
      await current.stage.write('token', current.secret('passphrase'));
      current.log(message('setup.evidence.url', { url: `https://user:${planted}@host/` }));
      current.log(message('setup.check.value', { problem: `password=${planted}` }), 'warn');
      current.prove({
        title,
        outcome: 'proved',
        evidence: message('setup.evidence.url', { url: `Bearer ${planted}` }),
      });
      throw new ConsoleError('disk_full', { path: `://a:${planted}@b` }, { detail: `secret_id=${planted}` });
    };
    prepare([step('a', { apply })], { secretInputs });
    const failed = await run({ secrets: { passphrase: planted } });
    expect((await mine.engine.show(failed.id)).logs).toHaveLength(3);
    // The stage keeps the value for the next try, and is the only place that does.
    expect(await readFile(join(mine.stageRoot, failed.id, 'token'), 'utf8')).toBe(planted);
    const seen = JSON.stringify([failed, (await mine.engine.show(failed.id)).logs]);
    await mine.close();
    const files = await readdir(join(root, '.console'));
    expect(files).toContain('store.db');
    for (const file of files)
      expect([file, (await readFile(join(root, '.console', file))).includes(planted)]).toEqual([file, false]);
    expect(seen).not.toContain(planted);
    mine = await openEngine(root, [definition]);
  });

  test('a secret that was not given is an error of its own', async () => {
    const apply = async (current: Run): Promise<void> => void current.secret('other');
    prepare([step('a', { apply })]);
    expect((await run()).error?.code).toBe('secret_missing');
  });

  test('the audit log has the start, the end, the actor and the fingerprints', async () => {
    const apply = async (current: Run): Promise<void> => {
      current.changed('root', undefined, 'ab12');
      current.changed('root', 'ab12', 'cd34');
    };
    prepare([step('a', { apply })]);
    const { id, planDigest } = await run();
    const { entries } = await mine.audit.list({ limit: 10, search: '' });
    expect(entries.map(({ outcome }) => outcome)).toEqual(['done', 'started']);
    expect(entries[0]).toMatchObject({ actor: 'test', action: kind, target: id });
    expect(entries[0]?.details).toMatchObject({ plan: planDigest, root: 'ab12 → cd34' });
  });
});

describe('a watcher', () => {
  const collect = async (
    id: string | undefined,
    until: (event: OperationEvent) => boolean,
    signal: AbortSignal,
    from = mine,
  ): Promise<OperationEvent[]> => {
    const events: OperationEvent[] = [];
    for await (const event of from.engine.watch(id, signal)) {
      events.push(event);
      if (until(event)) break;
    }
    return events;
  };
  const isDone = (event: OperationEvent): boolean =>
    event.type === 'operation' && event.operation.state === 'done';
  const logged = (events: readonly OperationEvent[]): unknown[] =>
    events.flatMap((event) => (event.type === 'log' ? [event.log.message.params?.['url']] : []));

  test('meets every line once, whenever it comes, also in another process’s view', async () => {
    const slow = waiting('b');
    const apply = async (current: Run): Promise<void> => {
      for (let line = 0; line < 5; line += 1)
        current.log(message('setup.evidence.url', { url: `early ${line}` }));
    };
    prepare([step('a', { apply }), slow.step]);
    const other = await openEngine(root, [definition]);
    try {
      const { signal } = new AbortController();
      const { id } = await start();
      const current = await slow.started;
      const watching = [collect(id, isDone, signal), collect(id, isDone, signal, other)];
      for (let line = 0; line < 5; line += 1)
        current.log(message('setup.evidence.url', { url: `late ${line}` }));
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (let line = 0; line < 5; line += 1)
        current.log(message('setup.evidence.url', { url: `later ${line}` }));
      await new Promise((resolve) => setTimeout(resolve, 1200));
      slow.release();
      const all = ['early', 'late', 'later'].flatMap((word) =>
        [0, 1, 2, 3, 4].map((line) => `${word} ${line}`),
      );
      for (const events of await Promise.all(watching)) {
        expect(logged(events)).toEqual(all);
        expect(events[0]).toMatchObject({ type: 'operation', operation: { id, state: 'running' } });
      }
    } finally {
      await other.close();
    }
  });

  test('ends with its signal, and one that leaves early is forgotten', async () => {
    await run();
    await run();
    const controller = new AbortController();
    const all = collect(undefined, () => false, controller.signal);
    expect(await collect(undefined, () => true, controller.signal)).toHaveLength(1);
    setTimeout(() => controller.abort(), 50);
    expect((await all).map((event) => event.type)).toEqual(['operation', 'operation']);
  });

  test('progress rises by weight and inside a step', async () => {
    const apply = async (current: Run): Promise<void> => {
      for (const fraction of [0.5, 2]) {
        current.progress(fraction);
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
    };
    prepare([step('a', { weight: 3, apply }), step('b')]);
    const { signal } = new AbortController();
    const watching = collect(undefined, isDone, signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await run();
    const seen = (await watching).flatMap((event) =>
      event.type === 'operation' ? [event.operation.progress] : [],
    );
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen).toContain(0.375);
    expect(seen).toContain(0.75);
    expect(seen[seen.length - 1]).toBe(1);
  });
});

test('who only asks whether an operation runs keeps none from beginning', async () => {
  // The lock file is there from the first operation on.
  await mine.engine.waitFor((await start()).id);
  const { digest } = await mine.engine.plan(kind, {});
  const looker = new DatabaseSync(join(root, '.console', 'operation.lock.db'), { readOnly: true });
  looker.exec('BEGIN');
  looker.prepare('SELECT count(*) FROM sqlite_master').get();
  const begun = mine.engine.start({ kind, input: {}, digest, secrets: {}, actor: 'test' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  looker.exec('ROLLBACK');
  looker.close();
  expect((await mine.engine.waitFor((await begun).id)).state).toBe('done');
});

describe('an earlier one of the same kind that stopped half-way', () => {
  const write = (path: string, fails = false): Partial<Step> => ({
    effects: [{ kind: 'file', path, action: 'change' }],
    async apply(run) {
      await run.stage.write('value', path);
      if (fails) throw new ConsoleError('disk_full', { path });
    },
  });
  const staged = (): Promise<string[]> => readdir(join(root, 'secrets', '.staging')).catch(() => []);
  afterEach(() => {
    delete definition.unfinished;
  });

  test('has to be ended first, where something of it would be lost; not one that writes other things', async () => {
    definition.unfinished = 'first';
    prepare([step('a', write('/x', true))]);
    const { id } = await run();
    const unmet = async (): Promise<readonly Precondition[]> =>
      (await mine.engine.plan(kind, {})).preconditions.filter(({ met }) => !met);
    expect((await unmet()).map(({ id: which, detail }) => [which, detail?.params])).toEqual([
      ['unfinished', { operation: id }],
    ]);
    expect(await refusal(start())).toBe('precondition_unmet');
    await mine.engine.waitFor((await mine.engine.undo(id, {}, 'test')).id);
    expect(await unmet()).toEqual([]);
    expect((await run()).state).toBe('failed');
    // The earlier one is planned anew from its own input.
    const usual = definition.prepare;
    let other = true;
    definition.prepare = async () => {
      const now = other ? '/y' : '/x';
      other = !other;
      return { ...prepared, steps: [step('a', write(now))] };
    };
    try {
      expect(await unmet()).toEqual([]);
    } finally {
      definition.prepare = usual;
    }
  });

  test('is taken over where a new one settles it: it can be neither resumed nor undone, and leaves no stage', async () => {
    definition.unfinished = 'superseded';
    prepare([step('a', write('/x', true))]);
    const earlier = await run();
    expect([earlier.canResume, earlier.canUndo, await staged()]).toEqual([true, true, [earlier.id]]);
    prepare([step('a', write('/x'))]);
    const later = await run();
    expect([later.state, await staged()]).toEqual(['done', []]);
    const { operation } = await mine.engine.show(earlier.id);
    expect(operationSchema.parse(operation)).toMatchObject({
      state: 'failed',
      canResume: false,
      canUndo: false,
      supersededBy: later.id,
    });
    expect(await refusal(mine.engine.resume(earlier.id, {}, 'test'))).toBe('cannot_resume');
    expect(await refusal(mine.engine.undo(earlier.id, {}, 'test'))).toBe('cannot_undo');
  });

  test('keeps its ways out where a new one is refused before it begins', async () => {
    definition.unfinished = 'superseded';
    prepare([step('a', write('/x', true))]);
    const { id } = await run();
    prepare([step('a', write('/x'))], { preconditions: [{ id: 'p', title, met: false }] });
    expect(await refusal(start())).toBe('precondition_unmet');
    const { operation } = await mine.engine.show(id);
    expect([operation.canResume, await staged()]).toEqual([true, [id]]);
  });
});
