import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { OpenBaoStatus } from '../../shared/contract/openbao.ts';
import { startFaultProxy, type Fault } from '../support/fault-proxy.ts';
import { installation, type Installation, type InnerConsole } from '../support/installation.ts';

let stack: Installation;
let inner: InnerConsole;

beforeAll(async () => {
  stack = await installation();
  inner = await stack.open('cli');
});
afterAll(() => stack?.stop());

const topology = () => inner.console.required().topology;
let services = 0;

async function input(change: Record<string, string> = {}): Promise<Record<string, unknown>> {
  services += 1;
  const serviceName = `fault${services}`;
  const defaults = await inner.call<Record<string, unknown>>('services.defaults', { serviceName });
  return { ...defaults, ...change };
}

/** The operation fails with this code at this step, says what it changed, and ends well once the world is mended. */
async function failsThenEnds(
  broken: Operation,
  expected: { readonly step: string; readonly code: string },
  mend: () => Promise<unknown>,
): Promise<void> {
  const at = broken.steps.find(({ state }) => state === 'failed')?.id;
  expect([at, broken.state, broken.error?.code]).toEqual([expected.step, 'failed', expected.code]);
  // The policy and the role were made before: nothing less may be said.
  expect(broken.error?.changed.key).toMatch(/^error\.changed\.(?!nothing)/);
  await mend();
  await inner.call('operations.resume', { id: broken.id });
  const ended = await inner.console.required().engine.waitFor(broken.id);
  expect([ended.state, ended.error?.code]).toEqual(['done', undefined]);
}

/** What the plan of an onboarding holds against the world: id → key of the reason. */
async function unmet(): Promise<Record<string, string | undefined>> {
  const plan = await inner.call<Plan>('operations.plan', { kind: 'service.add', input: await input() });
  return Object.fromEntries(
    plan.preconditions.filter(({ met }) => !met).map(({ id, detail }) => [id, detail?.key]),
  );
}

/** Changes a file for the time of a test. */
async function spoiled(
  path: string,
  change: (text: string) => string,
  body: () => Promise<void>,
): Promise<void> {
  const before = await readFile(path, 'utf8');
  const wrong = change(before);
  expect(wrong).not.toBe(before);
  await writeFile(path, wrong);
  try {
    await body();
  } finally {
    await writeFile(path, before);
  }
}

test('OpenBao stopped, then sealed: named before anything is tried; unsealed it goes on', async () => {
  await topology().stopServer('openbao');
  expect(await unmet()).toMatchObject({ session: 'error.openbao_unreachable.what' });
  const stopped = await inner.call<OpenBaoStatus>('openbao.status');
  expect([stopped.reachable, stopped.problem?.key]).toEqual([false, 'error.openbao_unreachable.what']);
  await topology().startServer('openbao');
  expect(await unmet()).toMatchObject({ session: 'error.openbao_sealed.what' });
  const open = await inner.call<OpenBaoStatus>('openbao.unsealFromDisk');
  expect([open.sealed, open.session.state]).toEqual([false, 'live']);
  expect(await unmet()).toEqual({});
});

test.each<{ name: string; fault: Fault; code: string }>([
  { name: '503', fault: { kind: 'answer', status: 503, body: '{"errors":[]}' }, code: 'openbao_unavailable' },
  { name: 'reset', fault: { kind: 'reset' }, code: 'openbao_unreachable' },
  { name: 'endless', fault: { kind: 'huge' }, code: 'openbao_too_large' },
])('OpenBao answers $name: the reason is named, and it works again afterwards', async ({ fault, code }) => {
  const { url } = await inner.call<OpenBaoStatus>('openbao.status');
  const proxy = await startFaultProxy({ target: url });
  try {
    await spoiled(
      stack.paths.state,
      (text) => text.replace(url, proxy.url),
      async () => {
        const behind = await stack.open('cli');
        const ask = behind.console.required();
        const before = inner;
        inner = behind;
        try {
          expect(await unmet()).toEqual({});
          proxy.plan(() => fault);
          expect(await unmet()).toMatchObject({ session: `error.${code}.what` });
          proxy.plan(() => undefined);
          expect(await unmet()).toEqual({});
          expect(ask.session?.status().state).toBe('live');
        } finally {
          inner = before;
          await behind.console.shutdown();
        }
      },
    );
  } finally {
    await proxy.stop();
  }
});

test('step-ca down: named before anything is tried', async () => {
  await topology().stopServer('step-ca');
  expect(Object.keys(await unmet())).toEqual(['stepca']);
  await topology().startServer('step-ca');
  expect(await unmet()).toEqual({});
});

test('PostgreSQL down: named at once, before anything is tried', async () => {
  await topology().stopServer('postgres');
  const before = Date.now();
  expect(await unmet()).toEqual({ database: 'error.postgres_unreachable.what' });
  expect(Date.now() - before).toBeLessThan(30_000);
  await expect(inner.operate('service.add', await input())).rejects.toMatchObject({
    code: 'precondition_unmet',
  });
  await topology().startServer('postgres');
  expect(await unmet()).toEqual({});
});

test('PostgreSQL down in the middle: the order fails as an error of the CA, and the onboarding is resumed', async () => {
  let broken: Operation | undefined;
  await spoiled(
    stack.paths.responderConfig,
    (text) => text.replace(/(hmac_secret = ")[^"]+/, '$1an-entirely-different-secret-of-fair-length'),
    async () => {
      await topology().restartServer('responder');
      broken = await inner.operate('service.add', await input());
    },
  );
  if (broken === undefined) throw new Error('not run');
  expect(broken.state).toBe('failed');
  await topology().restartServer('responder');
  await topology().stopServer('postgres');
  await inner.call('operations.resume', { id: broken.id });
  const again = await inner.console.required().engine.waitFor(broken.id);
  await failsThenEnds(again, { step: 'issue', code: 'acme_server_error' }, () =>
    topology().startServer('postgres'),
  );
});

test.each([
  {
    name: 'a wrong key password',
    path: () => stack.paths.passwordFile,
    change: () => 'not the password',
    code: 'topology_key_password',
  },
  {
    name: 'a wrong database password',
    path: () => stack.paths.caConfig,
    change: (text: string) => text.replace(/(postgres(?:ql)?:\/\/[^:]+:)[^@]+@/, '$1wrong@'),
    code: 'topology_db_password',
  },
])('step-ca with $name says so and starts again with the right one', async ({ path, change, code }) => {
  await spoiled(path(), change, () =>
    expect(topology().restartServer('step-ca')).rejects.toMatchObject({ code }),
  );
  await topology().restartServer('step-ca');
  expect(await unmet()).toEqual({});
});

test("somebody else on the responder's port is found, and left alone", async () => {
  const address = (await topology().statuses()).find(({ name }) => name === 'responder')?.address ?? '';
  await topology().stopServer('responder');
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(Number(address.split(':').pop()), '127.0.0.1', resolve));
  await expect(topology().startServer('responder')).rejects.toMatchObject({ code: 'topology_port_taken' });
  expect(other.listening).toBe(true);
  await new Promise((resolve) => other.close(resolve));
  await topology().startServer('responder');
  expect(await unmet()).toEqual({});
});

test('a responder with another secret refuses: named, and resumed with the right one', async () => {
  let broken: Operation | undefined;
  await spoiled(
    stack.paths.responderConfig,
    (text) => text.replace(/(hmac_secret = ")[^"]+/, '$1an-entirely-different-secret-of-fair-length'),
    async () => {
      await topology().restartServer('responder');
      broken = await inner.operate('service.add', await input());
    },
  );
  if (broken === undefined) throw new Error('not run');
  await failsThenEnds(broken, { step: 'path', code: 'responder_hmac' }, () =>
    topology().restartServer('responder'),
  );
});

const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });
const mounted = (() => {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

test.each([{ name: 'a full disk', options: 'size=4k', code: 'disk_full' }])(
  '$name under the certificate: named, nothing lost, resumed',
  async ({ name, options, code }) => {
    if (!mounted) throw new Error(`${name}: needs root to mount`);
    const directory = join(stack.paths.root, `disk-${code}`);
    await mkdir(directory);
    mount('-t', 'tmpfs', '-o', options, 'tmpfs', directory);
    let there = true;
    const release = (): void => {
      if (there) execFileSync('umount', [directory]);
      there = false;
    };
    try {
      const paths = { certPath: join(directory, 'a.crt'), keyPath: join(directory, 'a.key') };
      const broken = await inner.operate('service.add', await input(paths));
      await failsThenEnds(broken, { step: 'issue', code }, async () => release());
    } finally {
      release();
    }
  },
);

test('a clock two hours off is named, and the onboarding is resumed on time', async () => {
  const words = ['service', 'add', 'clock', '--json'];
  const { stdout, code } = await stack.cli(words, {}, { under: ['faketime', '-f', '+2h'] });
  expect(code).toBe(1);
  const { operation } = JSON.parse(stdout) as { operation: Operation };
  await failsThenEnds(operation, { step: 'path', code: 'responder_clock' }, async () => undefined);
});
