import type { Command } from 'commander';
import type { Output } from '../../../../shared/contract/index.ts';
import type { HostRow } from '../../../../shared/contract/hosts.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { readTextFile } from '../../../workspace/atomic.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { reportOperation, runOperation } from '../run-operation.ts';
import type { BoundOptions } from './service-access.ts';
import { namedService, serviceIdOf, withName, type NameOptions } from './service-name.ts';

/** Flags of `service add` that say where other hosts find the servers; the last three also for an agent on this one. */
export interface RemoteAddOptions {
  readonly hostDirectory?: string;
  readonly advertisedOpenbaoUrl?: string;
  readonly agentServer?: string;
  readonly agentResponderUrl?: string;
  readonly agentEmail?: string;
}

export function withRemoteAdd(command: Command, say: Registry['say']): Command {
  const onHost = say('cli.service.host_path');
  return command
    .option('--delivery-mode <mode>', say('cli.service.delivery'))
    .option('--host-directory <dir>', onHost)
    .option('--advertised-openbao-url <url>', onHost)
    .option('--agent-server <url>', say('cli.service.agent_server'))
    .option('--agent-responder-url <url>', say('cli.service.agent_responder_url'))
    .option('--agent-email <address>', say('cli.service.agent_email'));
}

/** Says which file goes where, and what is run there. */
async function printHandover({ client, printer }: CoreContext, id: string): Promise<void> {
  const { artifactPath: path, artifactTarget: target, command } = await client.call('hosts.show', { id });
  printer.line(printer.say('cli.service.handover', { path, target, command }));
}

/** Adds a service on another host. Asked again for one that is there, it makes a new hand-over, as the tools do. */
export async function addRemote(
  context: CoreContext,
  serviceName: string,
  said: Readonly<Record<string, unknown>>,
  options: NameOptions & RemoteAddOptions & BoundOptions,
  dryRun: boolean,
): Promise<ExitCode> {
  const { client, operation } = context;
  const id = namedService({ ...options, serviceName }) ?? serviceName;
  const known = await client.call('services.list', { search: id });
  const present = known.items.find((service) => service.id === id);
  if (present !== undefined && present.deliveryMode !== 'remote-bootstrap')
    throw new ConsoleError('cli_usage', { problem: '--delivery-mode' });
  const wrap = options.secretIdWrapTtl === undefined ? {} : { wrapTtl: options.secretIdWrapTtl };
  const done = async (finished: Parameters<typeof reportOperation>[0]): Promise<ExitCode> => {
    await printHandover(context, id);
    return reportOperation(finished, context.printer);
  };
  const asked = { ...operation, dryRun };
  if (present !== undefined) return runOperation('host.handover', { ids: [id], ...wrap }, asked, done);
  const defaults = await client.call('hosts.defaults', { serviceName });
  const given = {
    directory: options.hostDirectory,
    openbaoUrl: options.advertisedOpenbaoUrl,
  };
  const remote = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return runOperation('host.add', { ...defaults, ...said, ...remote, ...wrap }, asked, done);
}

interface SyncStatusOptions extends NameOptions {
  readonly summaryJson?: string;
}

async function syncStatus(context: CoreContext, options: SyncStatusOptions): Promise<ExitCode> {
  const { client, printer } = context;
  const { summaryJson: path } = options;
  if (path === undefined) {
    const collected = await client.call('hosts.collect', {});
    printer.line(printer.say('cli.service.synced', collected));
    printer.result({ ok: true, ...collected });
    return exitCodes.done;
  }
  const id = serviceIdOf(options);
  const summary = await readTextFile(path, { maxBytes: 100_000 });
  const { changed } = await client.call('hosts.applySummary', { id, summary });
  printer.line(printer.say('hosts.summary.done', { count: changed.length }));
  printer.result({ ok: true, changed });
  return exitCodes.done;
}

async function freeze(
  context: CoreContext,
  options: NameOptions & BoundOptions,
  args: readonly string[],
): Promise<ExitCode> {
  const id = serviceIdOf(options, args);
  const wrap = options.secretIdWrapTtl === undefined ? {} : { wrapTtl: options.secretIdWrapTtl };
  return runOperation('host.freeze', { id, ...wrap }, context.operation, async (finished) => {
    await printHandover(context, id);
    return reportOperation(finished, context.printer);
  });
}

/** The page for the other host's administrator, once more: what was made before is shown, nothing is made. */
async function handover(
  { client, printer }: CoreContext,
  options: NameOptions,
  args: readonly string[],
): Promise<ExitCode> {
  const id = serviceIdOf(options, args);
  const host = await client.call('hosts.show', { id });
  const { artifactPath: path, artifactTarget: target, command } = host;
  printer.line(printer.say('cli.service.handover', { path, target, command }));
  for (const effect of host.effects) printer.line(`- ${printer.text(effect)}`);
  for (const { path: file, text } of host.templates) printer.line(`\n# ${file}\n${text.trimEnd()}`);
  printer.result({ ok: true, ...host });
  return exitCodes.done;
}

interface CarryOptions extends NameOptions {
  readonly to: string;
  readonly port?: string;
  readonly sudo: boolean;
  readonly fileOnly?: boolean;
}

async function carry(
  context: CoreContext,
  options: CarryOptions,
  args: readonly string[],
): Promise<ExitCode> {
  const id = serviceIdOf(options, args);
  const port = options.port === undefined ? {} : { port: Number(options.port) };
  const input = { id, to: options.to, ...port, sudo: options.sudo, bootstrap: options.fileOnly !== true };
  return runOperation('host.carry', input, context.operation);
}

/** The sheet for a host that no file can be carried to, and where it was written. */
async function print(
  { client, printer }: CoreContext,
  options: NameOptions,
  args: readonly string[],
): Promise<ExitCode> {
  const id = serviceIdOf(options, args);
  const written = await client.call('hosts.print', { id, locale: printer.locale });
  printer.line(printer.say('hosts.print.written', written));
  printer.result({ ok: true, ...written });
  return exitCodes.done;
}

const when = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

/** The fleet as it was last heard of; `sync-status` fetches the reports first. */
async function list({ client, printer }: CoreContext): Promise<ExitCode> {
  const items: HostRow[] = [];
  let total = 1;
  while (items.length < total) {
    const page: Output<'hosts.list'> = await client.call('hosts.list', { offset: items.length, limit: 500 });
    if (page.items.length === 0) break;
    items.push(...page.items);
    total = page.matching;
  }
  for (const row of items) {
    const what = row.items.map(({ item, status }) => `${item}=${status}`).join(' ');
    const error = row.lastError === undefined ? '' : `  ${printer.text(row.lastError)}`;
    const state = printer.say(`hosts.stateWord.${row.state}`);
    printer.line(
      `${row.host} ${row.id}  ${state}  ${what}  ${when(row.lastSeen)}  ${when(row.nextRenewal)}${error}`,
    );
  }
  printer.result({ ok: true, items });
  return exitCodes.done;
}

/** `service sync-status`: with `--summary-json` as the older tools, without it what hosts reported through OpenBao. */
export function registerSyncStatus(service: Command, core: Registry['core'], say: Registry['say']): void {
  const named = (word: string, text: string): Command =>
    withName(service.command(word).description(text), say);
  const syncing = named('sync-status', say('cli.service.sync_status'));
  core<SyncStatusOptions>(
    syncing.option('--summary-json <file>', say('cli.remote.option.summary_in')),
    syncStatus,
  );
  core(service.command('hosts').description(say('cli.service.hosts')), list);
  const carrying = named('carry [name]', say('cli.service.carry'))
    .requiredOption('--to <user@host>', say('cli.service.carry_to'))
    .option('--port <port>', say('cli.service.carry_port'))
    .option('--no-sudo', say('cli.service.carry_no_sudo'))
    .option('--file-only', say('cli.service.carry_file_only'));
  core<CarryOptions>(carrying, carry);
  core<NameOptions>(named('print [name]', say('cli.service.print')), print);
  core<NameOptions>(named('handover [name]', say('cli.service.show_handover')), handover);
  const freezing = named('freeze [name]', say('cli.service.freeze'));
  core<NameOptions & BoundOptions>(
    freezing.option('--secret-id-wrap-ttl <duration>', say('cli.service.wrap_ttl')),
    freeze,
  );
}
