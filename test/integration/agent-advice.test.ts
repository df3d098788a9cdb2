import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { certificateId } from '../../src-main/acme/renewal-info.ts';
import { agentWorld, nameOf, type Written } from '../support/agent-world.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '../support/fault-proxy.ts';
import { startPebble, type Pebble } from '../support/pebble.ts';
import { testPki, type TestPki } from '../support/pki.ts';

const world = agentWorld();
const { events, file, happened, leaf, oneshot, reasons, write } = world;
const day = 86_400_000;

let pebble: Pebble;
let proxy: FaultProxy;
let front: TestPki;
/** What the place of RFC 9773 answers. */
let advice: () => Fault;
/** `replaces` of each new order that came, and what is answered to the next of them. */
let orders: (string | undefined)[];
let refuse: Fault | undefined;

const answer = (body: object, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const window = (startMs: number, endMs: number, headers?: Readonly<Record<string, string>>): Fault => {
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const explanationURL = 'https://ca.example/incident';
  return answer({ suggestedWindow: { start: at(startMs), end: at(endMs) }, explanationURL }, headers);
};
const askedFor = (): readonly string[] =>
  proxy.seen.filter(({ path }) => path.startsWith('/renewal-info/')).map(({ path }) => path.slice(14));

/** The pebble of Debian knows nothing of RFC 9773: what stands in front of it says that it does. */
function standIn({ path, method }: { path: string; method: string }): Fault | undefined {
  if (path === '/dir')
    return {
      kind: 'rewrite',
      body: (text) =>
        JSON.stringify({
          ...(JSON.parse(text) as object),
          renewalInfo: `https://localhost:${String(proxy.port)}/renewal-info`,
        }),
    };
  if (path.startsWith('/renewal-info/')) return advice();
  if (path !== '/order-plz' || method !== 'POST') return undefined;
  const first = refuse;
  refuse = undefined;
  if (first !== undefined) return first;
  return {
    kind: 'rewrite',
    body(text, request) {
      const { payload } = JSON.parse(request) as { payload: string };
      const order = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { replaces?: string };
      orders.push(order.replaces);
      return text;
    },
  };
}

beforeEach(async () => {
  pebble = await startPebble({
    httpPort: Number(world.responder.challengeAddress.split(':')[1]),
    dns: world.resolver.address,
    rejectNonces: 0,
  });
  front = await testPki('Front');
  const { cert, key } = await front.leaf(['localhost']);
  proxy = await startFaultProxy({
    target: pebble.directoryUrl.replace('/dir', ''),
    targetCa: pebble.ca,
    keepHost: true,
    tls: { cert: cert + front.intermediate.pem, key },
  });
  orders = [];
  refuse = undefined;
  advice = () => window(day, 2 * day);
  proxy.plan(standIn);
});
afterEach(async () => {
  await proxy?.stop();
  await pebble?.stop();
});

async function place(options: Written = {}): Promise<void> {
  const bundle = [front.root.pem, front.intermediate.pem, ...(await pebble.issuers())];
  const pins = bundle.map((pem) => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex'));
  await writeFile(file('certs/ca-bundle.pem'), bundle.join(''));
  await write({ server: `https://localhost:${String(proxy.port)}/dir`, pins, ...options });
}

describe('renewal information (RFC 9773)', () => {
  test('a window in the past renews long before the end, says why, and the order says what it replaces', async () => {
    await place();
    expect(await oneshot()).toBe(0);
    const first = await leaf();
    expect(first.subjectAltName).toBe(`DNS:${nameOf()}`);
    expect(orders).toEqual([undefined]);

    // Not yet: the window is tomorrow.
    events.length = 0;
    expect(await oneshot()).toBe(0);
    expect([happened('agent.log.renewing'), askedFor()]).toEqual([false, [certificateId(first.toString())]]);

    advice = () => window(-2 * day, -day);
    expect(await oneshot()).toBe(0);
    expect(reasons()).toBe('renewal_info');
    expect(events.find(({ event }) => event === 'agent.log.advised')?.params).toEqual({
      name: nameOf(),
      url: 'https://ca.example/incident',
    });
    expect((await leaf()).serialNumber).not.toBe(first.serialNumber);
    expect(orders).toEqual([undefined, certificateId(first.toString())]);
  });

  test('a CA that will not hear of what is replaced issues all the same', async () => {
    await place();
    await oneshot();
    const first = await leaf();
    advice = () => window(-2 * day, -day);
    const type = 'urn:ietf:params:acme:error:alreadyReplaced';
    const problem = JSON.stringify({ type, status: 409 });
    refuse = {
      kind: 'answer',
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: problem,
    };
    expect(await oneshot()).toBe(0);
    expect((await leaf()).serialNumber).not.toBe(first.serialNumber);
    expect(orders).toEqual([undefined, undefined]);
  });

  test.each([
    ['refuses the connection', { kind: 'reset' }],
    ['fails', { kind: 'answer', status: 500, body: '{}' }],
    ['answers nonsense', answer({ suggestedWindow: { start: 'soon', end: 'later' } })],
    ['has a window that ends before it begins', window(-day, -2 * day)],
  ] satisfies [string, Fault][])('an endpoint that %s changes nothing', async (_what, fault) => {
    await place();
    await oneshot();
    const { serialNumber } = await leaf();
    advice = () => fault;
    events.length = 0;
    const began = Date.now();
    expect(await oneshot()).toBe(0);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect([happened('agent.log.renewing'), happened('agent.log.current')]).toEqual([false, true]);
    expect([(await leaf()).serialNumber, askedFor().length]).toEqual([serialNumber, 1]);

    // And what else calls for a renewal still does.
    await place({ more: 'key_type = "ec-p384"' });
    events.length = 0;
    expect(await oneshot()).toBe(0);
    expect(reasons()).toBe('key_policy');
  });

  test('is asked for again when Retry-After is over, not at each check', async () => {
    await place({ instances: ['001', '002'], hook: '[profiles.daemon]\ncheck_interval = "1s"\n' });
    advice = () => window(day, 2 * day, { 'retry-after': '3600' });
    const stop = new AbortController();
    const running = oneshot({ oneshot: false, signal: stop.signal });
    const looks = (): number => events.filter(({ event }) => event === 'agent.log.current').length;
    await expect.poll(looks, { timeout: 15_000 }).toBeGreaterThan(5);
    await sleep(100);
    stop.abort();
    expect(await running).toBe(0);
    const ids = [await leaf('001'), await leaf('002')].map((one) => certificateId(one.toString()));
    expect([...askedFor()].sort()).toEqual(ids.sort());
  });
});
