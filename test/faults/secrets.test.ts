import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contract } from '../../shared/contract/index.ts';
import { createOpenBao } from '../../src-main/openbao/openbao.ts';
import { caDsn, parseCaConfig } from '../../src-main/workspace/ca-json.ts';
import { parseDsn } from '../../src-main/postgres/dsn.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { installation, leaks, type Answer, type Installation } from '../support/installation.ts';

let stack: Installation;
const said: Answer[] = [];

beforeAll(async () => {
  stack = await installation();
});
afterAll(() => stack?.stop());

const text = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();

/** The middle of a key's base64, as no other file would hold it. */
const keyBody = (pem: string): string => pem.split('\n').slice(1, 2).join('');

async function secretsOf({ paths }: Installation): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  (await text(paths.unsealKeys)).split('\n').forEach((share, index) => found.set(`share ${index}`, share));
  for (const role of ['console', 'break-glass'] as const)
    found.set(`secret_id of ${role}`, await text(paths.consoleRole(role, 'secret_id')));
  for (const agent of ['stepca', 'responder'] as const)
    found.set(`secret_id of ${agent}`, await text(paths.infraAgent(agent, 'secret_id')));
  found.set('secret_id of edge', await text(paths.serviceSecret('edge', 'secret_id')));
  found.set('key password', await text(paths.passwordFile));
  found.set(
    'DSN password',
    parseDsn(caDsn(parseCaConfig(await text(paths.caConfig), 'ca.json')) ?? '').password ?? '',
  );
  found.set('leaf key', keyBody(await text(paths.key('edge'))));
  found.set('root key', keyBody(await text(paths.rootKey)));
  const openbao = createOpenBao({ url: (await readState(paths.state)).openbao_url });
  const login = await openbao.login(
    await text(paths.consoleRole('console', 'role_id')),
    found.get('secret_id of console') ?? '',
  );
  const client = openbao.withToken(login.token);
  found.set('responder HMAC', String((await client.kv.read('bootroot/responder/hmac'))?.data['value']));
  await client.token.revokeSelf();
  for (const [name, value] of found)
    if (value.length < 16) throw new Error(`${name} is no secret to look for`);
  return found;
}

/** The inputs of queries that need one. */
const inputs: Readonly<Record<string, unknown>> = {
  'services.show': { id: 'edge' },
  'services.check': { input: {} },
  'setup.check': { input: {} },
  'operations.plan': { kind: 'service.issue', input: { id: 'edge' } },
};

test('no secret of an installation in anything that the console says or keeps for itself', async () => {
  const words = [
    ['service', 'add', 'edge', '--json'],
    ['service', 'add', 'edge'],
    ['service', 'info', 'edge', '--json'],
    ['service', 'prove', 'edge'],
    ['service', 'list'],
    ['rotate', 'responder-hmac', '--json'],
    ['rotate', 'nothing'],
    ['status', '--json'],
    ['verify', '--json'],
    ['operations', 'list', '--json'],
    ['audit', '--json'],
    ['audit', 'verify'],
    ['infra', 'logs'],
    ['init', '--dry-run', '--json', ...stack.flags],
    ['unseal', '--json'],
  ];
  for (const line of words) said.push(await stack.cli(line));
  // Most of them did what they say; a refused one has words of its own to search.
  expect(said.filter(({ code }) => code === 0).length).toBeGreaterThan(9);
  const secrets = await secretsOf(stack);
  const output = said.map(({ stdout, stderr }) => stdout + stderr);
  const { call, first } = await stack.open('web');
  for (const [name, { kind }] of Object.entries(contract)) {
    if (
      kind === 'mutation' ||
      /^infra\.logs$|^operations\.watch$|^schedules\.run$|^servers\.|^notifications\.follow$/.test(name)
    )
      continue;
    const answer = kind === 'query' ? call(name, inputs[name] ?? {}) : first(name, inputs[name] ?? {});
    output.push(
      await answer.then(
        (found) => JSON.stringify(found),
        (error: unknown) => JSON.stringify(error) + String(error),
      ),
    );
  }
  for (const { id } of await call<{ id: string }[]>('operations.list'))
    output.push(JSON.stringify(await call('operations.show', { id })));
  expect(output.join('').length).toBeGreaterThan(20_000);
  const inOutput = [...secrets].filter(([, value]) => output.some((part) => part.includes(value)));
  expect(inOutput.map(([name]) => name)).toEqual([]);
  // What it keeps for itself: store, audit, journal, logs, records of processes.
  expect(await leaks(stack.paths.console, secrets, () => false)).toEqual([]);
  expect(
    await leaks(join(stack.paths.root, 'local'), secrets, (path) => /^(openbao\/data|postgres)/.test(path)),
  ).toEqual([]);
  // The search itself finds what is there.
  expect((await leaks(stack.paths.secrets, secrets, () => false)).length).toBeGreaterThan(6);
});
