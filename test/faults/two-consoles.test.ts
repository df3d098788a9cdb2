import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation, OperationEvent } from '../../shared/contract/operations.ts';
import { installation, type Installation, type InnerConsole } from '../support/installation.ts';

let stack: Installation;
let one: InnerConsole;
let other: InnerConsole;

beforeAll(async () => {
  stack = await installation();
  one = await stack.open('cli');
  other = await stack.open('cli');
});
afterAll(() => stack?.stop());

const defaults = (serviceName: string) =>
  one.call<Record<string, unknown>>('services.defaults', { serviceName });

/** Starts an onboarding and answers while it runs. */
async function begin(console: InnerConsole, name: string): Promise<Operation> {
  const input = await defaults(name);
  const { digest } = await console.call<{ digest: string }>('operations.plan', {
    kind: 'service.add',
    input,
  });
  return console.call<Operation>('operations.start', { kind: 'service.add', input, digest });
}

test('while one works the other and the command line are refused with its name, and see what it does', async () => {
  const seen: OperationEvent[] = [];
  const ended = new AbortController();
  const watching = (async () => {
    const events = other.console.required().engine.watch(undefined, ended.signal);
    for await (const event of events) {
      seen.push(event);
      if (
        event.type === 'operation' &&
        event.operation.state === 'done' &&
        event.operation.kind === 'service.add'
      )
        return;
    }
  })();
  const running = await begin(one, 'first');
  await expect(begin(other, 'second')).rejects.toMatchObject({
    code: 'operation_running',
    data: { params: { pid: process.pid } },
  });
  expect((await one.console.required().engine.waitFor(running.id)).state).toBe('done');
  await watching;
  ended.abort();
  const states = seen.flatMap((event) =>
    event.type === 'operation' && event.operation.id === running.id ? [event.operation.state] : [],
  );
  expect(states.at(-1)).toBe('done');
  // The refused one left nothing, and may go now.
  await stack.must(['service', 'add', 'second']);
  expect((await other.call<{ total: number }>('services.list')).total).toBe(2);
});

test('a command line run while a host works is refused, changes nothing, and its own work is seen by the host', async () => {
  const lock = await import('../../src-main/workspace/exclusive-lock.ts');
  const held = await lock.ExclusiveLock.tryAcquire(stack.paths.operationLock, 'kim: service.add');
  const before = (await one.call<Operation[]>('operations.list')).length;
  const refused = await stack.cli(['service', 'add', 'third', '--json']);
  held?.release();
  expect(refused.code).not.toBe(0);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'operation_running' } });
  expect((await one.call<Operation[]>('operations.list')).length).toBe(before);
  await stack.must(['service', 'add', 'third']);
  const [newest] = await one.call<Operation[]>('operations.list');
  expect(newest).toMatchObject({ kind: 'service.add', state: 'done' });
  await stack.must(['audit', 'verify']);
});
