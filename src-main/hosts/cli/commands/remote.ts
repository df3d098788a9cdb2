import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { ConsoleError, errorMessages, type ErrorData } from '../../../../shared/errors.ts';
import { message } from '../../../../shared/message.ts';
import type { Pulled, RemoteDeps } from '../../../remote/run.ts';
import type { RemoteFlags, RemoteSettings } from '../../../remote/settings.ts';
import type { Summary } from '../../../remote/summary.ts';
import type { CommandContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';

interface OutputOptions {
  readonly output?: string;
  readonly summaryJson?: string;
}
interface AckOptions {
  readonly bootrootBin?: string;
  readonly stateFile?: string;
}
interface SyncFlags extends OutputOptions, AckOptions {
  readonly retryAttempts: string;
  readonly retryBackoffSecs: string;
  readonly retryJitterSecs: string;
}

// What runs on a service host is loaded only when one of its words is given.
const load = () => import('../../../remote/run.ts');
const settingsOf = async (flags: RemoteFlags, { terminal }: CommandContext): Promise<RemoteSettings> =>
  (await import('../../../remote/settings.ts')).remoteSettings(flags, terminal.environment);

async function depsOf({ printer, signal }: CommandContext): Promise<RemoteDeps> {
  const { sleep } = await import('../../../acme/retry.ts');
  return {
    signal,
    now: Date.now,
    random: Math.random,
    sleep,
    log: (text) => printer.note(printer.text(text)),
    sentence: (error: ErrorData) => printer.text(errorMessages(error).what),
  };
}

function count(text: string, least: number, flag: string): number {
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < least) throw new ConsoleError('cli_usage', { problem: flag });
  return value;
}

const wantsJson = ({ printer }: CommandContext, output: string | undefined): boolean => {
  if (output !== undefined && output !== 'text' && output !== 'json')
    throw new ConsoleError('cli_usage', { problem: '--output' });
  return printer.json || output === 'json';
};

function printSummary(
  context: CommandContext,
  { summary, error, failed }: Pulled,
  output?: string,
): ExitCode {
  const { printer, terminal } = context;
  if (wantsJson(context, output)) terminal.stdout.write(`${JSON.stringify(summary)}\n`);
  else
    for (const item of ['secret_id', 'eab', 'responder_hmac', 'trust_sync'] as const) {
      const { status, error: problem } = summary[item];
      const why = problem == null || error !== undefined ? '' : `  ${problem}`;
      printer.line(`${item.padEnd(16)}${printer.say(`remote.status.${status}`)}${why}`);
    }
  // The document on standard output is the summary; why nothing could be pulled goes to standard error.
  if (error !== undefined) {
    const { what, next } = errorMessages(error.data);
    printer.note(printer.text(what));
    printer.note(printer.text(next));
  }
  return failed ? exitCodes.failed : exitCodes.done;
}

/** Hands a summary over: to a program or a state.json on this machine where one is named, else through OpenBao. */
async function acknowledge(
  context: CommandContext,
  id: string,
  options: AckOptions & { readonly summaryJson?: string },
  summary: Summary,
  settings: RemoteSettings | undefined,
): Promise<ExitCode> {
  const { printer } = context;
  const path = options.summaryJson ?? '-';
  if (options.bootrootBin !== undefined) {
    const state = options.stateFile === undefined ? [] : ['--state-file', options.stateFile];
    const words = ['service', 'sync-status', '--service-name', id, '--summary-json', path, ...state];
    await promisify(execFile)(options.bootrootBin, words, { timeout: 120_000 }).catch((cause: unknown) => {
      throw new ConsoleError(
        'remote_ack_failed',
        { program: options.bootrootBin ?? '', name: id },
        { cause },
      );
    });
    return exitCodes.done;
  }
  if (options.stateFile !== undefined) {
    const { acknowledgeInFile } = await import('../../../remote/sync-state.ts');
    await acknowledgeInFile(options.stateFile, id, summary, Math.floor(Date.now() / 1000));
    return exitCodes.done;
  }
  const { report } = await load();
  const told = settings !== undefined && (await report(settings, await depsOf(context), summary));
  printer.note(printer.text(told ? message('remote.log.reported') : message('remote.log.by_hand', { path })));
  return exitCodes.done;
}

/** The same, where the items are applied already: that the console could not be told is not that they failed. */
async function tell(context: CommandContext, ack: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await ack();
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.code === 'cancelled') throw error;
    const problem = context.printer.text(errorMessages(error.data).what);
    context.printer.note(context.printer.say('remote.log.no_report', { problem }));
    return exitCodes.pending;
  }
}

async function runPull(context: CommandContext, options: OutputOptions & RemoteFlags): Promise<ExitCode> {
  wantsJson(context, options.output);
  const { pull } = await load();
  const settings = await settingsOf(options, context);
  return printSummary(
    context,
    await pull(settings, await depsOf(context), options.summaryJson),
    options.output,
  );
}

async function runBootstrap(
  context: CommandContext,
  options: OutputOptions & RemoteFlags,
): Promise<ExitCode> {
  wantsJson(context, options.output);
  const { bootstrap } = await load();
  const settings = await settingsOf(options, context);
  const pulled = await bootstrap(settings, await depsOf(context), options.summaryJson);
  const told = await tell(context, () =>
    acknowledge(context, settings.id, { ...options }, pulled.summary, settings),
  );
  const code = printSummary(context, pulled, options.output);
  return code === exitCodes.done ? told : code;
}

async function runSync(context: CommandContext, options: SyncFlags & RemoteFlags): Promise<ExitCode> {
  wantsJson(context, options.output);
  const attempts = count(options.retryAttempts, 1, '--retry-attempts');
  const backoffSecs = count(options.retryBackoffSecs, 0, '--retry-backoff-secs');
  const jitterSecs = count(options.retryJitterSecs, 0, '--retry-jitter-secs');
  const { sync } = await load();
  const settings = await settingsOf(options, context);
  let told: ExitCode = exitCodes.done;
  const pulled = await sync(settings, await depsOf(context), {
    attempts,
    backoffSecs,
    jitterSecs,
    ...(options.summaryJson === undefined ? {} : { summaryJson: options.summaryJson }),
    ack: async (summary) => {
      told = await tell(context, () => acknowledge(context, settings.id, options, summary, settings));
    },
  });
  const code = printSummary(context, pulled, options.output);
  return code === exitCodes.done ? told : code;
}

async function runAck(
  context: CommandContext,
  options: AckOptions & OutputOptions & RemoteFlags,
): Promise<ExitCode> {
  const { summaryJson: path } = options;
  if (path === undefined) throw new ConsoleError('cli_usage', { problem: '--summary-json' });
  const { parseSummary } = await import('../../../remote/summary.ts');
  const { readTextFile } = await import('../../../workspace/atomic.ts');
  const summary = parseSummary(await readTextFile(path), path);
  const elsewhere = options.bootrootBin !== undefined || options.stateFile !== undefined;
  const known = options.artifact !== undefined || options.roleIdPath !== undefined;
  const settings = known && !elsewhere ? await settingsOf(options, context) : undefined;
  const id = settings?.id ?? options.registrationId ?? options.serviceName;
  if (id === undefined) throw new ConsoleError('cli_usage', { problem: '--service-name' });
  return acknowledge(context, id, options, summary, settings);
}

async function runApplySecretId(
  context: CommandContext,
  options: OutputOptions & RemoteFlags,
): Promise<ExitCode> {
  const json = wantsJson(context, options.output);
  const { applySecretId } = await load();
  // This word takes part of the flags only; what it does not touch needs no path.
  const unused = { eabFilePath: '/dev/null', agentConfigPath: '/dev/null' };
  const settings = await settingsOf({ ...unused, ...options }, context);
  const secret_id = await applySecretId(settings, await depsOf(context));
  if (json) context.terminal.stdout.write(`${JSON.stringify({ secret_id })}\n`);
  else context.printer.line(`secret_id       ${context.printer.say(`remote.status.${secret_id}`)}`);
  return exitCodes.done;
}

async function runCheck(context: CommandContext, options: OutputOptions & RemoteFlags): Promise<ExitCode> {
  const json = wantsJson(context, options.output);
  const { checkHost } = await import('../../../remote/check.ts');
  const settings = await settingsOf(options, context);
  const findings = await checkHost(settings, { signal: context.signal, now: Date.now });
  const { printer, terminal } = context;
  const worded = findings.map(({ check, state, what, fix }) => ({
    check,
    state,
    what: printer.text(what),
    ...(fix === undefined ? {} : { fix: printer.text(fix) }),
  }));
  const good = findings.every(({ state }) => state !== 'failed');
  if (json) terminal.stdout.write(`${JSON.stringify({ ok: good, findings: worded })}\n`);
  else
    for (const { state, what, fix } of worded) {
      printer.line(`${{ ok: '✓', failed: '✗', skipped: '–' }[state]} ${what}`);
      if (fix !== undefined) printer.line(`    ${fix}`);
    }
  return good ? exitCodes.done : exitCodes.failed;
}

/** Lines of a printed hand-over from standard input into the file that bootstrap reads. */
async function runTypeIn(
  { terminal, printer }: CommandContext,
  { artifact }: { readonly artifact: string },
): Promise<ExitCode> {
  const { fromPaper } = await import('../../../remote/paper.ts');
  const { parseArtifact } = await import('../../../remote/artifact.ts');
  const { ensureDirectory, writeFileAtomic } = await import('../../../workspace/atomic.ts');
  const chunks: Buffer[] = [];
  for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = fromPaper(Buffer.concat(chunks).toString('utf8'));
  parseArtifact(text, artifact);
  await ensureDirectory(dirname(artifact), { mode: 0o700 });
  await writeFileAtomic(artifact, text, { mode: 0o600 });
  printer.line(printer.say('cli.remote.typed', { path: artifact }));
  printer.result({ ok: true, path: artifact });
  return exitCodes.done;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Flags of bootroot-remote. */
function withSettings(command: Command, say: Registry['say'], some = false): Command {
  const file = say('cli.remote.option.file');
  const value = say('cli.remote.option.value');
  command
    .option('--artifact <file>', say('cli.remote.option.artifact'))
    .option('--openbao-url <url>', say('cli.remote.option.openbao_url'))
    .option('--kv-mount <mount>', say('cli.remote.option.kv_mount'))
    .option('--registration-id <id>', say('cli.remote.option.registration_id'))
    .option('--service-name <name>', say('cli.remote.option.service_name'))
    .option('--role-id-path <file>', file)
    .option('--secret-id-path <file>', file)
    .option('--ca-bundle-path <file>', file);
  if (some) return command;
  return command
    .option('--eab-file-path <file>', file)
    .option('--agent-config-path <file>', file)
    .option('--agent-email <address>', value)
    .option('--agent-server <url>', value)
    .option('--agent-domain <domain>', value)
    .option('--agent-responder-url <url>', value)
    .option('--profile-hostname <label>', value)
    .option('--profile-instance-id <digits>', value)
    .option('--profile-cert-path <file>', value)
    .option('--profile-key-path <file>', value);
}

const withOutput = (command: Command, say: Registry['say']): Command =>
  command.option('--output <format>', say('cli.remote.option.output'));
const withAck = (command: Command, say: Registry['say']): Command =>
  command
    .option('--bootroot-bin <program>', say('cli.remote.option.bootroot_bin'))
    .option('--state-file <file>', say('cli.remote.option.state_file'));

/** `remote …`: what runs on a service host, from its own files alone. */
export function registerRemote({ program, plain, say }: Registry): void {
  const remote = program.command('remote').description(say('cli.remote.description'));
  remote.addHelpText('after', `\n${say('cli.remote.exit')}`);
  const add = (word: string, text: string): Command => remote.command(word).description(text);
  const summary = ['--summary-json <file>', say('cli.remote.option.summary_json')] as const;

  const pull = withOutput(withSettings(add('pull', say('cli.remote.pull')), say), say).option(...summary);
  plain<OutputOptions & RemoteFlags>(pull, runPull);

  const ack = withAck(withSettings(add('ack', say('cli.remote.ack')), say), say);
  plain<AckOptions & OutputOptions & RemoteFlags>(
    ack.option('--summary-json <file>', say('cli.remote.option.summary_in')),
    runAck,
  );

  const sync = withAck(withOutput(withSettings(add('sync', say('cli.remote.sync')), say), say), say)
    .option(...summary)
    .option('--retry-attempts <count>', say('cli.remote.option.attempts'), '3')
    .option('--retry-backoff-secs <seconds>', say('cli.remote.option.backoff'), '5')
    .option('--retry-jitter-secs <seconds>', say('cli.remote.option.jitter'), '0');
  plain<SyncFlags & RemoteFlags>(sync, runSync);

  const hook = say('cli.remote.option.hook');
  const bootstrap = withOutput(withSettings(add('bootstrap', say('cli.remote.bootstrap')), say), say)
    .option(...summary)
    .option('--post-renew-command <program>', hook)
    .option('--post-renew-arg <argument>', hook, collect)
    .option('--post-renew-timeout-secs <seconds>', hook)
    .option('--post-renew-on-failure <what>', hook);
  plain<OutputOptions & RemoteFlags>(bootstrap, runBootstrap);

  const check = withOutput(withSettings(add('check', say('cli.remote.check')), say), say);
  plain<OutputOptions & RemoteFlags>(check, runCheck);

  plain<{ readonly artifact: string }>(
    add('type-in', say('cli.remote.type_in')).requiredOption(
      '--artifact <file>',
      say('cli.remote.option.artifact'),
    ),
    runTypeIn,
  );

  const apply = add('apply-secret-id', say('cli.remote.apply_secret_id'));
  plain<OutputOptions & RemoteFlags>(withOutput(withSettings(apply, say, true), say), runApplySecretId);
}
