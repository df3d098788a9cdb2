import type { Command } from 'commander';
import type * as z from 'zod';
import { logSourceSchema, type ServerStatus } from '../../../../shared/contract/topology.ts';
import { upgradableSchema } from '../../../../shared/contract/upgrade.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { reportOperation, runOperation } from '../run-operation.ts';
import { registerAgents } from './infra-agents.ts';
import { registerContainers } from './infra-containers.ts';
import { registerHelpers } from './infra-helpers.ts';

interface LogOptions {
  readonly lines: string;
  readonly follow?: boolean;
}

interface UnitOptions {
  readonly prefix?: string;
}

/** The servers of this installation as they are at this moment; empty when this console does not run them. */
export async function serversNow({ client }: Pick<CoreContext, 'client'>): Promise<ServerStatus[]> {
  for await (const servers of client.open('infra.status', {})) return servers;
  return [];
}

/** One line for each server, with what is wrong below it. */
export function serverLines(
  servers: readonly ServerStatus[],
  { printer }: Pick<CoreContext, 'printer'>,
): string[] {
  return servers.flatMap(({ title, state, version, address, problem, lastLine }) => {
    const columns = [
      printer.say('topology.server.name', { server: title }).padEnd(18),
      printer.say(`cli.server.${state}`).padEnd(12),
      version ?? '-',
      address ?? '',
    ];
    return [
      columns.join('  ').trimEnd(),
      ...(problem === undefined ? [] : [`    ${printer.text(problem)}`]),
      ...(lastLine === undefined ? [] : [`    ${lastLine}`]),
    ];
  });
}

/** Exit code 1 unless every server is ready. */
async function showServers(context: CoreContext): Promise<ExitCode> {
  const { printer } = context;
  const servers = await serversNow(context);
  for (const line of serverLines(servers, context)) printer.line(line);
  if (servers.length === 0) printer.line(printer.say('cli.infra.none'));
  const ok = servers.every(({ state }) => state === 'ready');
  printer.result({ ok, servers });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** Starts the servers. Sealed is not done: exit code 4 until somebody has unsealed OpenBao. */
async function up({ client, operation, printer }: CoreContext): Promise<ExitCode> {
  return runOperation('infra.up', {}, operation, async (finished) => {
    const code = reportOperation(finished, printer);
    const { sealed, memberSealed } = await client.call('openbao.status', {});
    // The one that was started here may be sealed while others of its cluster serve.
    if (sealed !== true && memberSealed !== true) return code;
    printer.note(printer.say('cli.infra.sealed'));
    return exitCodes.pending;
  });
}

async function showLogs(
  context: CoreContext,
  options: LogOptions,
  name: string | undefined,
): Promise<ExitCode> {
  const { client, printer, terminal } = context;
  const server = logSourceSchema.optional().safeParse(name);
  if (!server.success) throw new ConsoleError('cli_usage', { problem: String(name).slice(0, 40) });
  const input = {
    lines: wholeNumber(options.lines, '--lines', 0, 100_000),
    follow: options.follow === true,
    ...(server.data === undefined ? {} : { server: server.data }),
  };
  try {
    for await (const batch of client.open('infra.logs', input))
      for (const line of batch) {
        // With --json each line is a document of its own, because the log may have no end.
        if (printer.json) terminal.stdout.write(`${JSON.stringify(line)}\n`);
        else printer.line(`${line.server.padEnd(10)} ${line.text}`);
      }
  } catch (error) {
    // Ctrl C is how one leaves a log that is followed.
    if (!context.signal.aborted) throw error;
  }
  return exitCodes.done;
}

/** Exit code 1 while something stands in the way of the units. */
async function showUnits({ client, printer }: CoreContext, { prefix }: UnitOptions): Promise<ExitCode> {
  const view = await client.call('infra.units', prefix === undefined ? {} : { prefix });
  printer.line(printer.say(view.active ? 'cli.infra.by_systemd' : 'cli.infra.by_console'));
  for (const { name, path, exposure } of view.units) {
    const score = exposure === undefined ? '' : printer.say('cli.infra.exposure', { score: exposure });
    printer.line([name.padEnd(30), path.padEnd(56), score].join('  ').trimEnd());
  }
  if (view.problem !== undefined) printer.line(printer.text(view.problem));
  const ok = view.problem === undefined;
  printer.result({ ok, ...view });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** Exit code 1 while something of a critical kind is known of what runs. */
async function showVersions({ client, printer }: CoreContext): Promise<ExitCode> {
  const view = await client.call('upgrade.versions', {});
  for (const { title, version, choices, remarks, former } of view.servers) {
    const newer =
      choices.length === 0 ? '' : printer.say('cli.infra.newer', { versions: choices.join(', ') });
    printer.line([title.padEnd(12), (version ?? '-').padEnd(10), newer].join('  ').trimEnd());
    for (const { severity, text } of remarks)
      printer.line(`    ${printer.say(`cli.infra.remark.${severity}`)}: ${printer.text(text)}`);
    if (former !== undefined) printer.line(`    ${printer.say('cli.infra.unconfirmed', former)}`);
  }
  if (view.cluster !== undefined) {
    for (const { url, version, state } of view.cluster.members)
      printer.line(`    ${url}  ${version ?? '-'}  ${printer.say(`openbao.member.${state}`)}`);
    printer.line(printer.text(view.cluster.next));
  }
  printer.line(printer.say('cli.infra.order', { order: view.order.join(' → ') }));
  const ok = view.servers.every(({ remarks }) => remarks.every(({ severity }) => severity !== 'critical'));
  printer.result({ ok, ...view });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** A server by its word. Throws `cli_usage`. */
function upgradable(word: string | undefined): z.infer<typeof upgradableSchema> {
  const server = upgradableSchema.safeParse(word);
  if (server.success) return server.data;
  throw new ConsoleError('cli_usage', { problem: upgradableSchema.options.join(' | ') });
}

/** Without a server: what runs, and what is known of it. */
function registerUpgrades(infra: Command, { core, say }: Registry): void {
  const upgrade = infra
    .command('upgrade [server]')
    .description(say('cli.infra.upgrade'))
    .option('--to <version>', say('cli.infra.to'));
  core<{ readonly to?: string }>(upgrade, async (context, { to }, [word]) =>
    word === undefined
      ? showVersions(context)
      : runOperation(
          'infra.upgrade',
          { server: upgradable(word), ...(to === undefined ? {} : { to }) },
          context.operation,
        ),
  );
  for (const [word, kind, help] of [
    ['go-back <server>', 'infra.go-back', 'cli.infra.go_back'],
    ['confirm <server>', 'infra.confirm', 'cli.infra.confirm'],
  ] as const)
    core(infra.command(word).description(say(help)), async ({ operation }, _options, [server]) =>
      runOperation(kind, { server: upgradable(server) }, operation),
    );
}

/** The leader of OpenBao's cluster hands over. */
function registerStepDown(infra: Command, { core, say }: Registry): void {
  core(infra.command('step-down').description(say('cli.infra.step_down')), ({ operation }) =>
    runOperation('openbao.step-down', {}, operation),
  );
}

interface MoveOptions extends UnitOptions {
  readonly to: string;
  readonly instance?: string;
}

/** What the servers are run by: containers, units, or the console itself. */
function registerMoves(infra: Command, { core, say }: Registry): void {
  const move = infra
    .command('move')
    .description(say('cli.infra.move'))
    .requiredOption('--to <compose|systemd|processes>', say('cli.infra.move_to'))
    .option('--instance <name>', say('cli.init.instance'))
    .option('--prefix <name>', say('cli.infra.prefix'));
  core<MoveOptions>(move, ({ operation }, options) => runOperation('infra.move', { ...options }, operation));
  for (const [word, help] of [
    ['move-back', 'cli.infra.move_back'],
    ['move-confirm', 'cli.infra.move_confirm'],
  ] as const)
    core(infra.command(word).description(say(help)), ({ operation }) =>
      runOperation(`infra.${word}`, {}, operation),
    );
}

export function registerInfra(registry: Registry): void {
  const { program, core, say } = registry;
  const infra = program.command('infra').description(say('cli.infra.description'));
  registerContainers(registry, infra);
  registerHelpers(registry, infra);
  registerAgents(registry, infra);
  core(infra.command('up').description(say('cli.infra.up')), up);
  core(infra.command('down').description(say('cli.infra.down')), ({ operation }) =>
    runOperation('infra.down', {}, operation),
  );
  core(infra.command('status').description(say('cli.infra.status')), showServers);
  const prefix = (command: Command): Command => command.option('--prefix <name>', say('cli.infra.prefix'));
  const to = prefix(infra.command('to-systemd').description(say('cli.infra.to_systemd')));
  core<UnitOptions>(to, ({ operation }, options) =>
    runOperation('infra.to-systemd', { ...options }, operation),
  );
  core(infra.command('from-systemd').description(say('cli.infra.from_systemd')), ({ operation }) =>
    runOperation('infra.from-systemd', {}, operation),
  );
  core<UnitOptions>(prefix(infra.command('units').description(say('cli.infra.units'))), showUnits);
  registerUpgrades(infra, registry);
  registerStepDown(infra, registry);
  registerMoves(infra, registry);
  const logs = infra
    .command('logs [server]')
    .description(say('cli.infra.logs'))
    .option('--lines <n>', say('cli.infra.lines'), '100')
    .option('-f, --follow', say('cli.infra.follow'));
  core<LogOptions>(logs, (context, options, args) => showLogs(context, options, args[0]));
}
