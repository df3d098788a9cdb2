import type { Message } from '../../../../shared/message.ts';
import type { CommandContext, Registry } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';

interface ConfigOptions {
  readonly config: string;
}

/** Log lines of a program that runs for long: time, level and the sentence on standard error, where a supervisor keeps them. */
const logTo =
  ({ printer }: CommandContext) =>
  (message: Message, level: string): void =>
    printer.note(`${new Date().toISOString()} ${level} ${printer.text(message)}`);

/** `responder --config F`: the HTTP-01 responder alone. Loaded only when asked for. */
export function registerResponder({ program, plain, say }: Registry): void {
  const command = program
    .command('responder')
    .description(say('cli.responder.description'))
    .requiredOption('--config <file>', say('cli.config'));
  plain<ConfigOptions>(command, async (context, { config }) => {
    const { runResponder } = await import('../../../responder/run.ts');
    await runResponder({
      configPath: config,
      log: logTo(context),
      environment: context.terminal.environment,
      signal: context.signal,
    });
    return exitCodes.done;
  });
}

/** `resolver --config F`: the DNS server that step-ca of a local installation asks. */
export function registerResolver({ program, plain, say }: Registry): void {
  const command = program
    .command('resolver')
    .description(say('cli.resolver.description'))
    .requiredOption('--config <file>', say('cli.config'));
  plain<ConfigOptions>(command, async (context, { config }) => {
    const { runResolver } = await import('../../../dns/run.ts');
    await runResolver({ configPath: config, log: logTo(context), signal: context.signal });
    return exitCodes.done;
  });
}
