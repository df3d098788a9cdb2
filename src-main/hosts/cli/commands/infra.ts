import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { overviewNow } from './status.ts';

async function showServers(context: CoreContext): Promise<ExitCode> {
  const { printer } = context;
  const { servers } = await overviewNow(context);
  for (const { name, state, version } of servers) {
    printer.line(`${name.padEnd(12)} ${state.padEnd(12)} ${version ?? ''}`.trimEnd());
  }
  if (servers.length === 0) printer.line(printer.say('cli.infra.none'));
  printer.result({ ok: true, servers });
  return exitCodes.done;
}

export function registerInfra({ program, core, say }: Registry): void {
  const infra = program.command('infra').description(say('cli.infra.description'));
  core(infra.command('up').description(say('cli.infra.up')), ({ operation }) =>
    runOperation('infra.up', {}, operation),
  );
  core(infra.command('down').description(say('cli.infra.down')), ({ operation }) =>
    runOperation('infra.down', {}, operation),
  );
  core(infra.command('status').description(say('cli.infra.status')), showServers);
}
