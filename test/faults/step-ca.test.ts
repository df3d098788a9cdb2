import { createPrivateKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import { issueLeaf } from '../../src-main/x509/authority.ts';
import { exportKey, generateKey } from '../../src-main/x509/keys.ts';
import { readCertificate } from '../../src-main/x509/certificate-fields.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '../support/fault-proxy.ts';
import { installation, type Installation, type InnerConsole } from '../support/installation.ts';

let stack: Installation;
let inner: InnerConsole;
let proxy: FaultProxy;

/** A server certificate of the installation's own CA, so that the proxy is trusted as step-ca itself is. */
async function certificateOfTheCa(): Promise<{ cert: string; key: string }> {
  const pem = await readFile(stack.paths.intermediateCert, 'utf8');
  const passphrase = (await readFile(stack.paths.passwordFile, 'utf8')).trim();
  const der = new Uint8Array(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'));
  const key = await generateKey('ec-p256');
  const authority = {
    pem,
    der,
    sha256: readCertificate(der).fields.sha256,
    key: createPrivateKey({ key: await readFile(stack.paths.intermediateKey), passphrase }),
  };
  const request = {
    names: ['127.0.0.1'],
    key,
    purposes: ['server'],
    notBefore: Date.now() - 60_000,
    lifetime: 3_600_000,
  } as const;
  return { cert: (await issueLeaf(request, authority)).pem + pem, key: exportKey(key) };
}

beforeAll(async () => {
  stack = await installation();
  const layout = join(stack.paths.local, 'topology.json');
  const before = await readFile(layout, 'utf8');
  const { stepCa } = (JSON.parse(before) as { ports: { stepCa: number } }).ports;
  proxy = await startFaultProxy({
    target: `https://127.0.0.1:${stepCa}`,
    targetCa: await readFile(stack.paths.rootCert, 'utf8'),
    keepHost: true,
    tls: await certificateOfTheCa(),
  });
  await writeFile(layout, before.replace(`"stepCa": ${stepCa}`, `"stepCa": ${proxy.port}`));
  inner = await stack.open('cli');
});
afterEach(() => proxy.plan(() => undefined));
afterAll(async () => {
  await stack?.stop();
  await proxy?.stop();
});

const internal: Fault = {
  kind: 'answer',
  status: 500,
  headers: { 'content-type': 'application/problem+json' },
  body: '{"type":"urn:ietf:params:acme:error:serverInternal","detail":"The server experienced an internal error"}',
};

const defaults = (serviceName: string): Promise<Record<string, unknown>> =>
  inner.call<Record<string, unknown>>('services.defaults', { serviceName });

async function unmet(): Promise<Record<string, unknown>> {
  const plan = await inner.call<Plan>('operations.plan', { kind: 'service.add', input: await defaults('p') });
  return Object.fromEntries(
    plan.preconditions.filter(({ met }) => !met).map(({ id, detail }) => [id, detail]),
  );
}

const ended = (id: string): Promise<Operation> => inner.console.required().engine.waitFor(id);

test('500 before anything is tried: which server and what it answered', async () => {
  proxy.plan(() => internal);
  const url = `${proxy.url}/acme/acme/directory`;
  expect(await unmet()).toEqual({ stepca: message('error.stepca_error.what', { url, status: 500 }) });
  proxy.plan(() => undefined);
  expect(await unmet()).toEqual({});
});

test.each(['new-account', 'new-order', 'finalize', 'certificate'])(
  '500 at %s for ever: the operation says so, keeps what it made, and is resumed',
  async (stage) => {
    let refused = 0;
    proxy.plan(({ path }) => {
      if (!path.includes(stage)) return undefined;
      refused += 1;
      return internal;
    });
    const { id } = await inner.operate('service.add', await defaults(`all-${stage}`));
    const broken = await ended(id);
    expect(broken.steps.find(({ state }) => state === 'failed')?.id).toBe('issue');
    expect(broken).toMatchObject({
      state: 'failed',
      canResume: true,
      canUndo: true,
      error: { code: 'acme_server_error', params: { status: 500 } },
    });
    expect(broken.error?.changed.key).toMatch(/^error\.changed\.(?!nothing)/);
    // One try is not enough to call a server broken.
    expect(refused).toBeGreaterThan(1);
    proxy.plan(() => undefined);
    await inner.call('operations.resume', { id });
    const done = await ended(id);
    expect([done.state, done.error]).toEqual(['done', undefined]);
  },
);

test('a single 500 at each turn of an order is passed over', async () => {
  const met = new Set<string>();
  proxy.plan(({ path }) => {
    const [, , , turn = ''] = path.split('/');
    if (turn === '' || met.has(turn)) return undefined;
    met.add(turn);
    return internal;
  });
  const done = await inner.operate('service.add', await defaults('once'));
  expect([done.state, done.error]).toEqual(['done', undefined]);
  expect(met.size).toBeGreaterThan(4);
  await stack.must(['audit', 'verify']);
});
