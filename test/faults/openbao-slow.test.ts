import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { Overview } from '../../shared/contract/home.ts';
import type { OpenBaoStatus } from '../../shared/contract/openbao.ts';
import { message, type Message } from '../../shared/message.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { installation, type Installation, type InnerConsole } from '../support/installation.ts';

let stack: Installation;
let inner: InnerConsole;
let proxy: FaultProxy;

beforeAll(async () => {
  stack = await installation();
  const state = await readFile(stack.paths.state, 'utf8');
  const { openbao_url: url } = JSON.parse(state) as { openbao_url: string };
  proxy = await startFaultProxy({ target: url });
  await writeFile(stack.paths.state, state.replace(url, proxy.url));
  inner = await stack.open('cli');
});
afterAll(async () => {
  proxy?.plan(() => undefined);
  await stack?.stop();
  await proxy?.stop();
});
beforeEach(() => proxy.plan(() => undefined));

const slow = { kind: 'pass', delayMs: 5_000 } as const;
const hang = { kind: 'hang' } as const;

/** Seconds that an action takes, and what it answers. */
async function timed<T>(action: Promise<T>): Promise<{ seconds: number; answer: T }> {
  const started = Date.now();
  const answer = await action;
  return { seconds: (Date.now() - started) / 1000, answer };
}

async function input(serviceName: string): Promise<Record<string, unknown>> {
  return inner.call<Record<string, unknown>>('services.defaults', { serviceName });
}

const planned = async (name: string): Promise<Plan> =>
  inner.call<Plan>('operations.plan', { kind: 'service.add', input: await input(name) });

const unmet = ({ preconditions }: Plan): Record<string, Message | undefined> =>
  Object.fromEntries(preconditions.filter(({ met }) => !met).map(({ id, detail }) => [id, detail]));

async function begin(name: string): Promise<Operation> {
  const { digest } = await planned(name);
  return inner.call<Operation>('operations.start', { kind: 'service.add', input: await input(name), digest });
}

const ended = (id: string): Promise<Operation> => inner.console.required().engine.waitFor(id);

/** Resumed, it ends in a service that is proved, and the audit log is whole. */
async function endsWell(id: string): Promise<void> {
  await inner.call('operations.resume', { id });
  const done = await ended(id);
  expect([done.state, done.error]).toEqual(['done', undefined]);
  expect(done.proofs.map(({ outcome }) => outcome)).toContain('proved');
  expect(await inner.console.required().audit.verify()).toMatchObject({ intact: true });
}

test('5 seconds for each answer: status and plan are late and right', async () => {
  proxy.plan(() => slow);
  const [status, plan] = await Promise.all([inner.call<OpenBaoStatus>('openbao.status'), planned('late')]);
  expect([status.reachable, status.sealed]).toEqual([true, false]);
  expect(unmet(plan)).toEqual({});
});

test('no answer: status, home and plan end by themselves and name OpenBao and the seconds', async () => {
  proxy.plan(() => hang);
  const { seconds, answer } = await timed(
    Promise.all([
      inner.call<OpenBaoStatus>('openbao.status'),
      inner.first<Overview>('home.overview'),
      planned('never'),
    ]),
  );
  const [status, home, plan] = answer;
  const named = message('error.openbao_slow.what', { url: proxy.url, seconds: 10 });
  expect([status.reachable, status.problem]).toEqual([false, named]);
  expect(home.needs[0]).toMatchObject({ id: 'openbao-unreachable', detail: named });
  expect(unmet(plan)).toMatchObject({ session: named });
  expect(seconds).toBeLessThan(30);
  proxy.plan(() => undefined);
  expect(unmet(await planned('never'))).toEqual({});
});

test('an onboarding whose answers take 5 seconds gets there', async () => {
  const running = await begin('patient');
  let left = 3;
  proxy.plan(() => (left-- > 0 ? slow : undefined));
  const done = await ended(running.id);
  expect([done.state, done.error, left < 0]).toEqual(['done', undefined, true]);
});

test('a write whose answer never comes may have taken effect: said so, and resumed', async () => {
  const running = await begin('silent');
  proxy.plan(({ method, path }) => (method === 'POST' && path.includes('approle') ? hang : undefined));
  const broken = await ended(running.id);
  expect(broken.steps.find(({ state }) => state === 'failed')?.id).toBe('approle');
  expect([broken.state, broken.error]).toMatchObject([
    'failed',
    {
      code: 'openbao_slow',
      params: { url: proxy.url, seconds: 30 },
      changed: { key: 'error.changed.unknown' },
    },
  ]);
  proxy.plan(() => undefined);
  await endsWell(running.id);
});

test('a read that never comes changed nothing of its own, and a cancelled onboarding ends after it', async () => {
  const running = await begin('cancelled');
  let waiting = false;
  proxy.plan(() => {
    waiting = true;
    return hang;
  });
  await expect.poll(() => waiting).toBe(true);
  await inner.call('operations.cancel', { id: running.id });
  const { answer, seconds } = await timed(ended(running.id));
  expect(['cancelled', 'failed']).toContain(answer.state);
  expect(seconds).toBeLessThan(15);
  proxy.plan(() => undefined);
  await endsWell(running.id);
});

test('a console that is closed meanwhile does not wait for it', async () => {
  const other = await stack.open('cli');
  proxy.plan(() => hang);
  const { seconds } = await timed(other.console.shutdown());
  expect(seconds).toBeLessThan(8);
});
