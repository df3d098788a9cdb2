import type { Command } from 'commander';
import type { CoreContext, Registry } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

const rotateInfraTls = ({ operation }: CoreContext, servers: readonly string[]): Promise<ExitCode> =>
  runOperation('rotate.infra-tls', { servers: servers.length === 0 ? 'all' : servers }, operation);

/** `rotate infra-tls`, and `rotate infra-cert` as the newer tools call it. */
export function registerInfraTls(rotate: Command, { core, say }: Registry): void {
  for (const word of ['infra-tls', 'infra-cert'])
    core(
      rotate.command(`${word} [server...]`).description(say('cli.infra_tls.description')),
      (context, _options, servers) => rotateInfraTls(context, servers),
    );
}
