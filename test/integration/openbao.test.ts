import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ConsoleError } from '../../shared/errors.ts';
import { agentHcl } from '../../src-main/openbao/config.ts';
import { breakGlassRole, consoleRole, toolRole } from '../../src-main/openbao/roles.ts';
import { createOpenBao, type InitAnswer, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import {
  agentPolicy,
  breakGlassPaths,
  breakGlassPolicy,
  breakGlassRoleName,
  consolePolicy,
  consoleRoleName,
  infraRotatePolicy,
  policyNames,
  responderPolicy,
  rotatePolicy,
  serviceAddPolicy,
  servicePolicy,
  serviceRoleName,
  stepcaPolicy,
} from '../../src-main/openbao/policies.ts';
import { OpenBaoSession, type SessionStatus } from '../../src-main/openbao/session.ts';
import { binary } from '../support/binaries.ts';
import { startChild, untilReady } from '../support/child.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';
import { testPki } from '../support/pki.ts';

let server: TestOpenBao;
let answer: InitAnswer;
let root: OpenBaoClient;
let proxy: FaultProxy;

const marked = 'MARKED-secret-value-7c1d';
const quick = { retryMs: 5, random: () => 0 };
const behind = () => createOpenBao({ url: proxy.url, ...quick });

/** What a failure is, as an operator meets it. */
async function failure(promise: Promise<unknown>): Promise<ConsoleError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, 'a ConsoleError').toMatchObject({ name: 'ConsoleError' });
  const failed = error as ConsoleError;
  const everything = JSON.stringify({ ...failed.data, message: failed.message, cause: String(failed.cause) });
  for (const secret of [marked, answer.rootToken, ...answer.keys]) expect(everything).not.toContain(secret);
  return failed;
}
const code = async (promise: Promise<unknown>): Promise<string> => (await failure(promise)).code;

beforeAll(async () => {
  // None of these may have a say.
  process.env['VAULT_ADDR'] = 'http://127.0.0.1:1';
  process.env['VAULT_TOKEN'] = 'from-the-environment';
  process.env['VAULT_NAMESPACE'] = 'from-the-environment';
  process.env['VAULT_PREFIX'] = '/from-the-environment';
  process.env['VAULT_SKIP_VERIFY'] = 'false';
  server = await startOpenBao();
  answer = await server.init();
  root = server.openbao.withToken(answer.rootToken);
  await root.mounts.enableKv2('secret');
  await root.auth.enableAppRole();
  proxy = await startFaultProxy({ target: server.url });
});
afterEach(() => proxy.plan(() => undefined));
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
  for (const name of Object.keys(process.env)) if (name.startsWith('VAULT_')) delete process.env[name];
});

async function roleClient(name: string, policy: string, parameters: object): Promise<OpenBaoClient> {
  await root.policies.write(name, policy);
  await root.approle.write(name, parameters);
  const { secretId } = await root.approle.secretId(name);
  return server.openbao.withToken(
    (await server.openbao.login(await root.approle.roleId(name), secretId)).token,
  );
}

describe('what a server holds', () => {
  test('answers about itself, whatever its state', async () => {
    const health = await server.openbao.health();
    expect(health).toMatchObject({ initialised: true, sealed: false, standby: false, version: '2.7.2' });
    expect(Math.abs(health.clockSkewMs ?? Infinity)).toBeLessThan(5_000);
    expect(await server.openbao.sealStatus()).toMatchObject({ storage: 'raft', threshold: 2, shares: 3 });
    expect(await server.openbao.leader()).toMatchObject({ isSelf: true });
    expect(await root.audit.list()).toEqual([{ name: 'file', type: 'file', filePath: server.auditFile }]);
    expect(await root.raft.configuration()).toMatchObject([{ nodeId: 'test', leader: true, voter: true }]);
    expect(await root.raft.autopilot()).toMatchObject({ healthy: true, leader: 'test' });
  });

  test('a second set-up is told that it came too late, and the first keeps its answer', async () => {
    expect(await code(server.openbao.init({ shares: 1, threshold: 1 }))).toBe('openbao_already_initialised');
  });

  test('of two consoles that initialise at once, one wins and the other is told', async () => {
    const other = await startOpenBao();
    try {
      const outcomes = await Promise.allSettled([
        createOpenBao({ url: other.url }).init({ shares: 3, threshold: 2 }),
        createOpenBao({ url: other.url }).init({ shares: 5, threshold: 3 }),
      ]);
      const won = outcomes.filter((one) => one.status === 'fulfilled');
      const lost = outcomes.filter((one) => one.status === 'rejected');
      expect([won.length, lost.length]).toEqual([1, 1]);
      expect((lost[0]?.reason as ConsoleError).code).toBe('openbao_already_initialised');
      const keys = won[0]?.value.keys ?? [];
      await other.unseal(keys);
    } finally {
      await other.stop();
    }
  });

  test('KV: versions, check-and-set, deletion, and names that need encoding', async () => {
    const path = 'bootroot/odd & name/ünï?#%2F';
    expect(await root.kv.read(path)).toBeUndefined();
    expect(await root.kv.write(path, { value: 'one' }, { cas: 0 })).toEqual({ version: 1 });
    expect(await code(root.kv.write(path, { value: marked }, { cas: 0 }))).toBe('openbao_conflict');
    expect(await root.kv.write(path, { value: 'two' }, { cas: 1 })).toEqual({ version: 2 });
    expect(await root.kv.read(path)).toMatchObject({ data: { value: 'two' }, version: 2 });
    expect(await root.kv.list('bootroot')).toContain('odd & name/');
    expect(await root.kv.list('bootroot/odd & name')).toEqual(['ünï?#%2F']);
    expect(await root.kv.list('')).toEqual(['bootroot/']);
    expect(await root.kv.metadata(path)).toMatchObject({ currentVersion: 2, versions: [{ version: 1 }, {}] });
    await root.kv.destroy(path);
    await root.kv.destroy(path);
    expect(await root.kv.metadata(path)).toBeUndefined();
    expect(await root.kv.list('bootroot/odd & name')).toEqual([]);
  });

  test('a path cannot be led astray, and a missing mount is not an empty one', async () => {
    for (const path of ['../../sys/mounts', 'a/./b', 'a//b', ''])
      expect(await code(root.kv.read(path)), path).toBe('openbao_bad_path');
    for (const role of ['a/b', 'bootroot-*', '+', 'x" {}'])
      expect(await code(root.approle.write(role, {})), role).toBe('openbao_bad_path');
    const elsewhere = server.openbao.withToken(answer.rootToken, 'nowhere');
    expect(await code(elsewhere.kv.read('bootroot/ca'))).toBe('openbao_no_route');
    // node-vault takes any answer for a success on a path that contains sys/health.
    const { token } = await root.token.create({ policies: ['default'], ttl: '5m' });
    expect(await code(server.openbao.withToken(token).kv.write('sys/health', { a: 1 }))).toBe(
      'openbao_forbidden',
    );
  });

  test('AppRole: mint, log in, wrap, look up, destroy', async () => {
    await root.policies.write('bootroot-service-web', servicePolicy('web', 'secret'));
    await root.approle.write(serviceRoleName('web'), toolRole(serviceRoleName('web')));
    const role = serviceRoleName('web');
    const roleId = await root.approle.roleId(role);
    const minted = await root.approle.secretId(role, { metadata: JSON.stringify({ by: 'test' }) });
    expect(minted.ttl).toBe(86_400);
    const login = await server.openbao.login(roleId, minted.secretId);
    expect(login).toMatchObject({ ttl: 3_600, renewable: true });
    expect(login.policies).toContain('bootroot-service-web');

    const wrapped = await root.approle.wrappedSecretId(role, '5m');
    expect(wrapped.ttl).toBe(300);
    const unwrapped = await server.openbao.unwrapSecretId(wrapped.wrapToken);
    expect(unwrapped.accessor).toBe(wrapped.accessor);
    await server.openbao.login(roleId, unwrapped.secretId);
    expect(await code(server.openbao.unwrapSecretId(wrapped.wrapToken))).toBe('openbao_unwrapped');

    const info = await root.approle.lookupAccessor(role, minted.accessor);
    expect((info?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(86_000_000);
    await root.approle.destroyAccessor(role, minted.accessor);
    await root.approle.destroyAccessor(role, minted.accessor);
    expect(await root.approle.lookupAccessor(role, minted.accessor)).toBeUndefined();
    expect(await code(server.openbao.login(roleId, minted.secretId))).toBe('openbao_credentials_refused');
    expect(await root.approle.list()).toContain(role);
    await root.approle.remove(role);
    expect(await root.approle.read(role)).toBeUndefined();
  });

  test('a snapshot arrives byte for byte', async () => {
    const snapshot = await root.raft.snapshot();
    expect([...snapshot.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    const { gunzipSync } = await import('node:zlib');
    expect(gunzipSync(snapshot).length).toBeGreaterThan(10_000);
  });
});

describe('the infra agent', () => {
  test('a real OpenBao Agent takes agent.hcl, renders the file 0600 and keeps the secret_id', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'openbao-agent ${x} '));
    const file = (name: string): string => join(directory, name);
    await root.policies.write('bootroot-stepca', stepcaPolicy('secret'));
    await root.approle.write('bootroot-stepca-role', toolRole('bootroot-stepca'));
    await root.kv.write('bootroot/stepca/password', { value: 'rendered' });
    await writeFile(file('role_id'), await root.approle.roleId('bootroot-stepca-role'));
    await writeFile(file('secret_id'), (await root.approle.secretId('bootroot-stepca-role')).secretId);
    await writeFile(
      file('password.txt.ctmpl'),
      '{{ with secret "secret/data/bootroot/stepca/password" }}{{ .Data.data.value }}{{ end }}',
    );
    const hcl = agentHcl({
      address: server.url,
      roleIdFile: file('role_id'),
      secretIdFile: file('secret_id'),
      tokenFile: file('token'),
      templates: [{ source: file('password.txt.ctmpl'), destination: file('password.txt') }],
    });
    await writeFile(file('agent.hcl'), hcl);
    const agent = startChild(await binary('openbao'), ['agent', `-config=${file('agent.hcl')}`]);
    try {
      await untilReady(agent, async () => (await readFile(file('password.txt'), 'utf8')) === 'rendered');
      expect((await stat(file('password.txt'))).mode & 0o777).toBe(0o600);
      expect((await stat(file('token'))).mode & 0o777).toBe(0o600);
      expect(await readFile(file('secret_id'), 'utf8')).not.toBe('');
    } finally {
      await agent.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('policies, asked of the server itself', () => {
  const may = async (client: OpenBaoClient, path: string): Promise<readonly string[]> =>
    (await client.capabilities([path])).get(path) ?? [];

  test('OpenBao takes each of them as it is written', async () => {
    const texts = {
      [policyNames.bootroot_agent]: agentPolicy('secret'),
      [policyNames.responder]: responderPolicy('secret'),
      [policyNames.stepca]: stepcaPolicy('secret'),
      [policyNames.runtime_service_add]: serviceAddPolicy('secret'),
      [policyNames.runtime_rotate]: rotatePolicy('secret'),
      [policyNames.infra_rotate]: infraRotatePolicy(),
    };
    for (const [name, text] of Object.entries(texts)) {
      await root.policies.write(name, text);
      expect(await root.policies.read(name)).toBe(text);
    }
    expect(await root.policies.list()).toEqual(expect.arrayContaining(Object.keys(texts)));
    await root.policies.remove(policyNames.infra_rotate);
    expect(await root.policies.read(policyNames.infra_rotate)).toBeUndefined();
  });

  test('a service reads its own paths and reports a reissue, and nothing of others', async () => {
    const service = await roleClient(
      'bootroot-service-a',
      servicePolicy('a', 'secret'),
      toolRole('bootroot-service-a'),
    );
    await root.kv.write('bootroot/services/a/trust', { x: 1 });
    await root.kv.write('bootroot/services/ab/trust', { x: 1 });
    expect((await service.kv.read('bootroot/services/a/trust'))?.version).toBe(1);
    await service.kv.write('bootroot/services/a/reissue', { requested_at: 'now' }, { cas: 0 });
    expect(await code(service.kv.write('bootroot/services/a/trust', { x: 2 }))).toBe('openbao_forbidden');
    expect(await code(service.kv.read('bootroot/services/ab/trust'))).toBe('openbao_forbidden');
    expect(await code(service.kv.read('bootroot/stepca/db'))).toBe('openbao_forbidden');
  });

  test('the console onboards and undoes, and cannot touch what is not its own', async () => {
    const client = await roleClient(consoleRoleName, consolePolicy('secret'), consoleRole(consoleRoleName));
    await root.policies.write(breakGlassRoleName, breakGlassPolicy());
    await root.approle.write(breakGlassRoleName, breakGlassRole(breakGlassRoleName));
    await client.policies.write('bootroot-service-b', servicePolicy('b', 'secret'));
    await client.approle.write('bootroot-service-b', toolRole('bootroot-service-b'));
    const { secretId } = await client.approle.secretId('bootroot-service-b');
    await server.openbao.login(await client.approle.roleId('bootroot-service-b'), secretId);
    await client.kv.write('bootroot/services/b/trust', { x: 1 });
    await client.kv.destroy('bootroot/services/b/trust');
    await client.approle.remove('bootroot-service-b');
    await client.policies.remove('bootroot-service-b');
    expect(await client.mounts.isKv2('secret')).toBe(true);
    expect(await client.auth.list()).toContain('approle/');
    expect(await client.audit.list()).toHaveLength(1);
    expect(await client.policies.read(breakGlassRoleName)).toBe(breakGlassPolicy());
    expect(await client.approle.read(breakGlassRoleName)).toMatchObject({
      token_policies: [breakGlassRoleName],
    });
    // Its own credential, and the old one ended by its accessor.
    const own = await client.approle.secretId(consoleRoleName);
    expect(await client.approle.lookupAccessor(consoleRoleName, own.accessor)).toBeDefined();
    await client.approle.destroyAccessor(consoleRoleName, own.accessor);

    expect(await code(client.policies.write('bootroot-console', 'path "*" {}'))).toBe('openbao_forbidden');
    expect(await code(client.policies.write(breakGlassRoleName, ''))).toBe('openbao_forbidden');
    expect(await code(client.approle.write(consoleRoleName, {}))).toBe('openbao_forbidden');
    expect(await code(client.approle.secretId(breakGlassRoleName))).toBe('openbao_forbidden');
    expect(await code(client.mounts.enableKv2('mine'))).toBe('openbao_forbidden');
    expect(await code(client.kv.read('other-team/secret'))).toBe('openbao_forbidden');
    for (const path of breakGlassPaths) expect(await may(client, path), path).toEqual(['deny']);
  });

  test('break-glass is proved by beginning and cancelling both recoveries (C33), and others fail the proof', async () => {
    const glass = await roleClient(
      breakGlassRoleName,
      breakGlassPolicy(),
      breakGlassRole(breakGlassRoleName),
    );
    const shares = { shares: 3, threshold: 2 };
    expect(await glass.recovery.interface()).toBe('rotate');
    const proof = { proved: true, interface: 'rotate', denied: [], busy: [] };
    expect(await glass.recovery.prove(shares)).toEqual(proof);
    // Nothing is left under way: the second run starts both again.
    expect(await glass.recovery.prove(shares)).toEqual(proof);
    expect(await code(glass.kv.read('bootroot/stepca/password'))).toBe('openbao_forbidden');
    expect(await code(glass.policies.read(breakGlassRoleName))).toBe('openbao_forbidden');

    const { token } = await root.token.create({ policies: ['default'], ttl: '5m' });
    const nobody = server.openbao.withToken(token);
    expect(await nobody.recovery.prove(shares)).toMatchObject({ proved: false, interface: 'none' });
    await root.policies.write(
      'half',
      breakGlassPolicy().replace('sys/generate-root-token/attempt', 'sys/none'),
    );
    const half = server.openbao.withToken((await root.token.create({ policies: ['half'], ttl: '5m' })).token);
    expect(await half.recovery.prove(shares)).toMatchObject({
      proved: false,
      denied: ['sys/generate-root-token/attempt'],
    });
  });
});

test('where only the old recovery paths answer, they are named; where none does, that is said (C19)', async () => {
  const json = { 'content-type': 'application/json' };
  const gone = {
    kind: 'answer',
    status: 405,
    headers: json,
    body: '{"errors":["unsupported operation"]}',
  } as const;
  const old = {
    kind: 'answer',
    status: 200,
    headers: json,
    body: '{"nonce":"","started":false,"t":0,"n":0}',
  } as const;
  const client = behind().withToken(answer.rootToken);
  proxy.plan(({ path }) => (path.includes('sys/rekey/') ? old : gone));
  expect(await client.recovery.interface()).toBe('legacy');
  proxy.plan(() => gone);
  expect(await client.recovery.prove({ shares: 3, threshold: 2 })).toMatchObject({
    proved: false,
    interface: 'none',
  });
});

describe('shares', () => {
  test('sealed: every use says so; a malformed, a repeated and a wrong share are told apart', async () => {
    await root.kv.write('bootroot/probe', { value: 1 });
    await root.seal();
    expect(await code(root.kv.read('bootroot/probe'))).toBe('openbao_sealed');
    expect(await code(root.kv.write('bootroot/probe', { value: marked }))).toBe('openbao_sealed');
    expect(await code(server.openbao.login('a', 'b'))).toBe('openbao_sealed');
    expect(await server.openbao.health()).toMatchObject({ sealed: true, initialised: true });

    const [first = '', second = ''] = answer.keys;
    expect(await code(server.openbao.giveShare('not a share'))).toBe('openbao_share_malformed');
    expect(await code(server.openbao.giveShare(`${first}00`))).toBe('openbao_share_malformed');
    expect(await server.openbao.giveShare(` ${answer.keysBase64[0] ?? ''}\n`)).toMatchObject({ progress: 1 });
    expect(await code(server.openbao.giveShare(first))).toBe('openbao_share_repeated');
    const wrong = await failure(server.openbao.giveShare(`${second.slice(0, -8)}deadbeef`));
    expect(wrong.code).toBe('openbao_shares_wrong');
    expect(wrong.data.changed.key).toBe('openbao.changed.unseal_reset');
    expect(await server.openbao.sealStatus()).toMatchObject({ progress: 0, sealed: true });
    await server.openbao.giveShare(first);
    expect(await server.openbao.unsealReset()).toMatchObject({ progress: 0 });
    await server.unseal([second, answer.keys[2] ?? '']);
    expect((await root.kv.read('bootroot/probe'))?.data).toEqual({ value: 1 });
  });

  test('a fresh server says that it is not initialised, and a stopped one that nothing answers', async () => {
    const fresh = await startOpenBao();
    try {
      expect(await fresh.openbao.sealStatus()).toMatchObject({ initialised: false, sealed: true });
      const client = fresh.openbao.withToken('s.whatever');
      expect(['openbao_not_initialised', 'openbao_sealed']).toContain(await code(client.kv.read('a')));
      await fresh.halt();
      const stopped = await failure(fresh.openbao.health());
      expect(stopped.data).toMatchObject({
        code: 'openbao_unreachable',
        params: { url: fresh.url, reason: expect.stringMatching(/^ECONN(REFUSED|RESET)$/) as unknown },
        changed: { key: 'error.changed.nothing' },
      });
    } finally {
      await fresh.stop();
    }
  });
});

describe('behind a network that fails', () => {
  const path = 'bootroot/faults';

  test('reads are repeated through 503, 429 and resets; a write never is', async () => {
    await root.kv.write(path, { value: 1 });
    const client = behind().withToken(answer.rootToken);
    let left = 3;
    for (const fault of [
      { kind: 'answer', status: 503 },
      { kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'reset' },
      { kind: 'drop-answer' },
    ] as const) {
      left = 3;
      proxy.plan(() => (left-- > 0 ? fault : undefined));
      expect((await client.kv.read(path))?.data, JSON.stringify(fault)).toEqual({ value: 1 });

      const before = proxy.seen.length;
      proxy.plan(() => fault);
      const failed = await failure(client.kv.write(path, { value: marked }));
      expect(proxy.seen.length - before, JSON.stringify(fault)).toBe(1);
      expect(failed.data.changed.key).toBe(
        fault.kind === 'answer' && fault.status === 429 ? 'error.changed.nothing' : 'error.changed.unknown',
      );
    }
    proxy.plan(() => ({ kind: 'answer', status: 503 }));
    const before = proxy.seen.length;
    expect((await failure(client.kv.read(path))).data).toMatchObject({
      code: 'openbao_unavailable',
      params: { url: proxy.url, status: 503 },
      changed: { key: 'error.changed.nothing' },
    });
    expect(proxy.seen.length - before).toBe(4);
  });

  test('an answer to a write that was lost: the write is there, once, and a look at it tells', async () => {
    await root.kv.destroy(path);
    const client = behind().withToken(answer.rootToken);
    proxy.plan(({ method }) => (method === 'POST' ? { kind: 'drop-answer' } : undefined));
    const failed = await failure(client.kv.write(path, { value: marked }, { cas: 0 }));
    expect(failed.data).toMatchObject({
      code: 'openbao_unreachable',
      changed: { key: 'error.changed.unknown' },
    });
    await vi.waitFor(async () => expect((await root.kv.read(path))?.version).toBe(1));
  });

  test('slow within the limit is waited for; beyond it, and when it hangs, it is said', async () => {
    await root.kv.write(path, { value: 1 });
    const patient = createOpenBao({ url: proxy.url, timeoutMs: 3_000 }).withToken(answer.rootToken);
    proxy.plan(() => ({ kind: 'pass', delayMs: 400 }));
    expect(await patient.kv.read(path)).toBeDefined();
    const hasty = createOpenBao({ url: proxy.url, timeoutMs: 300 }).withToken(answer.rootToken);
    expect((await failure(hasty.kv.read(path))).data).toMatchObject({
      code: 'openbao_slow',
      changed: { key: 'error.changed.nothing' },
    });
    proxy.plan(() => ({ kind: 'hang' }));
    expect((await failure(hasty.kv.write(path, { value: marked }))).data).toMatchObject({
      code: 'openbao_slow',
      changed: { key: 'error.changed.unknown' },
    });
  });

  test('the operator does not wait for what was cancelled, neither in a request nor between two', async () => {
    for (const fault of [{ kind: 'hang' }, { kind: 'answer', status: 503 }] as const) {
      proxy.plan(() => fault);
      const openbao = createOpenBao({ url: proxy.url, retryMs: 60_000 });
      const client = openbao.withSignal(AbortSignal.timeout(200)).withToken(answer.rootToken);
      const started = Date.now();
      expect(await code(client.kv.read(path))).toBe('cancelled');
      expect(Date.now() - started).toBeLessThan(30_000);
    }
  });

  test('a huge answer is cut off, and what is no OpenBao is said to be none', async () => {
    proxy.plan(() => ({ kind: 'huge' }));
    const started = process.memoryUsage().rss;
    expect(await code(behind().withToken(answer.rootToken).kv.read(path))).toBe('openbao_too_large');
    expect(process.memoryUsage().rss - started).toBeLessThan(400 * 1024 * 1024);
    for (const [headers, body] of [
      [{ 'content-type': 'text/html' }, '<html>a router</html>'],
      [{ 'content-type': 'application/json' }, '{"data":{"data":'],
      [{ 'content-type': 'application/json' }, '{"data":{"data":{},"metadata":{"version":"one"}}}'],
    ] as const) {
      proxy.plan(() => ({ kind: 'answer', status: 200, headers, body }));
      expect(await code(behind().withToken(answer.rootToken).kv.read(path)), body).toBe('openbao_unexpected');
      expect(await code(behind().health()), body).toBe('openbao_unexpected');
    }
  });

  test('an error that repeats what was sent does not reach the operator with it', async () => {
    const body = JSON.stringify({ errors: [`cannot store ${marked} for ${answer.rootToken}`] });
    proxy.plan(() => ({
      kind: 'answer',
      status: 400,
      body,
      headers: { 'content-type': 'application/json' },
    }));
    const failed = await failure(behind().withToken(answer.rootToken).kv.write(path, { value: marked }));
    expect(failed.code).toBe('openbao_bad_request');
    expect(failed.data.params['problem']).toContain('cannot store');
  });

  test('a token never follows a redirect to another host, and reaches a configured member', async () => {
    const member = await startFaultProxy({ target: server.url });
    try {
      const redirect = (to: string) => () =>
        ({ kind: 'answer', status: 307, headers: { location: `${to}/v1/secret/data/${path}` } }) as const;
      await root.kv.write(path, { value: 'there' });
      proxy.plan(redirect(member.url));
      const stranger = behind().withToken(answer.rootToken);
      expect(await code(stranger.kv.read(path))).toBe('openbao_standby');
      expect(await code(stranger.kv.write(path, { value: marked }))).toBe('openbao_standby');
      expect(member.seen).toEqual([]);
      const known = createOpenBao({ url: proxy.url, members: [member.url], ...quick });
      expect((await known.withToken(answer.rootToken).kv.read(path))?.data).toEqual({ value: 'there' });
      const reads = member.seen.filter(({ path: asked }) => asked.includes('/secret/'));
      expect(reads).toHaveLength(1);
      // A member that sends back in a circle is asked once.
      member.plan(redirect(proxy.url));
      expect(await code(known.withToken(answer.rootToken).kv.read(path))).toBe('openbao_standby');
    } finally {
      await member.stop();
    }
  });
});

describe('TLS', () => {
  test('only the pinned CA and the right name are trusted; a wrong clock is told apart', async () => {
    const pki = await testPki('Right');
    const other = await testPki('Wrong');
    const good = await pki.leaf(['127.0.0.1', 'localhost']);
    const tls = await startOpenBao({ tls: { ...good, ca: pki.bundle } });
    try {
      expect(await tls.openbao.health()).toMatchObject({ initialised: false });
      const asked = (address: { url: string; ca?: string }) => createOpenBao(address).health();
      expect(await code(asked({ url: tls.url, ca: other.bundle }))).toBe('openbao_tls_untrusted');
      expect(await code(asked({ url: tls.url }))).toBe('openbao_tls_untrusted');
      expect(await code(asked({ url: tls.url.replace('https', 'http'), ca: pki.bundle }))).toMatch(
        /^openbao_/,
      );
      expect(await code(asked({ url: server.url.replace('http', 'https'), ca: pki.bundle }))).toBe(
        'openbao_tls_untrusted',
      );
    } finally {
      await tls.stop();
    }
    const front = async (leaf: { cert: string; key: string }): Promise<string> => {
      const faced = await startFaultProxy({ target: server.url, tls: leaf });
      try {
        return await code(createOpenBao({ url: faced.url, ca: pki.bundle }).health());
      } finally {
        await faced.stop();
      }
    };
    expect(await front(await pki.leaf(['elsewhere.example']))).toBe('openbao_tls_untrusted');
    const early = { notBefore: Date.now() + 2 * 3_600_000 };
    expect(await front(await pki.leaf(['127.0.0.1'], early))).toBe('openbao_clock');
    const late = { notBefore: Date.now() - 3 * 3_600_000, lifetime: 3_600_000 };
    expect(await front(await pki.leaf(['127.0.0.1'], late))).toBe('openbao_clock');
  });

  test('an address with credentials, another scheme or nonsense is refused', () => {
    for (const url of ['http://user:pw@host:8200', 'ftp://host', 'host:8200', 'http://h/?token=x', ''])
      expect(() => createOpenBao({ url }), url).toThrow('openbao_bad_url');
  });
});

describe('the session', () => {
  let now = Date.now();
  const sessionOn = (openbao = server.openbao) => {
    const changes: SessionStatus[] = [];
    const session = new OpenBaoSession(openbao, {
      mount: 'secret',
      now: () => now,
      onChange: (status) => changes.push(status),
    });
    return { session, changes };
  };
  const credentials = async (parameters: object) => {
    await root.policies.write('bootroot-session', consolePolicy('secret'));
    await root.approle.write('bootroot-session', { ...consoleRole('bootroot-session'), ...parameters });
    const { secretId } = await root.approle.secretId('bootroot-session');
    return [await root.approle.roleId('bootroot-session'), secretId] as const;
  };

  test('renews at 4/5 of the life, not before, and knows its end', async () => {
    const { session } = sessionOn();
    await session.useAppRole(...(await credentials({ token_ttl: '100s', token_period: '100s' })));
    const begun = now;
    expect(session.status()).toMatchObject({
      state: 'live',
      method: 'approle',
      renewable: true,
      isRoot: false,
    });
    expect(session.status().expiresAt).toBe(begun + 100_000);
    now = begun + 59_000;
    await session.tick();
    expect(session.status().expiresAt).toBe(begun + 100_000);
    now = begun + 80_000;
    await session.tick();
    expect(session.status().expiresAt).toBe(now + 100_000);
    await session.end();
    expect(session.status()).toMatchObject({ state: 'none' });
    expect(() => session.client()).toThrow('no_openbao_session');
    session.close();
  });

  test('a token revoked elsewhere is lost, said once, and nobody logs in again in silence', async () => {
    const { session, changes } = sessionOn();
    await session.useAppRole(...(await credentials({})));
    await session.client().token.revokeSelf();
    now += 60_000;
    await session.tick();
    expect(session.status()).toMatchObject({ state: 'lost', problem: { key: 'openbao.session.refused' } });
    now += 60_000;
    await session.tick();
    expect(session.status().state).toBe('lost');
    expect(changes.map(({ state }) => state)).toEqual(['live', 'lost']);
    session.close();
  });

  test('a server that is away for a while costs nothing until the token itself has ended', async () => {
    const { session } = sessionOn(behind());
    await session.useAppRole(...(await credentials({ token_ttl: '100s', token_period: '100s' })));
    proxy.plan(() => ({ kind: 'answer', status: 502 }));
    now += 80_000;
    await session.tick();
    expect(session.status()).toMatchObject({
      state: 'live',
      problem: { key: 'error.openbao_unavailable.what' },
    });
    proxy.plan(() => undefined);
    now += 10_000;
    await session.tick();
    expect(session.status()).toMatchObject({ state: 'live', expiresAt: now + 100_000 });
    expect(session.status().problem).toBeUndefined();
    proxy.plan(() => ({ kind: 'reset' }));
    now += 100_000;
    expect(() => session.client()).toThrow('no_openbao_session');
    await session.tick();
    expect(session.status().state).toBe('lost');
    session.close();
  });

  test('a root token is named as such; a foreign or malformed one is refused', async () => {
    const { session } = sessionOn();
    await session.useToken(`${answer.rootToken}\n`);
    expect(session.status()).toMatchObject({
      state: 'live',
      method: 'token',
      isRoot: true,
      problem: { key: 'openbao.session.root_live' },
    });
    expect(session.status().expiresAt).toBeUndefined();
    expect(await code(session.useToken('s.unknown'))).toBe('openbao_forbidden');
    expect(await code(session.useToken('two words'))).toBe('openbao_token_malformed');
    expect(session.status().isRoot).toBe(true);
    await session.end();
    // What the operator gave is forgotten, not revoked.
    expect((await root.token.lookupSelf()).policies).toEqual(['root']);
    session.close();
  });
});

test('neither the audit log of the server nor its output has a marked secret in clear', async () => {
  expect(await readFile(server.auditFile, 'utf8')).not.toContain(marked);
  expect(server.output()).not.toContain(marked);
});
