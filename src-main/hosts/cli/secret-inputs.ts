import { readFile, stat } from 'node:fs/promises';
import type { SecretInput } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { Printer } from './printer.ts';
import type { Prompt } from './prompt.ts';

export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `name` → file, from `--secret-file name=FILE`. */
  readonly files: ReadonlyMap<string, string>;
  readonly prompt: Prompt;
  readonly printer: Printer;
}

/** `recovery-passphrase` → `BOOTROOT_SECRET_RECOVERY_PASSPHRASE`. */
export const secretVariable = (name: string): string =>
  `BOOTROOT_SECRET_${name.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()}`;

/** Names under which the tools take the same values; the console's own go before them. */
const toolVariables: Readonly<Record<string, string>> = { eab_kid: 'EAB_KID', eab_hmac: 'EAB_HMAC' };

function fromEnvironment(name: string, { environment }: SecretSources): string | undefined {
  const theirs = toolVariables[name];
  return environment[secretVariable(name)] ?? (theirs === undefined ? undefined : environment[theirs]);
}

/** First line of a file that nobody else can read. Throws `cli_secret_file`. */
export async function readSecretFile(file: string): Promise<string> {
  const information = await stat(file).catch((cause: unknown) => {
    throw new ConsoleError('cli_secret_file', { file }, { cause, detail: 'unreadable' });
  });
  if (process.platform !== 'win32' && (information.mode & 0o077) !== 0) {
    throw new ConsoleError(
      'cli_secret_file',
      { file },
      { detail: `mode 0${(information.mode & 0o777).toString(8)}` },
    );
  }
  if (!information.isFile() || information.size > 65_536) throw new ConsoleError('cli_secret_file', { file });
  return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
}

async function promptFor(input: SecretInput, { printer, prompt }: SecretSources): Promise<string> {
  const label = printer.text(input.label);
  if (input.hint !== undefined) printer.note(printer.text(input.hint));
  const value = await prompt.hidden(`${label}:`);
  if (!input.fresh) return value;
  const again = await prompt.hidden(printer.say('cli.prompt.again', { label }));
  if (again !== value) throw new ConsoleError('cli_secret_differs');
  return value;
}

/** Gives every secret that a plan asks for: environment, file, or hidden prompt, never an argument. */
export async function collectSecrets(
  inputs: readonly SecretInput[],
  sources: SecretSources,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const input of inputs) {
    const file = sources.files.get(input.name);
    const given = file === undefined ? fromEnvironment(input.name, sources) : await readSecretFile(file);
    const value = given ?? (await promptFor(input, sources));
    if (value.length < input.minLength)
      throw new ConsoleError('cli_secret_short', { minimum: input.minLength });
    secrets[input.name] = value;
  }
  return secrets;
}
