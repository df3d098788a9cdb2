import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { contract, type ProcedureName } from '../../shared/contract/index.ts';
import { isConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { createDispatcher, type Call, type Dispatcher, type Handlers } from './dispatcher.ts';

const names = Object.keys(contract) as ProcedureName[];
const call: Call = { actor: 'test', host: 'cli', signal: new AbortController().signal };

/** What each handler answers next, and what it was given. */
let answers: Map<string, unknown>;
let seen: { name: string; input: unknown; call: Call }[];
let dispatcher: Dispatcher;

const handlers = Object.fromEntries(
  names.map((name) => [
    name,
    contract[name].kind === 'stream'
      ? async function* (input: unknown, by: Call) {
          seen.push({ name, input, call: by });
          for (const item of (answers.get(name) ?? []) as unknown[]) yield await Promise.resolve(item);
        }
      : async (input: unknown, by: Call) => {
          seen.push({ name, input, call: by });
          return answers.get(name);
        },
  ]),
) as unknown as Handlers;

beforeEach(() => {
  answers = new Map();
  seen = [];
  dispatcher = createDispatcher(handlers);
});

const code = async (answer: Promise<unknown>): Promise<ErrorCode | 'none'> =>
  answer.then(
    () => 'none' as const,
    (error: unknown) => (isConsoleError(error) ? error.code : Promise.reject(error as Error)),
  );
const collect = async (name: string, input: unknown): Promise<unknown[]> => {
  const items: unknown[] = [];
  for await (const item of dispatcher.open(name, input, call)) items.push(item);
  return items;
};

describe('a name', () => {
  test.each([
    '',
    'nothing',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'openbao',
    'openbao.status ',
  ])('%j is no procedure', async (name) => {
    expect(await code(dispatcher.call(name, {}, call))).toBe('unknown_procedure');
    expect(await code(collect(name, {}))).toBe('unknown_procedure');
    expect(dispatcher.kindOf(name)).toBeUndefined();
    expect(seen).toEqual([]);
  });

  test('a stream is not called, and nothing else is opened', async () => {
    for (const name of names) {
      const wrong = contract[name].kind === 'stream' ? dispatcher.call(name, {}, call) : collect(name, {});
      expect([name, await code(wrong)]).toEqual([name, 'unknown_procedure']);
      expect(dispatcher.kindOf(name)).toBe(contract[name].kind);
    }
    expect(seen).toEqual([]);
  });
});

describe('an input', () => {
  test('that does not fit is refused by field, before any handler', async () => {
    const refused = dispatcher.call('openbao.unsealWithShare', { share: 'x'.repeat(201) }, call);
    await expect(refused).rejects.toMatchObject({
      data: { code: 'invalid_input', params: { field: 'share' }, changed: { key: 'error.changed.nothing' } },
    });
    expect(await code(collect('operations.watch', { id: 5 }))).toBe('invalid_input');
    expect(seen).toEqual([]);
  });

  test('reaches the handler parsed: with defaults, without what the contract does not name', async () => {
    answers.set('operations.list', []);
    await dispatcher.call('operations.list', { injected: true }, call);
    expect(seen).toEqual([{ name: 'operations.list', input: { limit: 100 }, call }]);
  });

  test('keys of an object cannot reach its prototype', async () => {
    answers.set('operations.list', []);
    await dispatcher.call('operations.list', JSON.parse('{"__proto__":{"limit":7},"limit":5}'), call);
    expect(seen[0]?.input).toEqual({ limit: 5 });
    expect(Object.getPrototypeOf(seen[0]?.input)).toBe(Object.prototype);
  });

  test('whatever it is, only a ConsoleError comes back, and no value of it', async () => {
    const planted = 'Pl4ntedValue';
    const value = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withMap: true }),
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        { share: planted.repeat(50) },
        { method: planted },
        { method: 'token', token: planted.repeat(100) },
        { index: planted, passphrase: { planted }, lastCharacters: planted },
        { kind: 'x', secrets: { a: [planted] } },
        { source: { path: 5, base64: planted } },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), value, async (name, input) => {
        const stream = contract[name].kind === 'stream';
        try {
          await (stream ? collect(name, input) : dispatcher.call(name, input, call));
        } catch (error) {
          if (!isConsoleError(error)) throw error;
          expect(['invalid_input', 'internal']).toContain(error.code);
          expect(JSON.stringify(error.data)).not.toContain(planted);
        }
      }),
      { numRuns: 2000 },
    );
    for (const { name, input } of seen)
      expect([name, contract[name as ProcedureName].input.safeParse(input).success]).toEqual([name, true]);
  });
});

describe('an output', () => {
  const operation = {
    id: 'x',
    kind: 'k',
    title: message('setup.step.ca'),
    state: 'running',
    actor: 'a',
    startedAt: 1,
    planDigest: 'd',
    progress: 0,
    steps: [],
    proofs: [],
    changes: [],
    secretInputs: [],
    canResume: false,
    canUndo: false,
    canCancel: true,
  };

  test('leaves without what the contract does not name', async () => {
    answers.set('operations.cancel', { ...operation, secret: 'Pl4nted' });
    expect(await dispatcher.call('operations.cancel', { id: 'x' }, call)).toEqual(operation);
    answers.set('operations.watch', [{ type: 'operation', operation: { ...operation, secret: 'Pl4nted' } }]);
    expect(await collect('operations.watch', {})).toEqual([{ type: 'operation', operation }]);
  });

  test('of another shape is a fault of the console, and says whether something may have changed', async () => {
    answers.set('operations.cancel', { ...operation, state: 'Pl4nted' });
    answers.set('openbao.status', { url: 5 });
    const failure = async (name: string, input: unknown): Promise<unknown> =>
      dispatcher
        .call(name, input, call)
        .catch((error: unknown) => (isConsoleError(error) ? error.data : error));
    const mutation = await failure('operations.cancel', { id: 'x' });
    expect(mutation).toMatchObject({ code: 'internal', changed: { key: 'error.changed.unknown' } });
    expect(JSON.stringify(mutation)).toContain('operations.cancel state');
    expect(JSON.stringify(mutation)).not.toContain('Pl4nted');
    expect(await failure('openbao.status', {})).toMatchObject({ changed: { key: 'error.changed.nothing' } });
  });

  test('a stream gives its good items first, then the error, and its handler is ended', async () => {
    let ended = false;
    const one = { type: 'operation', operation };
    const own = {
      ...handlers,
      'operations.watch': async function* () {
        try {
          yield one;
          yield { type: 'nonsense' };
        } finally {
          ended = true;
        }
      },
    } as unknown as Handlers;
    const items: unknown[] = [];
    const reading = (async () => {
      for await (const item of createDispatcher(own).open('operations.watch', {}, call)) items.push(item);
    })();
    expect(await code(reading)).toBe('internal');
    expect([items, ended]).toEqual([[one], true]);
  });

  test('a reader who leaves ends the handler', async () => {
    let ended = false;
    const own = {
      ...handlers,
      'operations.watch': async function* () {
        try {
          for (;;) yield await Promise.resolve({ type: 'operation', operation });
        } finally {
          ended = true;
        }
      },
    } as unknown as Handlers;
    let items = 0;
    for await (const item of createDispatcher(own).open('operations.watch', {}, call)) {
      expect(item).toBeDefined();
      items += 1;
      break;
    }
    expect([items, ended]).toEqual([1, true]);
  });
});
