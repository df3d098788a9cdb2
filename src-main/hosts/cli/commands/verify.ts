import type { ServiceDetail } from '../../../../shared/contract/services.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { namedService, withName, type NameOptions } from './service-name.ts';
import { isProved, ladderLines } from './service.ts';
import { serversNow } from './infra.ts';

interface VerifyOptions extends NameOptions {
  readonly dbCheck?: boolean;
}

async function idsOf({ client }: CoreContext, options: VerifyOptions): Promise<string[]> {
  const id = namedService(options);
  if (id !== undefined) return [id];
  const { items } = await client.call('services.list', { limit: 500 });
  return items.map((service) => service.id);
}

/** Proves every rung live of one or of all services, and with `--db-check` that the database of the CA answers. */
async function verify(context: CoreContext, options: VerifyOptions): Promise<ExitCode> {
  const { client, printer } = context;
  const services: ServiceDetail[] = [];
  for (const id of await idsOf(context, options)) services.push(await client.call('services.prove', { id }));
  for (const service of services) {
    printer.line(`${service.id}  ${service.identity}`);
    for (const line of ladderLines(service, context)) printer.line(line);
  }
  let database: string | undefined;
  if (options.dbCheck === true) {
    const servers = await serversNow(context);
    database = servers.find(({ name }) => name === 'postgres')?.state ?? 'unknown';
    printer.line(printer.say('cli.verify.database', { state: database }));
  }
  const ok = services.every(isProved) && (database === undefined || database === 'ready');
  if (services.length === 0) printer.line(printer.say('cli.service.none'));
  printer.result({ ok, services, ...(database === undefined ? {} : { database }) });
  return ok ? exitCodes.done : exitCodes.failed;
}

export function registerVerify({ program, core, say }: Registry): void {
  const command = withName(program.command('verify').description(say('cli.verify.description')), say).option(
    '--db-check',
    say('cli.verify.db_check'),
  );
  core<VerifyOptions>(command, verify);
}
