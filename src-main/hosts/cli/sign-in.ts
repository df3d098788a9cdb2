import type { Command } from 'commander';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import type { Client } from './client.ts';
import type { Printer } from './printer.ts';
import type { Prompt } from './prompt.ts';
import { readSecretFile } from './secret-inputs.ts';

/** Flags of the tools that say who talks to OpenBao (formats-newer.md "Command line"). */
export interface SignInOptions {
  readonly authMode?: string;
  readonly rootTokenFile?: string;
  readonly approleRoleId?: string;
  readonly approleRoleIdFile?: string;
  readonly approleSecretIdFile?: string;
  /** Taken by the tools, and refused here: every user of the machine reads an argument list. */
  readonly rootToken?: string;
  readonly approleSecretId?: string;
}

const modes = ['auto', 'root', 'approle'] as const;
type Mode = (typeof modes)[number];

/** Declares the flags on the program, so that they may stand before and after its words. */
export function addSignInOptions(program: Command, say: Printer['say']): void {
  program
    .option('--auth-mode <auto|root|approle>', say('cli.option.auth_mode'))
    .option('--root-token-file <file>', say('cli.option.root_token_file'))
    .option('--approle-role-id <id>', say('cli.option.approle_role_id'))
    .option('--approle-role-id-file <file>', say('cli.option.approle_role_id_file'))
    .option('--approle-secret-id-file <file>', say('cli.option.approle_secret_id_file'));
  for (const flag of ['--root-token <token>', '--approle-secret-id <secret_id>'])
    program.addOption(program.createOption(flag).hideHelp());
}

type Login =
  | { readonly method: 'token'; readonly token: string }
  | { readonly method: 'approle'; readonly roleId: string; readonly secretId: string };

interface Sources {
  readonly options: SignInOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly prompt: Prompt;
  readonly printer: Printer;
}

const first = async (value: string | undefined, file: string | undefined): Promise<string | undefined> => {
  const given = value ?? (file === undefined ? undefined : await readSecretFile(file));
  return given === undefined || given.trim() === '' ? undefined : given.trim();
};

async function givenToken({ options, environment }: Sources): Promise<string | undefined> {
  return first(
    options.rootTokenFile === undefined ? environment['OPENBAO_ROOT_TOKEN'] : undefined,
    options.rootTokenFile,
  );
}

async function givenAppRole({ options, environment }: Sources): Promise<Login | undefined> {
  const roleId = await first(
    options.approleRoleId ??
      (options.approleRoleIdFile === undefined ? environment['OPENBAO_APPROLE_ROLE_ID'] : undefined),
    options.approleRoleIdFile ?? environment['OPENBAO_APPROLE_ROLE_ID_FILE'],
  );
  const secretId = await first(
    options.approleSecretIdFile === undefined ? environment['OPENBAO_APPROLE_SECRET_ID'] : undefined,
    options.approleSecretIdFile ?? environment['OPENBAO_APPROLE_SECRET_ID_FILE'],
  );
  return roleId === undefined || secretId === undefined ? undefined : { method: 'approle', roleId, secretId };
}

async function loginFor(mode: Mode, sources: Sources): Promise<Login | undefined> {
  if (mode !== 'approle') {
    const token = await givenToken(sources);
    if (token !== undefined) return { method: 'token', token };
    if (mode === 'root') {
      const { prompt, printer } = sources;
      return { method: 'token', token: (await prompt.hidden(printer.say('cli.auth.ask_token'))).trim() };
    }
  }
  const role = await givenAppRole(sources);
  if (role === undefined && mode === 'approle') throw new ConsoleError('cli_no_approle');
  return role;
}

function modeOf(said: string | undefined): Mode {
  const mode = modes.find((one) => one === (said ?? 'auto'));
  if (mode === undefined) throw new ConsoleError('cli_usage', { problem: '--auth-mode' });
  return mode;
}

/**
 * Signs in as flags and environment say. Where they only happen to be there (`auto`) and OpenBao does not take them, that is
 * noted and the command goes on: its plan says what it lacks.
 * @throws `cli_secret_argument`, `cli_secret_file`, `cli_no_approle`, and what a login that was asked for throws
 */
export async function signIn(client: Client, sources: Sources): Promise<void> {
  const { options, printer } = sources;
  if (options.rootToken !== undefined)
    throw new ConsoleError('cli_secret_argument', { flag: '--root-token', instead: '--root-token-file' });
  if (options.approleSecretId !== undefined)
    throw new ConsoleError('cli_secret_argument', {
      flag: '--approle-secret-id',
      instead: '--approle-secret-id-file',
    });
  const mode = modeOf(options.authMode);
  const login = await loginFor(mode, sources);
  if (login === undefined) return;
  try {
    await client.call('openbao.login', login);
  } catch (error) {
    // Before there is an installation there is nobody to sign in to.
    if (isConsoleError(error, 'no_workspace') || isConsoleError(error, 'nothing_set_up')) return;
    if (mode !== 'auto' || !isConsoleError(error)) throw error;
    printer.note(printer.say('cli.auth.not_taken'));
    printer.note(printer.text({ key: `error.${error.code}.what`, params: error.data.params }));
  }
}
