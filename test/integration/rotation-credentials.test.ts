import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Proof } from '../../shared/contract/operations.ts';
import type { OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { consolePolicy, consoleRoleName, roleNames } from '../../src-main/openbao/policies.ts';
import { consoleRole, toolRole } from '../../src-main/openbao/roles.ts';
import { FileStage } from '../../src-main/operations/stage.ts';
import type { OperationDefinition, Run } from '../../src-main/operations/types.ts';
import type { RotationContext } from '../../src-main/rotation/context.ts';
import {
  approleSecretIdDefinition,
  consoleCredentialsDefinition,
} from '../../src-main/rotation/credential-definitions.ts';
import { rotationContext } from '../../src-main/rotation/bind.ts';
import { openSecretIds } from '../../src-main/rotation/secret-ids.ts';
import { ensureDirectory, readTextFile, writeFileAtomic } from '../../src-main/workspace/atomic.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';

let bao: TestOpenBao;
let proxy: FaultProxy;
let root: OpenBaoClient;
let rootToken: string;
let directory: string;
let paths: WorkspacePaths;
let adopted: string[];

/** What the console needs beside its policy to rotate credentials of roles that are no services. */
const mayRotate = [roleNames.stepca, consoleRoleName]
  .flatMap((role) =>
    ['custom-secret-id', 'secret-id/lookup', 'secret-id-accessor/destroy'].map(
      (word) => `path "auth/approle/role/${role}/${word}" { capabilities = ["create", "update"] }\n`,
    ),
  )
  .join('');

beforeAll(async () => {
  bao = await startOpenBao();
  rootToken = (await bao.init()).rootToken;
  root = bao.openbao.withToken(rootToken);
  await root.mounts.enableKv2('secret');
  await root.auth.enableAppRole();
  proxy = await startFaultProxy({ target: bao.url });
});
afterAll(async () => {
  await proxy?.stop();
  await bao?.stop();
});

/** A role with one credential in its files. */
async function role(name: string, files: readonly [string, string], parameters: object): Promise<string> {
  await root.approle.write(name, parameters);
  const { secretId } = await root.approle.secretId(name);
  await ensureDirectory(dirname(files[0]), { mode: 0o700 });
  await writeFileAtomic(files[0], await root.approle.roleId(name), { mode: 0o600 });
  await writeFileAtomic(files[1], secretId, { mode: 0o600 });
  return secretId;
}

let oldConsole: string;
let oldStepca: string;

beforeEach(async () => {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  directory = await mkdtemp(join(tmpdir(), 'rotation-'));
  paths = new WorkspacePaths(directory);
  adopted = [];
  proxy.plan(() => undefined);
  await root.approle.remove(consoleRoleName);
  await root.approle.remove(roleNames.stepca);
  await root.policies.write(consoleRoleName, consolePolicy('secret') + mayRotate);
  const own = (file: 'role_id' | 'secret_id') => paths.consoleRole('console', file);
  const infra = (file: 'role_id' | 'secret_id') => paths.infraAgent('stepca', file);
  oldConsole = await role(consoleRoleName, [own('role_id'), own('secret_id')], consoleRole(consoleRoleName));
  oldStepca = await role(roleNames.stepca, [infra('role_id'), infra('secret_id')], toolRole('default'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const context = (): RotationContext => ({
  services: {
    paths,
    openbao: bao.openbao,
    kvMount: 'secret',
    client: () => root,
    endpoints: () => Promise.reject(new Error('not asked')),
    localPins: async () => [],
    evidence: { read: async () => new Map(), write: async () => undefined, remove: async () => undefined },
    now: Date.now,
  },
  topology: {
    managed: async () => false,
    restartStepCa: async () => undefined,
    reloadResponder: async () => false,
  },
  secretIds: () => openSecretIds(paths, { url: proxy.url, retryMs: 5 }),
  async adopt(_roleId, secretId) {
    adopted.push(secretId);
  },
});

function runOf(proofs: Omit<Proof, 'at'>[]): Run {
  return {
    operationId: 'op',
    signal: new AbortController().signal,
    stage: new FileStage(join(directory, 'stage'), 'op'),
    log: () => undefined,
    progress: () => undefined,
    secret: () => '',
    prove: (proof) => void proofs.push(proof),
    changed: () => undefined,
  };
}

/** Every step, each checked first, as the runner does. */
async function perform<I>(definition: OperationDefinition<I>, input: I): Promise<Omit<Proof, 'at'>[]> {
  const proofs: Omit<Proof, 'at'>[] = [];
  const run = runOf(proofs);
  for (const step of (await definition.prepare(input)).steps)
    if (!(await step.check(run))) await step.apply(run);
  return proofs;
}

/** Accessors of all secret_ids of a role that are valid now. */
async function accessors(name: string): Promise<string[]> {
  const answer = await fetch(`${bao.url}/v1/auth/approle/role/${name}/secret-id?list=true`, {
    headers: { 'x-vault-token': rootToken },
  });
  const { data } = (await answer.json()) as { data: { keys: string[] } };
  return data.keys;
}

const logsIn = (roleId: string, secretId: string): Promise<boolean> =>
  bao.openbao.login(roleId, secretId).then(
    () => true,
    () => false,
  );

test('the console rotates its own credential and goes on with it', async () => {
  const definition = consoleCredentialsDefinition(context());
  const { preconditions } = await definition.prepare({});
  expect(preconditions.filter(({ met }) => !met)).toEqual([]);
  const proofs = await perform(definition, {});
  const fresh = await readTextFile(paths.consoleRole('console', 'secret_id'));
  const roleId = await readTextFile(paths.consoleRole('console', 'role_id'));
  expect(adopted).toEqual([fresh]);
  expect(await logsIn(roleId, fresh)).toBe(true);
  expect(await logsIn(roleId, oldConsole)).toBe(false);
  expect(await accessors(consoleRoleName)).toHaveLength(1);
  expect(proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
});

test('undone before the old one ended, the old one is the only one again', async () => {
  const run = runOf([]);
  const { steps } = await approleSecretIdDefinition(context()).prepare({ ids: [], infra: ['stepca'] });
  for (const step of steps.slice(0, 2)) await step.apply(run);
  expect(await accessors(roleNames.stepca)).toHaveLength(2);
  for (const step of steps.slice(0, 2).reverse()) await step.undo?.(run);
  expect(await readTextFile(paths.infraAgent('stepca', 'secret_id'))).toBe(oldStepca);
  expect(await accessors(roleNames.stepca)).toHaveLength(1);
});

test('counted and bound: one use for the proof, the rest for the reader', async () => {
  const roleId = await readTextFile(paths.infraAgent('stepca', 'role_id'));
  const input = { ids: [], infra: ['stepca' as const] };
  await perform(approleSecretIdDefinition(context()), { ...input, uses: 2 });
  const counted = await readTextFile(paths.infraAgent('stepca', 'secret_id'));
  expect([
    await logsIn(roleId, counted),
    await logsIn(roleId, counted),
    await logsIn(roleId, counted),
  ]).toEqual([true, true, false]);
  const next = () => rm(join(directory, 'stage'), { recursive: true });
  await next();
  await perform(approleSecretIdDefinition(context()), { ...input, cidrs: ['127.0.0.0/8'] });
  expect(await logsIn(roleId, await readTextFile(paths.infraAgent('stepca', 'secret_id')))).toBe(true);
  // Bound to another network: the token that a login from here gives is of no use here.
  await next();
  await perform(approleSecretIdDefinition(context()), { ...input, cidrs: ['192.0.2.0/24'] });
  const bound = await readTextFile(paths.infraAgent('stepca', 'secret_id'));
  const session = await openSecretIds(paths, { url: bao.url });
  expect(await session.find(roleNames.stepca, bound)).toMatchObject({ cidrs: ['192.0.2.0/24'] });
  await session.close();
});

test('a wrong role_id file is found out before the credential is replaced', async () => {
  const file = paths.infraAgent('stepca', 'role_id');
  const roleId = await readTextFile(file);
  await writeFileAtomic(file, 'another-role', { mode: 0o600 });
  await expect(
    perform(approleSecretIdDefinition(context()), { ids: [], infra: ['stepca'] }),
  ).rejects.toMatchObject({ code: 'rotation_login_refused' });
  expect(await readTextFile(paths.infraAgent('stepca', 'secret_id'))).toBe(oldStepca);
  expect(await logsIn(roleId, oldStepca)).toBe(true);
});

test('a policy that does not allow it is said before anything happens', async () => {
  await root.policies.write(consoleRoleName, 'path "secret/data/bootroot/*" { capabilities = ["read"] }\n');
  const { preconditions } = await consoleCredentialsDefinition(context()).prepare({});
  expect(preconditions.find(({ id }) => id === 'mint')).toMatchObject({
    met: false,
    detail: { key: 'rotation.precondition.policy', params: { role: consoleRoleName } },
  });
});

test.each(['custom-secret-id', 'secret-id/lookup', 'secret-id-accessor/destroy'])(
  'an answer of %s that is lost does not become a second secret',
  async (word) => {
    let lost = 0;
    proxy.plan(({ path }) => {
      if (!path.endsWith(`/${word}`) || lost > 0) return undefined;
      lost += 1;
      return { kind: 'drop-answer' };
    });
    const definition = approleSecretIdDefinition(context());
    const input = { ids: [], infra: ['stepca' as const] };
    // Either the step finds out by itself, or it fails and a resume goes on with what was staged.
    await perform(definition, input).catch(() => perform(definition, input));
    expect(lost).toBe(1);
    expect(await accessors(roleNames.stepca)).toHaveLength(1);
    const roleId = await readTextFile(paths.infraAgent('stepca', 'role_id'));
    expect(await logsIn(roleId, await readTextFile(paths.infraAgent('stepca', 'secret_id')))).toBe(true);
    expect(await logsIn(roleId, oldStepca)).toBe(false);
  },
);

test('where the console has no role of its own, as in an installation of the tools, whoever signed in does it', async () => {
  await rm(dirname(paths.consoleRole('console', 'role_id')), { recursive: true });
  const own = context();
  const { services, topology } = own;
  const bound = rotationContext(
    services,
    {
      readLayout: async () => undefined,
      restartServer: (_id, signal) => topology.restartStepCa(signal ?? new AbortController().signal),
      reloadServer: () => topology.reloadResponder(),
    },
    (id, value) => own.adopt(id, value),
  );
  const roleId = await readTextFile(paths.infraAgent('stepca', 'role_id'));
  await perform(approleSecretIdDefinition(bound), { ids: [], infra: ['stepca'] });
  const fresh = await readTextFile(paths.infraAgent('stepca', 'secret_id'));
  expect(fresh).not.toBe(oldStepca);
  expect([await logsIn(roleId, fresh), await logsIn(roleId, oldStepca)]).toEqual([true, false]);
  // The session of whoever signed in goes on.
  expect((await root.token.lookupSelf()).policies).toContain('root');
});
