import type { Command } from 'commander';
import type { CoreContext, Registry } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

interface EabOptions {
  readonly clear?: boolean;
  readonly trial?: boolean;
}

async function rotateEab(
  { client, printer, operation }: CoreContext,
  options: EabOptions,
): Promise<ExitCode> {
  const input =
    options.clear === true ? { action: 'clear' } : { action: 'set', trial: options.trial !== false };
  const { required, stepCa } = await client.call('eab.status', {});
  if (required !== true && stepCa !== undefined)
    printer.note(printer.say('cli.eab.step_ca', { version: stepCa }));
  return runOperation('rotate.eab', input, operation);
}

/** `rotate eab` of the older tools and `rotate eab-clear` of the newer ones. */
export function registerEab(rotate: Command, { core, say }: Registry): void {
  const command = rotate
    .command('eab')
    .description(say('cli.rotate.target', { name: 'eab' }))
    .option('--clear', say('cli.eab.clear'))
    .option('--no-trial', say('cli.eab.no_trial'));
  core<EabOptions>(command, rotateEab);
  core(rotate.command('eab-clear').description(say('cli.eab.clear')), (context) =>
    rotateEab(context, { clear: true }),
  );
}
