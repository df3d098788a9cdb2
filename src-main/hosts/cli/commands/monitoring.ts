import path from 'node:path';
import type { StackStatus } from '../../../../shared/contract/monitoring.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { alertRules } from '../../../monitoring/rules.ts';
import { profiles } from '../../../monitoring/stack/deployed.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { startConsoleMetrics } from '../metrics-host.ts';
import { wholeNumber } from '../numbers.ts';
import type { Printer } from '../printer.ts';
import { runOperation } from '../run-operation.ts';
import { registerNotify } from './notify.ts';

const when = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

/** Containers, addresses and the state of the administrator's password, as the tools print them. */
function stackLines(stack: StackStatus, printer: Printer): void {
  const { written, profile = '-', containers, grafanaUrl, prometheusUrl = '-', password } = stack;
  if (!written) return printer.line(printer.say('cli.monitoring.no_stack'));
  printer.line(printer.say('cli.monitoring.profile', { profile }));
  if (stack.problem !== undefined) printer.line(printer.text(stack.problem));
  for (const { name, status } of containers) printer.line(`${name}: ${status}`);
  printer.line(`Prometheus: ${prometheusUrl}`);
  if (grafanaUrl === undefined) printer.line(printer.say('cli.monitoring.no_grafana'));
  else {
    printer.line(`Grafana: ${grafanaUrl}`);
    printer.line(printer.say(`cli.monitoring.password.${password}`));
  }
  for (const { job, url, health, error = '' } of stack.targets)
    printer.line(`${job}: ${health} ${url} ${error}`);
}

async function status({ client, printer }: CoreContext): Promise<ExitCode> {
  const state = await client.call('monitoring.state', {});
  const { alarms, watcher, disks, targets, skews, lastTickAt } = state;
  for (const { severity, title } of alarms) printer.line(`${severity.padEnd(9)} ${printer.text(title)}`);
  if (alarms.length === 0) printer.line(printer.say('cli.monitoring.no_alarm'));
  for (const { path, freeBytes, totalBytes } of disks) {
    const percent = Math.floor((100 * freeBytes) / Math.max(1, totalBytes));
    printer.line(printer.say('cli.monitoring.disk', { path, percent }));
  }
  for (const { name, up, problem = 'down' } of targets)
    printer.line(printer.say('cli.monitoring.target', { name, state: up ? 'up' : problem }));
  for (const { server, seconds } of skews)
    printer.line(printer.say('cli.monitoring.skew', { server, seconds: Math.round(seconds) }));
  printer.line(
    watcher === undefined
      ? printer.say('cli.monitoring.nobody')
      : printer.say('cli.monitoring.watched', { pid: watcher.pid, at: when(lastTickAt) }),
  );
  const stack = await client.call('monitoring.stack', {});
  stackLines(stack, printer);
  const ok =
    alarms.every(({ severity }) => severity === 'notice') && !['refused', 'open'].includes(stack.password);
  printer.result({ ok, ...state, stack });
  return ok ? exitCodes.done : exitCodes.failed;
}

async function watch({ client, printer }: CoreContext, once: boolean): Promise<ExitCode> {
  for await (const tick of client.open('monitoring.watch', { once })) {
    const { alarms, sent } = tick;
    const line = printer.say('cli.monitoring.tick', { alarms, checks: tick.checks.length, sent });
    printer.note(`${when(tick.at)} ${line}`);
    if (once) printer.result({ ok: true, ...tick });
  }
  return exitCodes.done;
}

const untilEnd = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

interface ExporterOptions {
  readonly listen: string;
  readonly tokenFile?: string;
  /** False with `--no-watch`. */
  readonly watch: boolean;
}

async function exporter(context: CoreContext, options: ExporterOptions): Promise<ExitCode> {
  const { client, printer, signal } = context;
  const endpoint = await startConsoleMetrics(client, options.listen, options.tokenFile);
  try {
    printer.line(printer.say('cli.monitoring.listens', { address: endpoint.address }));
    printer.result({ ok: true, address: endpoint.address });
    if (options.watch)
      await watch(context, false).catch((error: unknown) => {
        if (!(error instanceof ConsoleError) || error.code !== 'monitor_running') throw error;
        printer.note(printer.say('cli.monitoring.other_watches'));
      });
    await untilEnd(signal);
    return exitCodes.done;
  } finally {
    await endpoint.close();
  }
}

interface UpOptions {
  readonly profile: string;
  readonly exporterPort: string;
  readonly grafanaPort: string;
  readonly prometheusPort: string;
  readonly withoutGrafana?: boolean;
  readonly alertmanager?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

async function up({ operation }: CoreContext, options: UpOptions): Promise<ExitCode> {
  const { tlsCert, tlsKey } = options;
  const profile = profiles.find((known) => known === options.profile);
  if (profile === undefined) throw new ConsoleError('cli_usage', { problem: profiles.join(' | ') });
  const grafana = options.withoutGrafana !== true;
  if (profile === 'public' && (tlsCert === undefined || tlsKey === undefined))
    throw new ConsoleError('cli_usage', { problem: '--tls-cert --tls-key' });
  const input = {
    profile,
    exporterPort: wholeNumber(options.exporterPort, '--exporter-port', 1, 65_535),
    grafanaPort: wholeNumber(options.grafanaPort, '--grafana-port', 1, 65_535),
    prometheusPort: wholeNumber(options.prometheusPort, '--prometheus-port', 1, 65_535),
    grafana,
    alertmanagers: [...(options.alertmanager ?? [])],
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: path.resolve(tlsCert), key: path.resolve(tlsKey) } }),
  };
  return runOperation('monitoring.up', input, operation);
}

/** `monitoring status|exporter|watch|rules|notify …`: what watches the installation, and what it tells others. */
export function registerMonitoring(registry: Registry): void {
  const { program, core, plain, say } = registry;
  const monitoring = program.command('monitoring').description(say('cli.monitoring.description'));
  core(monitoring.command('status').description(say('cli.monitoring.status')), status);
  core<ExporterOptions>(
    monitoring
      .command('exporter')
      .description(say('cli.monitoring.exporter'))
      .option('--listen <host:port>', say('cli.monitoring.listen'), '127.0.0.1:9464')
      .option('--token-file <file>', say('cli.monitoring.token_file'))
      .option('--no-watch', say('cli.monitoring.no_watch')),
    exporter,
  );
  core<{ readonly once?: boolean }>(
    monitoring
      .command('watch')
      .description(say('cli.monitoring.watch'))
      .option('--once', say('cli.monitoring.once')),
    (context, { once }) => watch(context, once === true),
  );
  plain(monitoring.command('rules').description(say('cli.monitoring.rules')), ({ printer }) => {
    printer.line(alertRules);
    printer.result({ ok: true, rules: alertRules });
    return Promise.resolve(exitCodes.done);
  });
  core<UpOptions>(
    monitoring
      .command('up')
      .description(say('cli.monitoring.up'))
      .requiredOption('--profile <profile>', profiles.join(' | '))
      .option('--exporter-port <n>', say('cli.monitoring.exporter_port'), '9464')
      .option('--grafana-port <n>', say('cli.monitoring.grafana_port'), '3000')
      .option('--prometheus-port <n>', say('cli.monitoring.prometheus_port'), '9090')
      .option('--without-grafana', say('cli.monitoring.without_grafana'))
      .option('--alertmanager <host:port...>', say('cli.monitoring.alertmanager'))
      .option('--tls-cert <file>', say('cli.monitoring.tls'))
      .option('--tls-key <file>', say('cli.monitoring.tls')),
    up,
  );
  core<{ readonly resetGrafanaAdminPassword?: boolean }>(
    monitoring
      .command('down')
      .description(say('cli.monitoring.down'))
      .option('--reset-grafana-admin-password', say('cli.monitoring.reset')),
    ({ operation }, { resetGrafanaAdminPassword }) =>
      runOperation(
        'monitoring.down',
        { resetGrafanaAdminPassword: resetGrafanaAdminPassword === true },
        operation,
      ),
  );
  registerNotify(monitoring, registry);
}
