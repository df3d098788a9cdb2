import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CredentialExpiry } from '../../shared/contract/credential-expiry.ts';
import type { RotationItem } from '../../shared/contract/rotation.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { createOpenBao, type OpenBao, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { readTimeline } from '../../src-main/rotation/expiry/timeline.ts';
import type { ServicesContext } from '../../src-main/services/context.ts';
import { LeafCache } from '../../src-main/services/leaf-cache.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { installation, type Installation } from '../support/installation.ts';

const hour = 3_600_000;
let stack: Installation;
let openbao: OpenBao;
let client: OpenBaoClient;
const begun = Date.now();

beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  openbao = createOpenBao({ url: (await readState(stack.paths.state)).openbao_url });
  const [roleId, secretId] = await Promise.all(
    (['role_id', 'secret_id'] as const).map(async (file) =>
      (await readFile(stack.paths.consoleRole('console', file), 'utf8')).trim(),
    ),
  );
  client = openbao.withToken((await openbao.login(roleId ?? '', secretId ?? '')).token);
});
afterAll(() => stack?.stop());

async function timeline(of: () => OpenBaoClient = () => client): Promise<Map<string, CredentialExpiry>> {
  const services = { paths: stack.paths, openbao, kvMount: 'secret', client: of, now: Date.now };
  const { items } = await readTimeline({
    services: services as unknown as ServicesContext,
    leaves: new LeafCache(),
  });
  return new Map(items.map((item) => [item.id, item]));
}

test('a secret_id ends a day after it was made, as OpenBao issued it', async () => {
  const items = await timeline();
  const edge = items.get('secret_id:edge');
  expect(edge).toMatchObject({ kind: 'secret_id', limit: 'issued', target: 'approle-secret-id' });
  expect(edge?.since).toBeGreaterThan(begun - 1000);
  expect((edge?.expiresAt ?? 0) - (edge?.since ?? 0)).toBeCloseTo(24 * hour, -4);
  expect([...items.keys()].sort()).toEqual([
    'intermediate',
    'leaf:edge',
    'root',
    'secret_id:console',
    'secret_id:edge',
    'secret_id:infra-responder',
    'secret_id:infra-stepca',
    'token:console',
  ]);
  expect([...items.values()].filter(({ problem }) => problem !== undefined)).toEqual([]);
});

test('certificates end with themselves', async () => {
  const items = await timeline();
  for (const [id, path] of [
    ['leaf:edge', stack.paths.cert('edge')],
    ['root', stack.paths.rootCert],
    ['intermediate', stack.paths.intermediateCert],
  ] as const) {
    const { validTo } = new X509Certificate(await readFile(path));
    expect(items.get(id)).toMatchObject({ limit: 'certificate', expiresAt: Date.parse(validTo) });
  }
});

test('a role that was made stricter since ends its secret_ids earlier in the list', async () => {
  await client.approle.write('bootroot-service-edge', { secret_id_ttl: '1h' });
  const edge = (await timeline()).get('secret_id:edge');
  expect(edge?.limit).toBe('role');
  expect((edge?.expiresAt ?? 0) - (edge?.since ?? 0)).toBe(hour);
  const { items } = JSON.parse((await stack.must(['rotate', 'list', '--json'])).stdout) as {
    items: RotationItem[];
  };
  expect(items.find(({ target }) => target === 'approle-secret-id')?.expiresAt).toBe(edge?.expiresAt);
});

test('a secret_id that OpenBao does not know, and a server that cannot be asked, are said and never guessed', async () => {
  const away = await timeline(() => {
    throw new ConsoleError('no_openbao_session');
  });
  expect(away.get('secret_id:edge')).toMatchObject({
    limit: 'unknown',
    problem: { key: 'error.no_openbao_session.what' },
  });
  expect(away.get('leaf:edge')?.expiresAt).toBeGreaterThan(Date.now());

  const secretId = (await readFile(stack.paths.serviceSecret('edge', 'secret_id'), 'utf8')).trim();
  const role = 'bootroot-service-edge';
  const found = await client.approle.lookupSecretId(role, secretId);
  expect(found).toBeDefined();
  await stack.must(['rotate', 'approle-secret-id', 'edge']);
  expect(await client.approle.lookupSecretId(role, secretId)).toBeUndefined();
  expect((await timeline()).get('secret_id:edge')?.problem).toBeUndefined();
});
