import { configDirectory } from '../../config-dir.ts';
import { isLoopback } from '../../web/request-guard.ts';
import type { CommandContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { openBrowser } from '../open-browser.ts';

interface WebOptions {
  readonly port: string;
  readonly listen: string;
  readonly idleMinutes: string;
  readonly open?: boolean;
}

/** Calls `fresh` at each Enter and each SIGUSR1 until `signal` aborts. */
function onNewAddress({ terminal, signal }: CommandContext, fresh: () => void): Promise<void> {
  const { stdin } = terminal;
  process.on('SIGUSR1', fresh);
  if (stdin.isTTY === true) stdin.on('data', fresh).resume();
  return new Promise((resolve) => {
    const finish = (): void => {
      process.off('SIGUSR1', fresh);
      if (stdin.isTTY === true) stdin.off('data', fresh).pause();
      resolve();
    };
    if (signal.aborted) finish();
    else signal.addEventListener('abort', finish, { once: true });
  });
}

async function serve(context: CommandContext, options: WebOptions): Promise<ExitCode> {
  const { printer } = context;
  const port = wholeNumber(options.port, '--port', 0, 65_535);
  const idleMs = wholeNumber(options.idleMinutes, '--idle-minutes', 0, 1440) * 60_000;
  if (!isLoopback(options.listen)) printer.note(printer.say('cli.web.exposed', { address: options.listen }));
  // Loaded only here: other words do without a web server and its log.
  const [{ startWebHost }, { openHostLog }] = await Promise.all([
    import('../../web/server.ts'),
    import('../../host-log.ts'),
  ]);
  const opened = await context.openConsole({
    host: 'web',
    ...(context.workDir === undefined ? {} : { workspacePath: context.workDir }),
  });
  try {
    const host = await startWebHost({
      dispatcher: opened.dispatcher,
      actor: opened.actor,
      rendererDir: context.rendererDir,
      log: openHostLog(configDirectory(context.terminal.environment), 'web'),
      print: (reason, count) => printer.note(printer.say('cli.web.refused', { reason, count })),
      port,
      listen: options.listen,
      idleMs,
    });
    const print = (): string => {
      const address = host.newAddress();
      printer.line(printer.say('cli.web.address', { address }));
      printer.result({ address, port: host.port });
      return address;
    };
    const first = print();
    if (options.open === true) await openBrowser(first, context.terminal.environment);
    printer.note(printer.say('cli.web.again'));
    await onNewAddress(context, print);
    await host.close();
    return exitCodes.done;
  } finally {
    await opened.shutdown();
  }
}

export function registerWeb({ program, plain, say }: Registry): void {
  const command = program
    .command('web')
    .description(say('cli.web.description'))
    .option('--port <n>', say('cli.web.port'), '0')
    .option('--listen <address>', say('cli.web.listen'), '127.0.0.1')
    .option('--open', say('cli.web.open'))
    .option('--idle-minutes <n>', say('cli.web.idle'), '30');
  plain<WebOptions>(command, serve);
}
