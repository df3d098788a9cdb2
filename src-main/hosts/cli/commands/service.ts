import type { ServiceDetail, ServiceSummary } from '../../../../shared/contract/services.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { runOperation } from '../run-operation.ts';
import { reloadOf, withReload, type ReloadOptions } from './service-reload.ts';
import { accessInput, registerServiceChanges, withAccess, type AccessOptions } from './service-access.ts';
import { serviceIdOf, withName, type NameOptions } from './service-name.ts';
import { addRemote, registerSyncStatus, withRemoteAdd, type RemoteAddOptions } from './service-remote.ts';

interface AddOptions extends NameOptions, RemoteAddOptions, ReloadOptions, AccessOptions {
  readonly deliveryMode?: string;
  readonly instanceId?: string;
  readonly hostname?: string;
  readonly domain?: string;
  readonly deployType?: string;
  readonly containerName?: string;
  readonly agentConfig?: string;
  readonly certPath?: string;
  readonly keyPath?: string;
  readonly notes?: string;
  readonly printOnly?: boolean;
}

/** The ladder as lines; the lowest rung that is not proved is the headline. */
export function ladderLines(service: ServiceSummary, { printer }: Pick<CoreContext, 'printer'>): string[] {
  return service.ladder.flatMap(({ rung, outcome, evidence }) => [
    `  ${printer.say(`cli.rung.${rung}`).padEnd(14)} ${printer.say(`cli.outcome.${outcome}`)}`,
    ...evidence.map((message) => `    ${printer.text(message)}`),
  ]);
}

export const isProved = (service: ServiceSummary): boolean =>
  service.ladder.length > 0 && service.ladder.every(({ outcome }) => outcome === 'proved');

function printDetail(service: ServiceDetail, context: CoreContext): void {
  const { printer } = context;
  printer.line(`${service.id}  ${service.identity}`);
  for (const file of [service.certPath, service.keyPath, service.bundlePath, service.agentConfigPath]) {
    printer.line(`  ${file}`);
  }
  for (const line of ladderLines(service, context)) printer.line(line);
  if (service.sync.length > 0) {
    printer.line(`  ${service.sync.map(({ item, status }) => `${item}=${status}`).join(' ')}`);
  }
}

async function prove(context: CoreContext, id: string): Promise<ExitCode> {
  const service = await context.client.call('services.prove', { id });
  printDetail(service, context);
  const ok = isProved(service);
  context.printer.result({ ok, service });
  return ok ? exitCodes.done : exitCodes.failed;
}

async function info(context: CoreContext, id: string): Promise<ExitCode> {
  const service = await context.client.call('services.show', { id });
  printDetail(service, context);
  context.printer.result({ ok: true, service });
  return exitCodes.done;
}

async function list({ client, printer }: CoreContext): Promise<ExitCode> {
  const services: ServiceSummary[] = [];
  for (let total = 1; services.length < total;) {
    const page = await client.call('services.list', { offset: services.length, limit: 500 });
    if (page.items.length === 0) break;
    services.push(...page.items);
    total = page.matching;
  }
  for (const service of services) {
    const lowest = service.ladder.find(({ outcome }) => outcome !== 'proved');
    const state =
      lowest === undefined ? printer.say('cli.outcome.proved') : printer.say(`cli.rung.${lowest.rung}`);
    const until = service.expiresAt === undefined ? '-' : new Date(service.expiresAt).toISOString();
    printer.line(`${service.id.padEnd(24)} ${until.padEnd(24)} ${state}  ${service.identity}`);
  }
  if (services.length === 0) printer.line(printer.say('cli.service.none'));
  printer.result({ ok: true, services });
  return exitCodes.done;
}

async function add(context: CoreContext, options: AddOptions, args: string[]): Promise<ExitCode> {
  const { client, operation } = context;
  const serviceName = options.serviceName ?? options.registrationId ?? args[0];
  if (serviceName === undefined) throw new ConsoleError('cli_usage', { problem: '--service-name' });
  const { deliveryMode = 'local-file' } = options;
  if (deliveryMode !== 'local-file' && deliveryMode !== 'remote-bootstrap')
    throw new ConsoleError('cli_usage', { problem: '--delivery-mode' });
  const given = {
    serviceName,
    registrationId: options.registrationId,
    instanceId: options.instanceId,
    hostname: options.hostname,
    domain: options.domain,
    deployType: options.deployType,
    containerName: options.containerName,
    agentConfigPath: options.agentConfig,
    certPath: options.certPath,
    keyPath: options.keyPath,
    notes: options.notes,
    agentEmail: options.agentEmail,
    agentServer: options.agentServer,
    responderUrl: options.agentResponderUrl,
    ...(await accessInput(options, deliveryMode === 'local-file')),
    reload: reloadOf(options),
    servedAt: options.servedAt,
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const dryRun = operation.dryRun || options.printOnly === true;
  // bootstrap.json has no word for it.
  const localOnly = given.servedAt === undefined ? '--secret-id-path' : '--served-at';
  if (deliveryMode === 'remote-bootstrap' && (given.servedAt ?? options.secretIdPath) !== undefined)
    throw new ConsoleError('cli_usage', { problem: `${localOnly} (--delivery-mode local-file)` });
  // What travels to another host is wrapped.
  if (deliveryMode === 'remote-bootstrap' && options.wrap === false)
    throw new ConsoleError('cli_usage', { problem: '--no-wrap (--delivery-mode local-file)' });
  if (deliveryMode === 'remote-bootstrap') return addRemote(context, serviceName, said, options, dryRun);
  const defaults = await client.call('services.defaults', { serviceName });
  return runOperation('service.add', { ...defaults, ...said }, { ...operation, dryRun });
}

export function registerService({ program, core, say }: Registry): void {
  const service = program.command('service').description(say('cli.service.description'));
  const named = (word: 'add' | 'info' | 'prove') =>
    withName(service.command(`${word} [name]`).description(say(`cli.service.${word}`)), say);
  const adding = named('add')
    .option('--instance-id <digits>', say('cli.service.instance_id'))
    .option('--hostname <label>', say('cli.service.hostname'))
    .option('--domain <domain>', say('cli.service.domain'))
    .option('--deploy-type <type>', say('cli.service.deploy_type'))
    .option('--container-name <name>', say('cli.service.container_name'))
    .option('--agent-config <file>', say('cli.service.agent_config'))
    .option('--cert-path <file>', say('cli.service.cert_path'))
    .option('--key-path <file>', say('cli.service.key_path'))
    .option('--notes <text>', say('cli.service.notes'))
    .option('--print-only', say('cli.option.dry_run'));
  core<AddOptions>(withReload(withAccess(withRemoteAdd(adding, say), say), say), add);
  registerServiceChanges(service, core, say);
  registerSyncStatus(service, core, say);
  core(service.command('list').description(say('cli.service.list')), list);
  core<NameOptions>(named('info'), (context, options, args) => info(context, serviceIdOf(options, args)));
  core<NameOptions>(named('prove'), (context, options, args) => prove(context, serviceIdOf(options, args)));
}
