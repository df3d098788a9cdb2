import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../../shared/contract/operations.ts';
import type { CaKeyBoard } from '../../../shared/contract/rotation-ca-key.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { startChild } from '../../support/child.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '../../support/fault-proxy.ts';
import type { InnerConsole } from '../../support/installation.ts';
import { long } from '../../support/long.ts';
import { RotationWorld, valueOf, type Rotated } from '../../support/rotation-world.ts';
import {
  allTargets,
  begin,
  consoleProgram,
  inputOf,
  moreTargets,
  newest,
  secretsOf,
  settle,
  wordsOf,
  type FaultStage,
} from './stage.ts';

const lostAnswer: Fault = { kind: 'drop-answer' };
const lostRequest: Fault = { kind: 'drop-request' };
const unavailable: Fault = { kind: 'answer', status: 503, body: '{"errors":[]}' };
/**
 * What becomes of a call the first time that it is made, the second and so on: every fault with `--long`; else its answer is lost, and
 * of the others it meets one or the other.
 * @param nth which of the different calls it is
 */
const faultsOf = (nth: number): readonly Fault[] =>
  long ? [lostAnswer, lostRequest, unavailable] : [lostAnswer, nth % 2 === 0 ? lostRequest : unavailable];
/** Actions of a rotation of the CA keys, and where each ends; the last begins from a switch that was already made. */
const laterPhases = [
  ['begin', 'published'],
  ['switch', 'switched'],
  ['abort', 'idle'],
  ['begin', 'published'],
  ['switch', 'switched'],
  ['reissue', 'reissued'],
  ['retire', 'idle'],
] as const;
/** More than any rotation has different calls, times three. */
const mostTries = 200;

/** Each call once with each of its faults, then undisturbed. */
function eachCallOnce(): Parameters<FaultProxy['plan']>[0] {
  const seen = new Map<string, { readonly faults: readonly Fault[]; times: number }>();
  return ({ method, path }) => {
    // Whether a server is well is asked by whoever watches it as well; nothing depends on the answer.
    if (path.startsWith('/v1/sys/health')) return undefined;
    const call = `${method} ${path}`;
    const made = seen.get(call) ?? { faults: faultsOf(seen.size), times: 0 };
    seen.set(call, { ...made, times: made.times + 1 });
    return made.faults[made.times];
  };
}

/** Each call between console and OpenBao is cut off in turn; nothing may come of it but a resume. */
export function networkFaults(stage: () => FaultStage): void {
  let proxy: FaultProxy;
  let behind: InnerConsole;
  let far: FaultStage;
  let before: string;

  beforeAll(async () => {
    const { stack, postgres } = stage();
    before = await readFile(stack.paths.state, 'utf8');
    const { openbao_url: url } = JSON.parse(before) as { openbao_url: string };
    proxy = await startFaultProxy({ target: url });
    await writeFile(stack.paths.state, before.replace(url, proxy.url));
    behind = await stack.open('cli');
    far = { stack, inner: behind, world: new RotationWorld(() => behind.console.required()), postgres };
  });
  afterAll(async () => {
    const { stack } = stage();
    const now = await readFile(stack.paths.state, 'utf8');
    const { openbao_url: url } = JSON.parse(before) as { openbao_url: string };
    await writeFile(stack.paths.state, now.replace(proxy.url, url));
    await behind.console.shutdown();
    await proxy.stop();
  });

  /** Starts it, then resumes it until it has ended; answers how often it was cut off. */
  async function persist(
    target: Rotated,
    onBegun: (operation: Operation) => Promise<void> = async () => undefined,
    input: object = inputOf(target),
  ): Promise<number> {
    const { engine } = behind.console.required();
    const [last] = await engine.list(1);
    let operation: Operation | undefined;
    for (let cuts = 0; cuts < mostTries; cuts += 1) {
      try {
        if (operation === undefined)
          operation = await behind.operate(`rotate.${target}`, input, secretsOf(target));
        else {
          await behind.call('operations.resume', { id: operation.id, secrets: secretsOf(target) });
          operation = await engine.waitFor(operation.id);
        }
      } catch (error) {
        if (!isConsoleError(error)) throw error;
        // Refused before it began, or before it went on.
        expect(error.code).not.toBe('internal');
        const [found] = await engine.list(1);
        if (operation === undefined && found?.id !== last?.id) operation = found;
      }
      if (operation === undefined) continue;
      await onBegun(operation);
      if (operation.state === 'done') return cuts;
      expect(operation.error?.code).not.toBe('internal');
    }
    throw new Error(`${target}: not done after ${String(mostTries)} tries`);
  }

  /** Calls were broken, and each write cut the operation off; where OpenBao is only read the client asks again by itself. */
  function expectBroken(what: string, from: number, cuts: number): void {
    const broken = proxy.seen.slice(from).filter(({ fault }) => fault !== 'none');
    const written = broken.some(({ method, path }) => method !== 'GET' && !path.startsWith('/v1/auth/'));
    expect([what, broken.length > 2, cuts > 0 || !written]).toEqual([what, true, true]);
  }

  const board = (): Promise<CaKeyBoard> => behind.call<CaKeyBoard>('rotationCaKey.board');

  describe('each call to OpenBao loses its answer, then its request or meets a 503', () => {
    test.each([...allTargets, ...moreTargets])('%s', async (target) => {
      const { world } = far;
      const held = await begin(far, target);
      const from = proxy.seen.length;
      proxy.plan(eachCallOnce());
      let chosen: string | undefined;
      const cuts = await persist(target, async (operation) => {
        const staged = await world.staged(target, operation);
        // The value that was chosen before the first cut is the one to the end.
        if (chosen !== undefined && staged !== undefined) expect(staged).toBe(chosen);
        chosen ??= staged;
      });
      proxy.plan(() => undefined);
      expectBroken(target, from, cuts);
      const after = await world.whole();
      const [old, now] = [valueOf(target, held), valueOf(target, after)];
      expect(now).not.toBe(old);
      if (chosen !== undefined) expect(now).toBe(chosen);
      expect(await world.accepts(target, old, after)).toBe(false);
      if (target === 'openbao-recovery') {
        // The shares hold, and no root token is left but the one that waits to be shown.
        const { token } = await behind.call<{ token: string }>('recovery.takeRootToken');
        const root = behind.console.required().services.openbao.withToken(token);
        expect(await root.accessors.roots()).toHaveLength(1);
        await root.token.revokeSelf();
        expect(await world.accepts(target, now, after)).toBe(true);
      }
      await settle(far, target);
    });

    test('ca-key in every phase, and on the way back', async () => {
      const { world } = far;
      const { stage: first } = await board();
      expect(first).toBe('idle');
      const before = valueOf('ca-key', await world.whole());
      for (const [action, reached] of laterPhases) {
        // Its server certificates follow as everybody's do; the gate waits for them.
        if (action === 'retire') expect((await behind.operate('rotate.infra-tls', {})).state).toBe('done');
        const from = proxy.seen.length;
        proxy.plan(eachCallOnce());
        const cuts = await persist('ca-key', undefined, { action });
        proxy.plan(() => undefined);
        expectBroken(action, from, cuts);
        expect([action, (await board()).stage]).toEqual([action, reached]);
        await world.whole();
      }
      expect(valueOf('ca-key', await world.held())).not.toBe(before);
    });

    test('a write whose answer is lost is one version, not two', async () => {
      const { kv } = stage().inner.console.required().services.client();
      const version = async (): Promise<number> => (await kv.read('bootroot/responder/hmac'))?.version ?? 0;
      const first = await version();
      let lost = 0;
      proxy.plan(({ method, path }) => {
        if (method === 'GET' || !path.endsWith('/responder/hmac') || lost > 0) return undefined;
        lost += 1;
        return { kind: 'drop-answer' };
      });
      await persist('responder-hmac');
      proxy.plan(() => undefined);
      expect([lost, await version()]).toEqual([1, first + 1]);
      await far.world.whole();
    });

    test('a write that a dead console had sent, and that arrives after the undo, is refused', async () => {
      const held = await begin(far, 'trust-sync');
      let arrive = (): void => undefined;
      const until = new Promise<void>((resolve) => (arrive = resolve));
      const late = (method: string, path: string): boolean =>
        method !== 'GET' && path.includes('/data/bootroot/') && !path.includes('/console/claim');
      proxy.plan(({ method, path }) => (late(method, path) ? { kind: 'hold', until } : undefined));
      const from = proxy.seen.length;
      const words = ['--work-dir', far.stack.paths.root, '--yes', ...wordsOf('trust-sync')];
      const doomed = startChild(process.execPath, [consoleProgram, ...words], {
        env: { BOOTROOT_CONSOLE_CONFIG_DIR: process.env['BOOTROOT_CONSOLE_CONFIG_DIR'] ?? '' },
      });
      const sent = () => proxy.seen.slice(from).some(({ method, path }) => late(method, path));
      await expect.poll(sent, { timeout: 120_000, interval: 20 }).toBe(true);
      doomed.process.kill('SIGKILL');
      proxy.plan(() => undefined);
      const { engine } = behind.console.required();
      await expect
        .poll(async () => (await engine.list(1))[0]?.state, { timeout: 60_000 })
        .toBe('interrupted');
      const { id } = await newest(far);
      await behind.call('operations.undo', { id });
      expect((await engine.waitFor(id)).state).toBe('undone');
      arrive();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(valueOf('trust-sync', await far.world.whole())).toBe(valueOf('trust-sync', held));
    });

    test('slow answers change nothing', async () => {
      proxy.plan(() => ({ kind: 'pass', delayMs: 60 }));
      const held = await begin(far, 'approle-secret-id');
      expect((await behind.operate('rotate.approle-secret-id', { ids: 'all' })).state).toBe('done');
      proxy.plan(() => undefined);
      const after = await far.world.whole();
      expect(await far.world.accepts('approle-secret-id', held.secretIds.join(), after)).toBe(false);
    });
  });
}
