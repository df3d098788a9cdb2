import { readFile } from 'node:fs/promises';
import type { OpenBaoStatus } from '../../../../shared/contract/openbao.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';

interface UnsealOptions {
  readonly unsealFile?: string | undefined;
}

/** The server, or a member of its cluster, waits for shares. */
const isSealed = ({ sealed, memberSealed }: OpenBaoStatus): boolean =>
  sealed === true || memberSealed === true;

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** Shares from the file that was named or from the environment; undefined when neither was given. */
export async function givenShares(
  { terminal }: CoreContext,
  options: UnsealOptions,
): Promise<string[] | undefined> {
  const file = options.unsealFile ?? terminal.environment['OPENBAO_UNSEAL_FILE'];
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new ConsoleError('cli_secret_file', { file }, { cause, detail: 'unreadable' });
    });
    return words(text);
  }
  const keys = terminal.environment['OPENBAO_UNSEAL_KEYS'];
  return keys === undefined ? undefined : words(keys);
}

async function unsealWithShares(
  { client, printer, prompt }: CoreContext,
  shares: readonly string[] | undefined,
  status: OpenBaoStatus,
): Promise<OpenBaoStatus> {
  let current = status;
  for (let index = 0; isSealed(current) && index < (shares?.length ?? Infinity); index += 1) {
    const progress = { given: current.progress ?? 0, threshold: current.threshold ?? 0 };
    const share = shares?.[index] ?? (await prompt.hidden(printer.say('cli.unseal.ask', progress)));
    current = await client.call('openbao.unsealWithShare', { share: share.trim() });
  }
  return current;
}

async function unseal(context: CoreContext, options: UnsealOptions): Promise<ExitCode> {
  const { client, printer } = context;
  const status = await client.call('openbao.status', {});
  if (!status.reachable) throw new ConsoleError('cli_openbao_unreachable', { url: status.url });
  const shares = await givenShares(context, options);
  let result = status;
  if (status.sealed !== false || isSealed(status)) {
    result =
      shares === undefined && status.sharesOnDisk
        ? await client.call('openbao.unsealFromDisk', {})
        : await unsealWithShares(context, shares, status);
  }
  const open = result.sealed === false && !isSealed(result);
  printer.line(printer.say(open ? 'cli.unseal.open' : 'cli.unseal.sealed'));
  printer.result({ ok: open, openbao: result });
  return open ? exitCodes.done : exitCodes.failed;
}

export function registerUnseal({ program, core, say }: Registry): void {
  const command = program
    .command('unseal')
    .description(say('cli.unseal.description'))
    .option('--unseal-file <file>', say('cli.unseal.file'));
  core<UnsealOptions>(command, unseal);
}
