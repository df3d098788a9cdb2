import type { Overview } from '../../../../shared/contract/home.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { serverLines, serversNow } from './infra.ts';

/** The overview as Home shows it at this moment. */
export async function overviewNow({ client }: Pick<CoreContext, 'client'>): Promise<Overview> {
  for await (const overview of client.open('home.overview', {})) return overview;
  throw new ConsoleError('no_workspace');
}

async function showStatus(context: CoreContext): Promise<ExitCode> {
  const { client, printer } = context;
  const overview = await overviewNow(context);
  const openbao = await client.call('openbao.status', {});
  printer.line(printer.text(overview.sentence));
  for (const need of overview.needs) {
    const detail = need.detail === undefined ? '' : `: ${printer.text(need.detail)}`;
    printer.line(`  ${printer.say(`cli.severity.${need.severity}`)} ${printer.text(need.title)}${detail}`);
  }
  const servers = await serversNow(context);
  for (const line of serverLines(servers, context)) printer.line(line);
  for (const { url, state, nodeId } of openbao.cluster?.members ?? [])
    printer.line(
      [
        `OpenBao ${nodeId ?? ''}`.trim().padEnd(18),
        printer.say(`openbao.member.${state}`).padEnd(12),
        url,
      ].join('  '),
    );
  printer.result({ ok: true, overview, openbao, servers });
  return exitCodes.done;
}

export function registerStatus({ program, core, say }: Registry): void {
  core(program.command('status').description(say('cli.status.description')), showStatus);
}
