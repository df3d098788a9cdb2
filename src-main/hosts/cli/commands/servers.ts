import {
  serverProgramSchema,
  serversContract,
  type ServerInfo,
  type ServerProgram,
} from '../../../../shared/contract/servers.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Printer } from '../printer.ts';

const lineOf = (server: ServerInfo, printer: Printer): string =>
  [
    server.title.padEnd(12),
    printer.say(`cli.servers.${server.state}`).padEnd(16),
    server.version ?? printer.say('cli.servers.wanted', { version: server.wanted }),
    server.path ?? server.command,
  ].join('  ');

async function list({ client, printer }: CoreContext): Promise<ExitCode> {
  const servers = await client.ask(serversContract, 'servers.list', {});
  for (const server of servers) printer.line(lineOf(server, printer));
  printer.result({ ok: true, servers });
  return exitCodes.done;
}

/** Exit code 1 when a program is missing, unusable or not as it was installed. */
async function verify({ client, printer }: CoreContext): Promise<ExitCode> {
  const servers = await client.ask(serversContract, 'servers.list', {});
  for (const server of servers) {
    printer.line(lineOf(server, printer));
    for (const file of server.changed) printer.line(`    ${file}`);
  }
  const ok = servers.every(({ state }) => state === 'verified' || state === 'unverifiable');
  printer.result({ ok, servers });
  return ok ? exitCodes.done : exitCodes.failed;
}

function programsOf(names: readonly string[]): ServerProgram[] {
  if (names.length === 0) return [...serverProgramSchema.options];
  return names.map((name) => {
    const parsed = serverProgramSchema.safeParse(name);
    if (!parsed.success) throw new ConsoleError('cli_usage', { problem: name.slice(0, 40) });
    return parsed.data;
  });
}

async function install({ client, printer }: CoreContext, names: readonly string[]): Promise<ExitCode> {
  const servers: ServerInfo[] = [];
  const shown = new Map<ServerProgram, string>();
  for await (const news of client.follow(serversContract, 'servers.install', { names: programsOf(names) })) {
    if (news.type === 'done') {
      servers.push(news.server);
      printer.line(lineOf(news.server, printer));
      continue;
    }
    // A line each tenth is enough for a log.
    const line = `${printer.text(news.message)} ${Math.floor(news.fraction * 10) * 10} %`;
    if (shown.get(news.name) !== line) printer.note(line);
    shown.set(news.name, line);
  }
  printer.result({ ok: true, servers });
  return exitCodes.done;
}

export function registerServers({ program, core, say }: Registry): void {
  const servers = program.command('servers').description(say('cli.servers.description'));
  core(servers.command('list').description(say('cli.servers.list')), list);
  core(servers.command('verify').description(say('cli.servers.verify')), verify);
  core(
    servers.command('install [names...]').description(say('cli.servers.install')),
    (context, _options, args) => install(context, args),
  );
}
