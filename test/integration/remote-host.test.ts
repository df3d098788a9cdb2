import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { servicePolicy, serviceRoleName } from '../../src-main/openbao/policies.ts';
import { toolRole } from '../../src-main/openbao/roles.ts';
import { renderArtifact, type NewerArtifact } from '../../src-main/remote/artifact.ts';
import { parseToml, valueAt } from '../../src-main/workspace/toml.ts';
import { startChild } from '../support/child.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';
import { testPki, type TestPki } from '../support/pki.ts';
import { program, remoteHost, type HostAnswer, type RemoteHost } from '../support/remote-host.ts';

const id = 'edge-remote';
const role = serviceRoleName(id);
const kv = (item: string): string => `bootroot/services/${id}/${item}`;

let server: TestOpenBao;
let root: OpenBaoClient;
let pki: TestPki;
let host: RemoteHost;

beforeAll(async () => {
  pki = await testPki('Step');
  const listener = await pki.leaf(['localhost', '127.0.0.1']);
  server = await startOpenBao({ tls: { cert: listener.cert, key: listener.key, ca: pki.bundle } });
  root = server.openbao.withToken((await server.init()).rootToken);
  await root.mounts.enableKv2('secret');
  await root.auth.enableAppRole();
});
afterAll(() => server?.stop());

const publish = async (secretId?: string): Promise<void> => {
  await root.kv.write(kv('trust'), {
    trusted_ca_sha256: [pki.root.sha256, pki.intermediate.sha256],
    ca_bundle_pem: pki.bundle,
  });
  await root.kv.write(kv('http_responder_hmac'), { hmac: 'responder secret 1' });
  await root.kv.write(kv('eab'), { kid: '', hmac: '' });
  if (secretId !== undefined) await root.kv.write(kv('secret_id'), { secret_id: secretId });
};

beforeEach(async () => {
  host = await remoteHost();
  await root.policies.write(role, servicePolicy(id, 'secret'));
  await root.approle.write(role, toolRole(role));
  for (const item of ['trust', 'http_responder_hmac', 'eab', 'secret_id']) await root.kv.destroy(kv(item));
  await publish();
});
afterEach(async () => {
  await root.approle.remove(role);
  await host.remove();
});

async function artifact(wrapTtl = '30m', changes: Partial<NewerArtifact> = {}): Promise<NewerArtifact> {
  const wrapped = await root.approle.wrappedSecretId(role, wrapTtl);
  const whole: NewerArtifact = {
    schema_version: 5,
    openbao_url: server.url,
    kv_mount: 'secret',
    registration_id: id,
    service_name: id,
    role_id_path: host.path('secrets/role_id'),
    secret_id_path: host.path('secrets/secret_id'),
    eab_file_path: host.path('secrets/eab.json'),
    agent_config_path: host.path('agent.toml'),
    ca_bundle_path: host.path('certs/ca-bundle.pem'),
    ca_bundle_pem: pki.bundle,
    trusted_ca_sha256: [pki.root.sha256, pki.intermediate.sha256],
    agent_email: 'ops@trusted.domain',
    agent_server: 'https://localhost:9000/acme/acme/directory',
    agent_domain: 'trusted.domain',
    agent_responder_url: 'http://localhost:8080',
    profile_hostname: 'edge-node-02',
    profile_instance_id: '101',
    profile_cert_path: host.path('certs/edge-remote.crt'),
    profile_key_path: host.path('certs/edge-remote.key'),
    wrap_token: wrapped.wrapToken,
    wrap_expires_at: new Date(Date.now() + wrapped.ttl * 1000).toISOString(),
    role_id: await root.approle.roleId(role),
    ...changes,
  };
  await writeFile(host.path('bootstrap.json'), renderArtifact(whole), { mode: 0o600 });
  return whole;
}

const words = (word: string, ...more: string[]): string[] => [
  word,
  '--artifact',
  host.path('bootstrap.json'),
  ...more,
];
const bootstrap = (): Promise<HostAnswer> =>
  host.remote(words('bootstrap', '--output', 'json', '--summary-json', host.path('summary.json')));
const statuses = (answer: HostAnswer): Record<string, string> =>
  Object.fromEntries(
    Object.entries(JSON.parse(answer.stdout) as Record<string, { status: string }>).map(([item, one]) => [
      item,
      one.status,
    ]),
  );
const secretId = (): Promise<string> => readFile(host.path('secrets/secret_id'), 'utf8');
const accepted = async (value: string): Promise<boolean> =>
  server.openbao.login(await root.approle.roleId(role), value).then(
    () => true,
    () => false,
  );
const mode = async (...path: string[]): Promise<string> =>
  ((await stat(host.path(...path))).mode & 0o777).toString(8);

describe('bootstrap', () => {
  test('one file, one command: credential, trust, agent.toml and summary are there with their modes', async () => {
    const made = await artifact();
    const answer = await bootstrap();
    expect({ code: answer.code, stderr: answer.stderr }).toMatchObject({ code: 0 });
    expect(statuses(answer)).toEqual({
      secret_id: 'applied',
      eab: 'skipped',
      responder_hmac: 'applied',
      trust_sync: 'applied',
    });
    expect(await accepted(await secretId())).toBe(true);
    expect(await readdir(host.path('secrets'))).toEqual(['role_id', 'secret_id']);
    expect([
      await mode('secrets'),
      await mode('secrets/secret_id'),
      await mode('agent.toml'),
      await mode('certs'),
      await mode('certs/ca-bundle.pem'),
      await mode('summary.json'),
    ]).toEqual(['700', '600', '600', '755', '644', '600']);
    const agent = parseToml(await readFile(host.path('agent.toml'), 'utf8'), 'agent.toml');
    expect(valueAt(agent, ['acme', 'http_responder_hmac'])).toBe('responder secret 1');
    expect(valueAt(agent, ['trust', 'trusted_ca_sha256'])).toEqual(made.trusted_ca_sha256);
    expect(valueAt(agent, ['openbao', 'state_path'])).toBe(host.path(`bootroot-agent-state-${id}.json`));
    expect(await readFile(host.path('agent.toml'), 'utf8')).toContain(
      '# BEGIN BOOTROOT REMOTE PROFILE edge-remote',
    );
    for (const secret of [made.wrap_token ?? '', await secretId(), 'responder secret 1'])
      expect(`${answer.stdout}${answer.stderr}`).not.toContain(secret);
  });

  test('again changes nothing and does not spend another wrapping token', async () => {
    await artifact();
    await bootstrap();
    const first = await secretId();
    const second = await artifact();
    const answer = await bootstrap();
    expect(statuses(answer)).toEqual({
      secret_id: 'unchanged',
      eab: 'skipped',
      responder_hmac: 'unchanged',
      trust_sync: 'unchanged',
    });
    expect(await secretId()).toBe(first);
    expect((await server.openbao.unwrapSecretId(second.wrap_token ?? '')).secretId).not.toBe('');
  });

  test('a published secret_id that is dead does not replace the one that was unwrapped', async () => {
    await publish('00000000-0000-0000-0000-000000000000');
    await artifact();
    expect(statuses(await bootstrap())['secret_id']).toBe('applied');
    expect(await accepted(await secretId())).toBe(true);
  });

  test('an expired wrapping token asks for a new one; one that somebody opened is an incident', async () => {
    await artifact('1s', { wrap_expires_at: new Date(Date.now() + 1000).toISOString() });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const expired = await bootstrap();
    expect(expired.code).toBe(1);
    expect(expired.stderr).toContain('has expired before it was used');

    const made = await artifact();
    await server.openbao.unwrapSecretId(made.wrap_token ?? '');
    const opened = await bootstrap();
    expect(opened.code).toBe(1);
    expect(opened.stderr).toContain('incident');
    expect(await readdir(host.path('secrets'))).toEqual(['role_id']);
  });
});

describe('kill -9 at each write of a bootstrap', () => {
  const writes = [
    'bundle',
    'role-id',
    'slot',
    'unwrapped',
    'secret-id',
    'slot-removed',
    'profile',
    'pins',
    'hmac',
  ];
  for (const write of [...writes, 'summary'])
    for (const moment of ['before', 'after'] as const)
      test(`${moment} ${write}`, async () => {
        await artifact();
        const command = words('bootstrap', '--summary-json', host.path('summary.json'));
        expect((await host.dying(command, write, moment)).signal).toBe('SIGKILL');
        const again = await bootstrap();
        if (write === 'unwrapped' && moment === 'before') {
          // The one instant that no order of writes can save: said as what it is, and not as somebody else's doing.
          expect(again.stderr).toContain('was interrupted before it could keep');
          await artifact();
          expect((await bootstrap()).code).toBe(0);
        } else expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
        expect(await accepted(await secretId())).toBe(true);
        expect(await readdir(host.path('secrets'))).toEqual(['role_id', 'secret_id']);
      });
});

describe('check', () => {
  const findings = async (): Promise<Record<string, string>> => {
    const answer = await host.remote(words('check', '--output', 'json'));
    const { ok, findings: all } = JSON.parse(answer.stdout) as {
      ok: boolean;
      findings: { check: string; state: string; what: string; fix?: string }[];
    };
    expect(answer.code).toBe(ok ? 0 : 1);
    for (const one of all) expect(one.fix !== undefined).toBe(one.state === 'failed');
    // Several versions: the worst of them stands for all.
    const worst = all.find(({ check, state }) => check === 'versions' && state === 'failed');
    return {
      ...Object.fromEntries(all.map(({ check, state }) => [check, state])),
      versions: worst === undefined ? 'ok' : 'failed',
    };
  };

  test('before and after a bootstrap; what is wrong is named with its fix', async () => {
    // Nobody answers as step-ca or as responder here.
    const there = {
      agent_server: `${server.url}/v1/sys/health`,
      agent_responder_url: `${server.url}/v1/sys/health`,
    };
    await artifact('30m', there);
    expect(await findings()).toEqual({
      runtime: 'ok',
      versions: 'ok',
      dns: 'ok',
      openbao: 'ok',
      clock: 'ok',
      login: 'skipped',
      stepca: 'ok',
      responder: 'ok',
      writable: 'ok',
      permissions: 'ok',
    });
    expect((await bootstrap()).code).toBe(0);
    await chmod(host.path('secrets/secret_id'), 0o644);
    await artifact('30m', {
      agent_server: 'https://nowhere.invalid/acme',
      agent_responder_url: 'http://127.0.0.1:9',
    });
    expect(await findings()).toMatchObject({
      dns: 'failed',
      login: 'ok',
      stepca: 'failed',
      responder: 'failed',
      permissions: 'failed',
    });
  });
});

test('a clock that is so far off that no certificate is valid is named, and not only what it causes', async () => {
  await artifact();
  const environment = {
    LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
    FAKETIME: '+4000d',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const answer = await host.remote(words('check', '--output', 'json'), environment);
  const { findings } = JSON.parse(answer.stdout) as { findings: { check: string; state: string }[] };
  expect(Object.fromEntries(findings.map(({ check, state }) => [check, state]))).toMatchObject({
    openbao: 'failed',
    clock: 'failed',
  });
});

describe('pull and apply-secret-id', () => {
  beforeEach(async () => {
    await artifact();
    expect((await bootstrap()).code).toBe(0);
    await chmod(host.path('secrets/secret_id'), 0o640);
  });

  test('a new secret_id, responder secret and EAB are taken over; mode and unknown keys stay', async () => {
    await writeFile(
      host.path('agent.toml'),
      `# ours\n${await readFile(host.path('agent.toml'), 'utf8')}\n[ours]\nkey = 1\n`,
    );
    const { secretId: fresh } = await root.approle.secretId(role);
    await publish(fresh);
    await root.kv.write(kv('http_responder_hmac'), { hmac: 'responder secret 2' });
    await root.kv.write(kv('eab'), { kid: 'kid-1', hmac: 'aGVsbG8gd29ybGQ' });
    const answer = await host.remote(words('pull', '--output', 'json'));
    expect(statuses(answer)).toEqual({
      secret_id: 'applied',
      eab: 'applied',
      responder_hmac: 'applied',
      trust_sync: 'unchanged',
    });
    expect(await secretId()).toBe(fresh);
    expect(await mode('secrets/secret_id')).toBe('640');
    const text = await readFile(host.path('agent.toml'), 'utf8');
    expect(text).toMatch(/^# ours\n/);
    expect(text).toContain('key = 1');
    expect(text).toContain('responder secret 2');
    expect(JSON.parse(await readFile(host.path('secrets/eab.json'), 'utf8'))).toEqual({
      kid: 'kid-1',
      hmac: 'aGVsbG8gd29ybGQ',
    });
  });

  /** As the older tool is called: no artifact, and no agent that follows OpenBao. */
  async function pullByFlags(): Promise<HostAnswer> {
    const made = JSON.parse(await readFile(host.path('bootstrap.json'), 'utf8')) as NewerArtifact;
    const flags = (
      [
        'kv_mount',
        'service_name',
        'role_id_path',
        'secret_id_path',
        'eab_file_path',
        'agent_config_path',
        'ca_bundle_path',
      ] as const
    ).flatMap((key) => [`--${key.replaceAll('_', '-')}`, made[key]]);
    return host.remote(['pull', ...flags, '--output', 'json'], { OPENBAO_URL: server.url });
  }

  test('an agent that does not follow OpenBao itself is told when its agent.toml changed, and only then', async () => {
    const config = host.path('agent.toml');
    const own = await readFile(config, 'utf8');
    const older = own.replace(/^\[openbao\]\n(?:[^[\n].*\n)*/m, '');
    expect(older).not.toBe(own);
    await writeFile(config, older);
    const agent = startChild(process.execPath, [program, 'agent', '--config', config]);
    const read = (): number => agent.output().split('agent.log.config').length - 1;
    try {
      await expect.poll(read, { timeout: 20_000 }).toBe(1);
      const { secretId: fresh } = await root.approle.secretId(role);
      await publish(fresh);
      expect(statuses(await pullByFlags())).toMatchObject({
        secret_id: 'applied',
        responder_hmac: 'unchanged',
        trust_sync: 'unchanged',
      });
      expect(read()).toBe(1);
      await root.kv.write(kv('http_responder_hmac'), { hmac: 'responder secret 2' });
      expect(statuses(await pullByFlags())['responder_hmac']).toBe('applied');
      await expect.poll(read, { timeout: 20_000 }).toBe(2);
    } finally {
      await agent.stop();
    }
  });

  test('a published secret_id that does not log in is refused, and the old one stays', async () => {
    const before = await secretId();
    await publish('00000000-0000-0000-0000-000000000000');
    const pulled = await host.remote(words('pull', '--output', 'json'));
    expect(pulled.code).toBe(1);
    expect(statuses(pulled)['secret_id']).toBe('failed');
    const applied = await host.remote(words('apply-secret-id'));
    expect(applied.code).toBe(1);
    expect(await secretId()).toBe(before);
  });

  test('kill -9 in the middle of apply-secret-id leaves one that works; the next run ends it', async () => {
    for (const moment of ['before', 'after'] as const) {
      const { secretId: fresh } = await root.approle.secretId(role);
      await publish(fresh);
      expect((await host.dying(words('apply-secret-id'), 'secret-id', moment)).signal).toBe('SIGKILL');
      expect(await accepted(await secretId())).toBe(true);
      const again = await host.remote(words('apply-secret-id', '--output', 'json'));
      expect(JSON.parse(again.stdout)).toEqual({ secret_id: moment === 'before' ? 'applied' : 'unchanged' });
      expect(await secretId()).toBe(fresh);
    }
  });

  test('a host whose secret_id lapsed says so, keeps its files, and comes back with a new artifact', async () => {
    await root.approle.remove(role);
    await root.approle.write(role, toolRole(role));
    const agent = await readFile(host.path('agent.toml'), 'utf8');
    const lapsed = await host.remote(words('sync', '--retry-attempts', '3', '--retry-backoff-secs', '0'));
    expect(lapsed.code).toBe(1);
    expect(lapsed.stderr).toContain('does not accept this host any more');
    expect(await readFile(host.path('agent.toml'), 'utf8')).toBe(agent);
    await artifact();
    expect((await bootstrap()).code).toBe(0);
  });

  test('flags of the older tool alone are enough', async () => {
    await root.kv.write(kv('http_responder_hmac'), { hmac: 'responder secret 3' });
    const answer = await pullByFlags();
    expect(statuses(answer)['responder_hmac']).toBe('applied');
    expect((await host.remote(['pull', '--service-name', id])).code).toBe(2);
  });
});
