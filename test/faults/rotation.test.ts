import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOpenBao, type OpenBao } from '../../src-main/openbao/openbao.ts';
import { parseDsn } from '../../src-main/postgres/dsn.ts';
import { probeLogin } from '../../src-main/postgres/probe.ts';
import { caDsn, parseCaConfig } from '../../src-main/workspace/ca-json.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { parseToml, valueAt } from '../../src-main/workspace/toml.ts';
import { decryptKey } from '../../src-main/x509/keys.ts';
import { cliInstallation, type CliInstallation } from '../support/cli-installation.ts';

let stack: CliInstallation;
let openbao: OpenBao;
const services = ['edge', 'inner'];
const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);

beforeAll(async () => {
  stack = await cliInstallation();
  for (const name of services) await stack.must(['service', 'add', name]);
  openbao = createOpenBao({ url: (await readState(stack.paths.state)).openbao_url });
});
afterAll(() => stack?.stop());

const text = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();

/** Every secret that the rotations below touch, from each place where it is kept. */
async function everywhere() {
  const { paths } = stack;
  const roleId = await text(paths.consoleRole('console', 'role_id'));
  const login = await openbao.login(roleId, await text(paths.consoleRole('console', 'secret_id')));
  const client = openbao.withToken(login.token);
  const kv = async (path: string) => (await client.kv.read(path))?.data ?? {};
  const dsn = parseDsn(caDsn(parseCaConfig(await text(paths.caConfig), 'ca.json')) ?? '');
  const toml = async (path: string, ...key: string[]) => valueAt(parseToml(await text(path), path), key);
  const found = {
    passwords: [String((await kv('bootroot/stepca/password'))['value']), await text(paths.passwordFile)],
    dsn,
    dsns: [String(dsn.password), parseDsn(String((await kv('bootroot/stepca/db'))['value'])).password ?? ''],
    hmacs: [
      String((await kv('bootroot/responder/hmac'))['value']),
      String(await toml(paths.responderConfig, 'hmac_secret')),
      ...(await Promise.all(
        services.flatMap((id) => [
          kv(`bootroot/services/${id}/http_responder_hmac`).then(({ hmac }) => String(hmac)),
          toml(paths.resolve(`agent-${id}.toml`), 'acme', 'http_responder_hmac').then(String),
        ]),
      )),
    ],
    secretIds: await Promise.all(services.map((id) => text(paths.serviceSecret(id, 'secret_id')))),
  };
  await client.token.revokeSelf();
  return found;
}

/** One value of each secret in force, everywhere the same, accepted by whoever checks it; and step-ca signs. */
async function whole() {
  const now = await everywhere();
  for (const copies of [now.passwords, now.dsns, now.hmacs]) expect(new Set(copies).size).toBe(1);
  const [password = ''] = now.passwords;
  for (const path of [stack.paths.rootKey, stack.paths.intermediateKey]) {
    decryptKey(await readFile(path, 'utf8'), password);
    await expect(readFile(`${path}.new`)).rejects.toThrow('ENOENT');
  }
  expect((await probeLogin(now.dsn)).ok).toBe(true);
  for (const [index, id] of services.entries()) {
    const roleId = await text(stack.paths.serviceSecret(id, 'role_id'));
    await openbao.login(roleId, now.secretIds[index] ?? '');
  }
  expect(await readdir(join(stack.paths.secrets, '.staging')).catch(() => [])).toEqual([]);
  // Orders through the responder with the secret of the day, and is signed with the key of the day.
  await stack.must(['rotate', 'force-reissue', 'edge']);
  return now;
}

/** The value that a rotation changes. */
const valueOf = (target: string, now: Awaited<ReturnType<typeof everywhere>>): string => {
  switch (target) {
    case 'stepca-password':
      return String(now.passwords[0]);
    case 'db':
      return String(now.dsns[0]);
    case 'responder-hmac':
      return String(now.hmacs[0]);
    default:
      return now.secretIds.join();
  }
};

const rotations = [
  { target: 'stepca-password', words: [], steps: ['reencrypt', 'publish', 'swap', 'restart', 'prove'] },
  { target: 'db', words: [], steps: ['settle', 'publish', 'role', 'config', 'restart', 'prove'] },
  { target: 'responder-hmac', words: [], steps: ['publish', 'agents', 'responder', 'prove'] },
  { target: 'approle-secret-id', words: ['--all-services'], steps: ['mint', 'deliver', 'retire'] },
];

async function finish(target: string, before: string, undo: boolean): Promise<string> {
  const operation = await stack.last();
  expect(operation).toMatchObject({ kind: `rotate.${target}`, state: 'interrupted', canResume: true });
  const way = undo && operation.canUndo ? 'undo' : 'resume';
  await stack.must(['operations', way, operation.id]);
  const value = valueOf(target, await whole());
  if (way === 'undo') expect(value).toBe(before);
  else expect(value).not.toBe(before);
  return value;
}

test.each(rotations)('$target: killed at every step', async ({ target, words, steps }) => {
  let before = valueOf(target, await everywhere());
  for (const [index, step] of steps.entries())
    for (const [late, moment] of ['before', 'after'].entries()) {
      const killed = await stack.run(['rotate', target, ...words], {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:rotate.${target}`,
      });
      expect([step, moment, killed.signal]).toEqual([step, moment, 'SIGKILL']);
      // Both ways out in turn, and the other way round with an even seed.
      before = await finish(target, before, (index + late + seed) % 2 === 1);
    }
});
