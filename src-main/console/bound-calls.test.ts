import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WorkspaceSummary } from '../../shared/contract/workspace.ts';
import type { Session } from '../../shared/contract/session.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { BoundCalls, type Bound } from './bound-calls.ts';
import { openConsole, type BootrootConsole } from './console.ts';
import type { Call, Dispatcher } from './dispatcher.ts';
import type { OpenWorkspace } from './open-workspace.ts';

const named = (id: string): OpenWorkspace => ({ id }) as OpenWorkspace;
const call: Call = { actor: 'test', host: 'web', signal: new AbortController().signal };
const code = (job: Promise<unknown>): Promise<string> =>
  job.then(
    () => 'nothing',
    (error: unknown) => (isConsoleError(error) ? error.code : String(error)),
  );

describe('a call in which the handler waits', () => {
  test('stays with its workspace when another becomes the present one meanwhile', async () => {
    let present = named('a');
    let go: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => (go = resolve));
    const calls = new BoundCalls({ present: () => present, held: (id) => named(id) });
    const seen = async (): Promise<string | undefined> => {
      await wait;
      return calls.current()?.workspace?.id;
    };
    const inner = {
      kindOf: () => 'mutation',
      call: seen,
      async *open() {
        yield await seen();
        yield await Promise.resolve().then(() => calls.current()?.workspace?.id);
      },
    } as unknown as Dispatcher;
    const tied = calls.tie(inner);
    const answers = [tied.call('operations.start', {}, call)];
    answers.push(tied.call('operations.start', {}, { ...call, shown: 'c' }));
    answers.push(tied.call('operations.start', {}, { ...call, shown: '' }));
    const items: unknown[] = [];
    const reading = (async () => {
      for await (const item of tied.open('operations.watch', {}, { ...call, shown: 'c' })) items.push(item);
    })();
    present = named('b');
    go();
    expect(await Promise.all(answers)).toEqual(['a', 'c', undefined]);
    await reading;
    expect(items).toEqual(['c', 'c']);
    expect(calls.current()).toBeUndefined();
  });

  test('tells its page where to go only when it moved itself', async () => {
    const calls = new BoundCalls({ present: () => named('b'), held: (id) => named(id) });
    const inner = {
      async call(name: string) {
        await Promise.resolve();
        const bound = calls.current() as Bound;
        if (name === 'workspaces.open') Object.assign(bound, { workspace: named('b'), moved: true });
      },
    } as unknown as Dispatcher;
    const told: string[] = [];
    const ask = (name: string, shown?: string) =>
      calls.tie(inner).call(name, {}, { ...call, shown, onShown: (id) => told.push(id) });
    await ask('openbao.status', 'a');
    await ask('workspaces.open', 'a');
    await ask('session.show');
    expect(told).toEqual(['b', 'b']);
  });
});

describe('two pages of one console', () => {
  let directory: string;
  let console: BootrootConsole;
  const place = (name: string): string => path.join(directory, name);

  /** A page as the renderer is one: it names what it shows, and goes along with the answers. */
  function page() {
    let shown: string | undefined;
    const ask = async <T>(name: string, input: unknown = {}): Promise<T> =>
      (await console.dispatcher.call(name, input, { ...call, shown, onShown: (id) => (shown = id) })) as T;
    return { ask, open: (name: string) => ask<WorkspaceSummary>('workspaces.open', { path: place(name) }) };
  }
  const silences = async (ask: ReturnType<typeof page>['ask']): Promise<string[]> =>
    (await ask<{ silences: { comment: string }[] }>('notifications.settings')).silences.map(
      ({ comment }) => comment,
    );
  const silence = (comment: string) => ({ pattern: '*', minutes: 60, comment });

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pages-'));
    process.env['BOOTROOT_CONSOLE_CONFIG_DIR'] = place('config');
    console = await openConsole({ host: 'web' });
  });
  afterEach(async () => {
    await console.shutdown();
    delete process.env['BOOTROOT_CONSOLE_CONFIG_DIR'];
    await rm(directory, { recursive: true });
  });

  test('each keeps its own installation, and a change reaches the one that its page shows', async () => {
    const [one, other] = [page(), page()];
    const a = await one.open('a');
    const b = await other.open('b');
    expect(a.id).not.toBe(b.id);
    // The other page has opened b since.
    await one.ask('notifications.silence', silence('of a'));
    expect(await silences(one.ask)).toEqual(['of a']);
    expect(await silences(other.ask)).toEqual([]);
    expect((await one.ask<Session>('session.show')).workspace).toMatchObject({ id: a.id, current: true });
    expect((await other.ask<Session>('session.show')).workspace).toMatchObject({ id: b.id, current: true });
    // A wizard that was begun for one is not gone on with in the other; a set-up is.
    await one.ask('session.saveDraft', { name: 'service.add', draft: 1 });
    await one.ask('session.saveDraft', { name: 'setup.local', draft: 2 });
    const draft = async (name: string) =>
      (await other.ask<{ draft: unknown }>('session.draft', { name })).draft;
    expect([await draft('service.add'), await draft('setup.local')]).toEqual([null, 2]);
    // A page that begins now sees what was opened last.
    expect((await page().ask<Session>('session.show')).workspace?.id).toBe(b.id);
  });

  test('what a page asks of one that was closed is refused, and nothing reaches another', async () => {
    const [one, other] = [page(), page()];
    const a = await one.open('a');
    await other.open('a');
    await other.ask('workspaces.close');
    const b = await other.open('b');
    expect(await code(one.ask('notifications.silence', silence('of a')))).toBe('workspace_switched');
    expect(await code(one.ask('openbao.status'))).toBe('workspace_switched');
    expect(await code(one.ask('session.show'))).toBe('workspace_switched');
    // Closing what one does not see is refused as well.
    expect(await code(one.ask('workspaces.close'))).toBe('workspace_switched');
    expect(await silences(other.ask)).toEqual([]);
    // It still learns which one is open, and goes on with either.
    const list = await one.ask<WorkspaceSummary[]>('workspaces.list');
    expect(list.find(({ current }) => current)?.id).toBe(b.id);
    await one.open('a');
    await one.ask('notifications.silence', silence('of a'));
    expect([await silences(one.ask), await silences(other.ask)]).toEqual([['of a'], []]);
    expect((await one.ask<Session>('session.show')).workspace?.id).toBe(a.id);
  });

  test('what a page follows ends when its installation is closed', async () => {
    const [one, other] = [page(), page()];
    const { id } = await one.open('a');
    await other.open('a');
    const following = code(
      (async () => {
        const watched = console.dispatcher.open('operations.watch', {}, { ...call, shown: id });
        for await (const item of watched) expect(item).toBeUndefined();
      })(),
    );
    await other.ask('workspaces.close');
    expect(await following).toBe('workspace_switched');
  });

  test('a page that shows none reaches none, whatever was opened since', async () => {
    const [one, other] = [page(), page()];
    expect((await one.ask<Session>('session.show')).workspace).toBeUndefined();
    await other.open('a');
    expect(await code(one.ask('notifications.silence', silence('of nobody')))).toBe('no_workspace');
    expect(await silences(other.ask)).toEqual([]);
  });

  test('one that a page asks stays open when others are opened', async () => {
    const [one, other] = [page(), page()];
    await one.open('a');
    for (const name of ['b', 'c', 'd', 'e', 'f']) {
      await other.open(name);
      await one.ask('notifications.settings');
    }
    const held = (await one.ask<WorkspaceSummary[]>('workspaces.list')).filter((each) => each.held);
    expect(held.map(({ path: at }) => path.basename(at)).sort()).toEqual(['a', 'd', 'e', 'f']);
  });
});
