import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConsoleError } from '../../shared/errors.ts';
import type { Kv, KvSecret } from '../openbao/kv.ts';
import { claimPath, SharedClaims } from './shared-claim.ts';

/** What OpenBao keeps of one path, by its own clock. */
class OnePath {
  version = 0;
  data: Readonly<Record<string, unknown>> | undefined;
  createdAt = 0;
  refusal: 'openbao_forbidden' | 'openbao_unreachable' | undefined;

  async read(path: string): Promise<KvSecret | undefined> {
    expect(path).toBe(claimPath);
    if (this.refusal !== undefined) throw new ConsoleError(this.refusal);
    const { data, version, createdAt } = this;
    return data === undefined ? undefined : { data, version, createdAt: new Date(createdAt).toISOString() };
  }

  async write(_path: string, data: object, { cas }: { cas: number }): Promise<{ version: number }> {
    if (this.refusal !== undefined) throw new ConsoleError(this.refusal);
    if (cas !== this.version) throw new ConsoleError('openbao_conflict');
    this.version += 1;
    this.data = { ...data };
    this.createdAt = Date.now();
    return { version: this.version };
  }

  async metadata(): Promise<{ currentVersion: number }> {
    return { currentVersion: this.version };
  }
}

let path: OnePath;
/** @param ahead by how much the clock of this host is ahead of OpenBao's */
const on = (root: string, ahead = 0): SharedClaims =>
  new SharedClaims({
    kv: () => path as unknown as Kv,
    clockSkewMs: async () => -ahead,
    root,
    now: () => Date.now() + ahead,
  });
const operation = (id: string) => ({ id, kind: 'rotate.db' });

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  path = new OnePath();
});
afterEach(() => {
  vi.useRealTimers();
});

test('one console at a time, and the other is told who', async () => {
  const claim = await on('/a').take(operation('1'), 'kim@a');
  await expect(on('/b').take(operation('2'), 'lee@b')).rejects.toMatchObject({
    code: 'operation_elsewhere',
    data: { params: { actor: 'kim@a', kind: 'rotate.db' } },
  });
  expect(await on('/b').other('rotate.db')).toMatchObject({ params: { actor: 'kim@a' } });
  expect(await on('/b').other('service.add')).toBeUndefined();
  await claim?.release();
  expect(await on('/b').other('rotate.db')).toBeUndefined();
  await (await on('/b').take(operation('2'), 'lee@b'))?.release();
});

test('two that look at the same instant: one of them is refused', async () => {
  const both = await Promise.allSettled([
    on('/a').take(operation('1'), 'kim@a'),
    on('/b').take(operation('2'), 'lee@b'),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  for (const each of both) if (each.status === 'fulfilled') await each.value?.release();
});

test('a claim that is renewed is respected for as long as it takes, whatever the clock of the other host', async () => {
  const claim = await on('/a').take(operation('1'), 'kim@a');
  await vi.advanceTimersByTimeAsync(600_000);
  for (const ahead of [0, 3_600_000, -3_600_000])
    await expect(on('/b', ahead).take(operation('2'), 'lee@b')).rejects.toMatchObject({
      code: 'operation_elsewhere',
    });
  await claim?.hold();
  await claim?.release();
});

test('what a dead console left is taken over at once where it was, and elsewhere after a while', async () => {
  path.data = { operation: '1', kind: 'rotate.db', actor: 'kim@a', place: 'host-a /srv' };
  path.version = 1;
  path.createdAt = Date.now();
  vi.setSystemTime(Date.now() + 60_000);
  await expect(on('/a').take(operation('2'), 'lee@b')).rejects.toThrow('operation_elsewhere');
  vi.setSystemTime(Date.now() + 60_000);
  await (await on('/a').take(operation('2'), 'lee@b'))?.release();
  await on('/a').take(operation('3'), 'lee@b');
  vi.clearAllTimers();
  await (await on('/a').take(operation('4'), 'lee@b'))?.release();
});

test('one that slept for too long learns before its next step that another has taken over', async () => {
  const asleep = await on('/a').take(operation('1'), 'kim@a');
  vi.setSystemTime(Date.now() + 600_000);
  const other = await on('/b').take(operation('2'), 'lee@b');
  await expect(asleep?.hold()).rejects.toMatchObject({ code: 'operation_overtaken' });
  // Nor does it end what is not its own.
  await asleep?.release();
  await other?.hold();
  await expect(on('/c').take(operation('3'), 'no@c')).rejects.toThrow('operation_elsewhere');
  await other?.release();
});

test('an OpenBao that is away for a while ends nothing, and a renewal whose answer was lost is its own', async () => {
  const claim = await on('/a').take(operation('1'), 'kim@a');
  path.refusal = 'openbao_unreachable';
  await vi.advanceTimersByTimeAsync(30_000);
  await claim?.hold();
  path.refusal = undefined;
  path.version += 1;
  await vi.advanceTimersByTimeAsync(30_000);
  await claim?.hold();
  await claim?.release();
  expect(path.data).toEqual({});
});

test('where it may not be written one rotates all the same, and the log says so', async () => {
  path.refusal = 'openbao_forbidden';
  const claim = await on('/a').take(operation('1'), 'kim@a');
  expect(claim?.note?.key).toBe('operation.unclaimed');
  await claim?.hold();
  await claim?.release();
  expect(await on('/a').take({ id: '1', kind: 'service.add' }, 'kim@a')).toBeUndefined();
  path.refusal = 'openbao_unreachable';
  await expect(on('/a').take(operation('1'), 'kim@a')).rejects.toThrow('openbao_unreachable');
});

test('a document that somebody deleted is written anew', async () => {
  path.version = 7;
  const claim = await on('/a').take(operation('1'), 'kim@a');
  expect(path.version).toBe(8);
  await claim?.release();
});
