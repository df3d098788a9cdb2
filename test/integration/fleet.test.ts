import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOpenBao } from '../../src-main/openbao/openbao.ts';
import { readState } from '../../src-main/workspace/state.ts';
import type { ServiceEntry } from '../../src-main/workspace/state-schema.ts';
import { installation, type Installation } from '../support/installation.ts';
import { remoteHost, type HostAnswer, type RemoteHost } from '../support/remote-host.ts';

let stack: Installation;
let host: RemoteHost;
let number = 0;
let id: string;

beforeAll(async () => {
  stack = await installation();
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  host = await remoteHost();
  number += 1;
  id = `edge-${String(number)}`;
});
afterEach(() => host.remove());

const add = (...more: string[]): Promise<unknown> =>
  stack.must([
    ...['service', 'add', id, '--delivery-mode', 'remote-bootstrap', '--hostname', `node-${String(number)}`],
    ...['--host-directory', host.path(), '--agent-config', host.path('agent.toml')],
    ...['--cert-path', host.path('certs/leaf.crt'), '--key-path', host.path('certs/leaf.key'), ...more],
  ]);
const artifactPath = (): string => stack.paths.bootstrapArtifact(id);
const artifact = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(artifactPath(), 'utf8')) as Record<string, unknown>;
/** What an administrator does: the file is carried over, and that is all. */
const carry = async (): Promise<void> =>
  writeFile(host.path('bootstrap.json'), await readFile(artifactPath()), { mode: 0o600 });
const words = (word: string, ...more: string[]): string[] => [
  ...[word, '--artifact', host.path('bootstrap.json'), '--output', 'json'],
  ...['--summary-json', host.path('summary.json'), ...more],
];
const bootstrap = async (): Promise<HostAnswer> => {
  await carry();
  return host.remote(words('bootstrap'));
};
const entry = async (): Promise<ServiceEntry> => {
  const found = (await readState(stack.paths.state)).services?.[id];
  if (found === undefined) throw new Error('no entry');
  return found;
};
const collect = (): Promise<unknown> => stack.must(['service', 'sync-status']);

const all = (status: string): object => ({
  secret_id: status,
  eab: status,
  responder_hmac: status,
  trust_sync: status,
});

describe('a service on another host', () => {
  test('onboarded, bootstrapped, seen as applied; a rotation is pending until the next sync', async () => {
    await add('--reload-style', 'systemd', '--reload-target', 'edge.service');
    expect(((await stat(artifactPath())).mode & 0o777).toString(8)).toBe('600');
    expect((await entry()).sync_status).toEqual(all('pending'));
    const done = await bootstrap();
    expect({ code: done.code, stderr: done.stderr }).toMatchObject({ code: 0 });
    // What runs after a renewal has come over with the rest, and stands in the entry for the next hand-over.
    expect(await readFile(host.path('agent.toml'), 'utf8')).toContain('edge.service');
    expect((await entry()).post_renew_hooks).toMatchObject([{ command: 'systemctl', on_failure: 'stop' }]);
    await collect();
    expect((await entry()).sync_status).toEqual(all('applied'));

    await stack.must(['rotate', 'approle-secret-id', '--registration-id', id], 4);
    const pending = await entry();
    expect(pending.sync_status?.secret_id).toBe('pending');
    const { started_at_unix: from, expires_at_unix: until } = pending.sync_metadata?.secret_id ?? {};
    expect(Number(until) - Number(from)).toBeGreaterThan(23 * 3600);
    // The report of before is about the version of before.
    await collect();
    expect((await entry()).sync_status?.secret_id).toBe('pending');
    const synced = await host.remote(words('sync'));
    expect(JSON.parse(synced.stdout)).toMatchObject({ secret_id: { status: 'applied' } });
    expect(synced.code).toBe(0);
    await collect();
    expect((await entry()).sync_status).toEqual(all('applied'));
  });

  test('a summary carried by hand says the same; unknown keys in it do no harm', async () => {
    await add();
    await bootstrap();
    const summary = JSON.parse(await readFile(host.path('summary.json'), 'utf8')) as object;
    await writeFile(host.path('carried.json'), JSON.stringify({ ...summary, later: { by: 'somebody' } }));
    await stack.must([
      ...['service', 'sync-status', '--service-name', id, '--summary-json', host.path('carried.json')],
    ]);
    expect((await entry()).sync_status).toEqual(all('applied'));
    expect((await entry()).sync_metadata?.secret_id).toEqual({
      started_at_unix: null,
      expires_at_unix: null,
    });
  });

  test('asked again, a new hand-over is made; what the operator added to the file stays', async () => {
    await add();
    const first = await artifact();
    await writeFile(artifactPath(), JSON.stringify({ ours: 'kept', ...first }, null, 4), { mode: 0o600 });
    await add();
    const second = await artifact();
    expect(second['ours']).toBe('kept');
    expect(second['wrap_token']).not.toBe(first['wrap_token']);
    expect(await readFile(artifactPath(), 'utf8')).toContain('\n    "ours"');
    expect((await bootstrap()).code).toBe(0);
  });

  test('opened by somebody else: frozen, what was opened is of no use, and the new hand-over works', async () => {
    await add();
    const stolen = await artifact();
    const openbao = createOpenBao({ url: String(stolen['openbao_url']) });
    const { secretId } = await openbao.unwrapSecretId(String(stolen['wrap_token']));
    const thief = openbao.withToken((await openbao.login(String(stolen['role_id']), secretId)).token);
    expect((await thief.kv.read(`bootroot/services/${id}/http_responder_hmac`))?.data['hmac']).toBeTruthy();
    expect((await bootstrap()).stderr).toContain('incident');

    await stack.must(['service', 'freeze', id]);
    await expect(openbao.login(String(stolen['role_id']), secretId)).rejects.toMatchObject({
      code: 'openbao_credentials_refused',
    });
    await expect(thief.kv.read(`bootroot/services/${id}/http_responder_hmac`)).rejects.toMatchObject({
      code: 'openbao_forbidden',
    });
    const audit = (await stack.must(['audit', 'list'])).stdout;
    expect(audit).toContain('host.freeze');
    const again = await bootstrap();
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
    await collect();
    expect((await entry()).sync_status?.secret_id).toBe('applied');
  });
});

describe('the credential of a service as its operator asked for it', () => {
  test('lifetime and addresses bind each secret_id, a group reads the set, update changes the next ones', async () => {
    const inner = await stack.open();
    const client = () => inner.console.required().services.client();
    const place = host.path('credential/secret_id');
    await stack.must([
      ...[
        'service',
        'add',
        id,
        '--secret-id-ttl',
        '12h',
        '--rn-cidrs',
        '127.0.0.0/8',
        '--cert-group',
        'daemon',
      ],
      ...['--secret-id-path', place, '--agent-email', 'ops@trusted.domain'],
    ]);
    const known = async () =>
      client().approle.lookupSecretId(`bootroot-service-${id}`, await readFile(place, 'utf8'));
    const hoursLeft = async (): Promise<number> =>
      Math.round(((await known())?.expiresAt ?? 0) / 3_600_000 - Date.now() / 3_600_000);
    expect([await hoursLeft(), (await known())?.cidrs]).toEqual([12, ['127.0.0.0/8']]);
    const { key_path: key, agent_config_path: agent, approle } = await entry();
    expect(approle).toMatchObject({ secret_id_path: place, secret_id_ttl: '12h' });
    const { gid, mode } = await stat(stack.paths.resolve(key));
    expect([gid, mode & 0o777]).toEqual([1, 0o640]);
    const toml = await readFile(stack.paths.resolve(agent), 'utf8');
    for (const line of ['cert_group_gid = 1', 'email = "ops@trusted.domain"', `secret_id_path = "${place}"`])
      expect(toml).toContain(line);

    await stack.must([...['service', 'update', id, '--secret-id-ttl', '6h', '--rn-cidrs', 'clear']]);
    expect([await hoursLeft(), (await entry()).approle.token_bound_cidrs]).toEqual([12, null]);
    await stack.must(['rotate', 'approle-secret-id', id]);
    expect([await hoursLeft(), (await known())?.cidrs]).toEqual([6, []]);
    await stack.must(['service', 'update', id, '--secret-id-ttl', '169h'], 3);
    await stack.must(['service', 'remove', id, '--delete-artifacts', '--strip-config']);
    expect((await readState(stack.paths.state)).services?.[id]).toBeUndefined();
    await expect(stat(place)).rejects.toThrow();
  });

  test('of a remote service: the wrapped one is bound, the hand-over lives as long as the entry says', async () => {
    await add('--secret-id-ttl', '2h', '--rn-cidrs', '127.0.0.1/32', '--cert-group', '1500');
    expect(await artifact()).toMatchObject({ cert_group_gid: 1500 });
    expect((await entry()).approle).toMatchObject({
      secret_id_ttl: '2h',
      token_bound_cidrs: ['127.0.0.1/32'],
    });
    await stack.must(['service', 'update', id, '--secret-id-wrap-ttl', '5m']);
    await add();
    const lives = Date.parse(String((await artifact())['wrap_expires_at'])) - Date.now();
    expect(lives).toBeGreaterThan(200_000);
    expect(lives).toBeLessThan(301_000);

    await stack.must(['service', 'remove', id]);
    await expect(stat(artifactPath())).rejects.toThrow();
  });
});
