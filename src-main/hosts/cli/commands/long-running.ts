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

interface AgentOptions {
  readonly config: string;
  readonly oneshot?: boolean;
  readonly email?: string;
  readonly caUrl?: string;
  readonly httpResponderUrl?: string;
  readonly httpResponderHmac?: string;
  readonly eabKid?: string;
  readonly eabHmac?: string;
  readonly eabFile?: string;
  readonly verifyCertificates?: boolean;
  readonly insecure?: boolean;
  readonly metricsAddr?: string;
}

/** `agent --config F`: the renewal agent, with the flags of bootroot-agent. Its log is JSON lines on standard error. */
export function registerAgent({ program, plain, say }: Registry): void {
  const command = program
    .command('agent')
    .description(say('cli.agent.description'))
    .option('--config <file>', say('cli.agent.config'), 'agent.toml')
    .option('--oneshot', say('cli.agent.oneshot'))
    .option('--email <address>', say('cli.agent.email'))
    .option('--ca-url <url>', say('cli.agent.ca_url'))
    .option('--http-responder-url <url>', say('cli.agent.responder_url'))
    .option('--http-responder-hmac <secret>', say('cli.agent.responder_hmac'))
    .option('--eab-kid <id>', say('cli.agent.eab_kid'))
    .option('--eab-hmac <secret>', say('cli.agent.eab_hmac'))
    .option('--eab-file <file>', say('cli.agent.eab_file'))
    .option('--verify-certificates', say('cli.agent.verify'))
    .option('--insecure', say('cli.agent.insecure'))
    .option('--metrics-addr <host:port>', say('cli.agent.metrics'));
  plain<AgentOptions>(command, async (context, { config, oneshot, ...flags }) => {
    const { runAgent } = await import('../../../agent/run.ts');
    const { jsonLog } = await import('../../../agent/log.ts');
    const failed = await runAgent({
      configPath: config,
      oneshot: oneshot === true,
      flags,
      environment: context.terminal.environment,
      log: jsonLog(context.printer.note, context.printer.text),
      signal: context.signal,
    });
    return failed === 0 ? exitCodes.done : exitCodes.failed;
  });
}
