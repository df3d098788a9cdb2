import type { Command } from 'commander';
import type { HostConsole } from '../host-console.ts';
import type { Client } from './client.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Printer } from './printer.ts';
import type { Prompt } from './prompt.ts';
import type { OperationContext } from './run-operation.ts';
import type { SignInOptions } from './sign-in.ts';
import type { Terminal } from './terminal.ts';

/** Opens the console core; the composition root in the product, a small one in tests. */
export type OpenConsole = (options: {
  workspacePath?: string;
  host: 'electron' | 'web' | 'cli';
}) => Promise<HostConsole>;

export interface GlobalOptions extends SignInOptions {
  readonly workDir?: string;
  /** Of `rotate`: the installation by its state.json, as the tools have it. */
  readonly stateFile?: string;
  readonly dockerHost?: string;
  readonly dockerCertPath?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly secretFile?: readonly string[];
}

/** What one command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly printer: Printer;
  readonly prompt: Prompt;
  readonly options: GlobalOptions;
  /** Work directory as asked for; undefined lets the console take the one that was open last. */
  readonly workDir: string | undefined;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly openConsole: OpenConsole;
  readonly rendererDir: string;
}

/** What a command that needs the core is given. */
export interface CoreContext extends CommandContext {
  readonly console: HostConsole;
  readonly client: Client;
  readonly operation: OperationContext;
}

/** How commands are added to the program: they declare words and flags, and answer an exit code. */
export interface Registry {
  readonly program: Command;
  readonly say: Printer['say'];
  /** Runs without the core. */
  readonly plain: <O>(
    command: Command,
    run: (context: CommandContext, options: O, args: string[]) => Promise<ExitCode>,
  ) => void;
  /** Opens the core for the time of the run and always closes it. */
  readonly core: <O>(
    command: Command,
    run: (context: CoreContext, options: O, args: string[]) => Promise<ExitCode>,
  ) => void;
  /** For a command that decides by itself when the core is open. */
  readonly withCore: (
    context: CommandContext,
    run: (context: CoreContext) => Promise<ExitCode>,
  ) => Promise<ExitCode>;
}
