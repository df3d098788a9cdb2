import type { Command } from 'commander';
import type { RecoveryStatus } from '../../../../shared/contract/recovery.ts';
import { ConsoleError, isConsoleError } from '../../../../shared/errors.ts';
import { writeFileAtomic } from '../../../workspace/atomic.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { reportOperation, runOperation } from '../run-operation.ts';
import { givenShares } from './unseal.ts';

interface RecoveryOptions {
  readonly rotateUnsealKeys?: boolean;
  readonly rotateRootToken?: boolean;
  readonly shares?: string;
  readonly threshold?: string;
  readonly custodian?: readonly string[];
  readonly rootTokenTtl?: string;
  readonly keepOtherRootTokens?: boolean;
  readonly output?: string;
  readonly showSecrets?: boolean;
  readonly unsealFile?: string;
  readonly cancelAttempt?: boolean;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** @throws `cli_usage` naming the flag */
function countOf(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,4}$/.test(value)) throw new ConsoleError('cli_usage', { problem: flag });
  return Number(value);
}

/** Input of the operation from the flags. Throws `cli_usage`. */
export function recoveryInput(options: RecoveryOptions): unknown {
  const { rotateUnsealKeys = false, rotateRootToken = false } = options;
  if (!rotateUnsealKeys && !rotateRootToken)
    throw new ConsoleError('cli_usage', { problem: '--rotate-unseal-keys, --rotate-root-token' });
  // What nobody will see must not be made: it would be lost.
  if (rotateRootToken && options.output === undefined && options.showSecrets !== true)
    throw new ConsoleError('cli_usage', { problem: '--output, --show-secrets' });
  const shares = countOf('--shares', options.shares);
  const threshold = countOf('--threshold', options.threshold);
  const ttlMinutes = countOf('--root-token-ttl', options.rootTokenTtl);
  return {
    unsealShares: rotateUnsealKeys
      ? {
          custodians: options.custodian ?? [],
          ...(shares === undefined ? {} : { shares }),
          ...(threshold === undefined ? {} : { threshold }),
        }
      : null,
    rootToken: rotateRootToken
      ? {
          revokeOthers: options.keepOtherRootTokens !== true,
          ...(ttlMinutes === undefined ? {} : { ttlMinutes }),
        }
      : null,
  };
}

/** Asks for present shares until enough of them fit; a wrong one costs nothing but itself. */
async function takeShares(context: CoreContext, options: RecoveryOptions): Promise<void> {
  const { client, printer, prompt } = context;
  let status: RecoveryStatus = await client.call('recovery.status', {});
  const given = await givenShares(context, options);
  if (given === undefined && status.sharesOnDisk) return;
  for (let index = 0; !status.given.complete && index < (given?.length ?? Infinity); index += 1) {
    const { threshold } = status;
    const asked = printer.say('cli.recovery.ask', { given: status.given.progress, threshold });
    const share = given?.[index] ?? (await prompt.hidden(asked));
    try {
      status = await client.call('recovery.giveShare', { share });
    } catch (error) {
      if (!isConsoleError(error) || error.code === 'recovery_busy') throw error;
      // A pipe cannot correct itself, but it may bring a better share yet.
      printer.note(printer.text({ key: `error.${error.code}.what`, params: error.data.params }));
      if (given !== undefined && index + 1 === given.length) throw error;
      status = await client.call('recovery.status', {});
    }
  }
  for (const number of status.given.wrong) printer.note(printer.say('cli.recovery.wrong', { number }));
}

async function handOver(context: CoreContext, options: RecoveryOptions): Promise<void> {
  const { client, printer } = context;
  const { token, expiresAt } = await client.call('recovery.takeRootToken', {});
  const at = new Date(expiresAt).toISOString();
  if (options.output !== undefined) {
    const { output: file } = options;
    try {
      await writeFileAtomic(file, `${JSON.stringify({ root_token: token })}\n`, { mode: 0o600 });
    } catch (error) {
      // Nobody has it then, so nobody may have it.
      await client.call('recovery.revokeRootToken', {});
      throw error;
    }
    printer.line(printer.say('cli.recovery.written', { file, at }));
  }
  if (options.showSecrets !== true) return;
  printer.line(printer.say('cli.recovery.token', { token }));
  printer.line(printer.say('cli.recovery.token_ends', { at }));
}

async function recover(context: CoreContext, options: RecoveryOptions): Promise<ExitCode> {
  const { client, printer, operation } = context;
  if (options.cancelAttempt === true) {
    const status = await client.call('recovery.cancelAttempt', {});
    printer.line(printer.say('cli.recovery.cancelled'));
    printer.result({ ok: !status.busy, recovery: status });
    return exitCodes.done;
  }
  const input = recoveryInput(options);
  // One JSON document goes to standard output, and it is no place for a token.
  if (printer.json && options.rotateRootToken === true && options.output === undefined)
    throw new ConsoleError('cli_usage', { problem: '--output' });
  if (!operation.dryRun) await takeShares(context, options);
  return runOperation('rotate.openbao-recovery', input, operation, async (done) => {
    if (options.rotateRootToken === true) await handOver(context, options);
    const { state } = await client.call('openbao.ceremony', {});
    if (options.rotateUnsealKeys === true && state === 'open')
      printer.note(printer.say('cli.recovery.hand_out'));
    return reportOperation(done, printer);
  });
}

/** `rotate openbao-recovery` with the flags of the tools. */
export function registerRecovery(rotate: Command, { core, say }: Registry): void {
  const command = rotate
    .command('openbao-recovery')
    .description(say('cli.rotate.target', { name: 'openbao-recovery' }))
    .option('--rotate-unseal-keys', say('cli.recovery.shares'))
    .option('--rotate-root-token', say('cli.recovery.root'))
    .option('--shares <n>', say('cli.recovery.count'))
    .option('--threshold <n>', say('cli.recovery.threshold'))
    .option('--custodian <name>', say('cli.recovery.custodian'), collect)
    .option('--root-token-ttl <minutes>', say('cli.recovery.ttl'))
    .option('--keep-other-root-tokens', say('cli.recovery.keep_others'))
    .option('--output <file>', say('cli.recovery.output'))
    .option('--show-secrets', say('cli.recovery.show'))
    .option('--unseal-file <file>', say('cli.recovery.file'))
    .option('--cancel-attempt', say('cli.recovery.cancel'));
  core<RecoveryOptions>(command, recover);
}
