import { Command, CommanderError } from 'commander';
import path from 'node:path';
import { version } from '../../../package.json';
import { ConsoleError } from '../../../shared/errors.ts';
import { forceEngine } from '../../docker/chosen-engine.ts';
import { toErrorData } from '../../operations/error-data.ts';
import { createClient } from './client.ts';
import type { CommandContext, CoreContext, GlobalOptions, OpenConsole, Registry } from './context.ts';
import { exitCodeOfError, exitCodes, exitCodeTexts, type ExitCode } from './exit-codes.ts';
import { chooseLocale } from './locale.ts';
import { createPrinter, type Printer } from './printer.ts';
import { createPrompt } from './prompt.ts';
import { addSignInOptions, signIn } from './sign-in.ts';
import { tolerateClosedPipes, type Terminal } from './terminal.ts';
import { chooseWorkDir } from './work-dir.ts';

export interface RunOptions {
  /** Without the interpreter and the file. */
  readonly argv: readonly string[];
  readonly terminal: Terminal;
  readonly openConsole: OpenConsole;
  /** Directory of the built renderer, for `web`. */
  readonly rendererDir: string;
  readonly signal: AbortSignal;
  /** Adds the words that this program knows. */
  readonly register: (registry: Registry) => void;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

function secretFilesOf(given: readonly string[] | undefined): Map<string, string> {
  return new Map(
    (given ?? []).map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new ConsoleError('cli_usage', { problem: '--secret-file' });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function createContext(run: RunOptions, printer: Printer, options: GlobalOptions): CommandContext {
  const { dockerHost: host, dockerCertPath: certPath } = options;
  forceEngine(host === undefined ? undefined : { host, certPath });
  return {
    terminal: run.terminal,
    printer,
    prompt: createPrompt(run.terminal),
    options,
    workDir: chooseWorkDir(
      options.workDir ?? (options.stateFile === undefined ? undefined : path.dirname(options.stateFile)),
      run.terminal.environment,
    ),
    signal: run.signal,
    openConsole: run.openConsole,
    rendererDir: run.rendererDir,
  };
}

async function withCore(
  context: CommandContext,
  run: (context: CoreContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { options, printer, prompt, terminal, workDir } = context;
  const secretFiles = secretFilesOf(options.secretFile);
  const console = await context.openConsole({
    host: 'cli',
    ...(workDir === undefined ? {} : { workspacePath: workDir }),
  });
  try {
    const client = createClient(console.dispatcher, console.actor, context.signal);
    await signIn(client, { options, environment: terminal.environment, prompt, printer });
    const operation = {
      client: createClient(console.dispatcher, console.actor, new AbortController().signal),
      interrupted: context.signal,
      printer,
      prompt,
      environment: terminal.environment,
      yes: options.yes === true,
      dryRun: options.dryRun === true,
      secretFiles,
    };
    return await run({ ...context, console, client, operation });
  } finally {
    await console.shutdown();
  }
}

function createProgram(printer: Printer, terminal: Terminal): Command {
  const say = printer.say;
  const table = exitCodeTexts.map(([code, key]) => `  ${String(code).padEnd(4)}${say(key)}`).join('\n');
  const program = new Command('bootroot-console');
  program
    .description(say('cli.description'))
    .version(version, '-V, --version', say('cli.option.version'))
    .helpOption('-h, --help', say('cli.option.help'))
    .option('--work-dir <dir>', say('cli.option.work_dir'))
    .option('--docker-host <endpoint>', say('cli.option.docker_host'))
    .option('--docker-cert-path <dir>', say('cli.option.docker_cert_path'))
    .option('--json', say('cli.option.json'))
    .option('-y, --yes', say('cli.option.yes'))
    .option('--dry-run', say('cli.option.dry_run'))
    .option('--secret-file <name=file>', say('cli.option.secret_file'), collect)
    .option('--lang <lang>', say('cli.option.lang'))
    .showHelpAfterError(say('cli.help_after_error'))
    .addHelpText('after', `\n${say('cli.exit.title')}\n${table}\n\n${say('cli.secrets_help')}`)
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .exitOverride();
  addSignInOptions(program, say);
  return program;
}

/** Runs one command line; answers the exit code and never throws. */
export async function runCommandLine(run: RunOptions): Promise<ExitCode> {
  const { argv, terminal } = run;
  tolerateClosedPipes(terminal);
  const json = argv.includes('--json');
  let printer = createPrinter(terminal, 'en', json);
  let code: ExitCode = exitCodes.done;
  try {
    printer = createPrinter(terminal, chooseLocale(argv, terminal.environment), json);
    const program = createProgram(printer, terminal);
    const add =
      <C>(prepare: (context: CommandContext, body: (context: C) => Promise<ExitCode>) => Promise<ExitCode>) =>
      <O>(command: Command, body: (context: C, options: O, args: string[]) => Promise<ExitCode>): void => {
        command.action(async () => {
          const context = createContext(run, printer, command.optsWithGlobals<GlobalOptions>());
          code = await prepare(context, (ready) => body(ready, command.opts() as O, command.args));
        });
      };
    const registry: Registry = {
      program,
      say: printer.say,
      plain: add<CommandContext>((context, body) => body(context)),
      core: add<CoreContext>(withCore),
      withCore,
    };
    run.register(registry);
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its message; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    printer.error(toErrorData(error));
    return exitCodeOfError(error);
  }
}
