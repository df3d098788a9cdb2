import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import type { Client } from './client.ts';
import { createPrinter } from './printer.ts';
import { createPrompt } from './prompt.ts';
import { signIn, type SignInOptions } from './sign-in.ts';
import { createTestTerminal } from './test-terminal.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-in-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text, { mode });
  return path;
}

/** Signs in; answers what was sent to OpenBao and what was said. */
async function tried(
  options: SignInOptions,
  environment: Record<string, string> = {},
  answer: () => Promise<unknown> = async () => undefined,
) {
  const sent: unknown[] = [];
  const client = {
    call: (name: string, input: unknown) => {
      sent.push([name, input]);
      return answer();
    },
  } as unknown as Client;
  const terminal = createTestTerminal('closed', environment);
  await signIn(client, {
    options,
    environment,
    prompt: createPrompt(terminal),
    printer: createPrinter(terminal, 'en', false),
  });
  return { sent, said: terminal.err() };
}
const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was thrown',
    (error: unknown) => (isConsoleError(error) ? error.code : String(error)),
  );

test('nothing is given: nobody is signed in', async () => {
  expect((await tried({})).sent).toEqual([]);
});

test('the token of the environment, or of a file, which goes before it', async () => {
  const login = (token: string) => [['openbao.login', { method: 'token', token }]];
  expect((await tried({}, { OPENBAO_ROOT_TOKEN: 's.env' })).sent).toEqual(login('s.env'));
  const rootTokenFile = await file('token', 's.file\n');
  expect((await tried({ rootTokenFile }, { OPENBAO_ROOT_TOKEN: 's.env' })).sent).toEqual(login('s.file'));
});

test('an AppRole from flags, files and environment', async () => {
  const login = [['openbao.login', { method: 'approle', roleId: 'r', secretId: 's' }]];
  const approleSecretIdFile = await file('secret_id', 's\n');
  expect((await tried({ approleRoleId: 'r', approleSecretIdFile })).sent).toEqual(login);
  const environment = {
    OPENBAO_APPROLE_ROLE_ID_FILE: await file('role_id', 'r\n'),
    OPENBAO_APPROLE_SECRET_ID: 's',
  };
  expect((await tried({}, environment)).sent).toEqual(login);
  const both = { ...environment, OPENBAO_ROOT_TOKEN: 's.env' };
  expect((await tried({ authMode: 'approle' }, both)).sent).toEqual(login);
});

test('a secret in the argument list, a file that others read, half an AppRole, a mode that is none', async () => {
  expect(await code(tried({ rootToken: 's.seen' }))).toBe('cli_secret_argument');
  expect(await code(tried({ approleSecretId: 'seen' }))).toBe('cli_secret_argument');
  expect(await code(tried({ rootTokenFile: await file('open', 's.x', 0o644) }))).toBe('cli_secret_file');
  expect(await code(tried({ authMode: 'approle', approleRoleId: 'r' }))).toBe('cli_no_approle');
  expect(await code(tried({ authMode: 'ldap' }))).toBe('cli_usage');
});

test('refused: an error where it was asked for, a note where it only happened to be there', async () => {
  const refuse = () => Promise.reject(new ConsoleError('openbao_sealed', { url: 'http://127.0.0.1:8200' }));
  const environment = { OPENBAO_ROOT_TOKEN: 's.env' };
  expect(await code(tried({ authMode: 'root' }, environment, refuse))).toBe('openbao_sealed');
  const { said } = await tried({}, environment, refuse);
  expect(said).toContain('was not taken');
  expect(said).not.toContain('s.env');
});
