import type { Command } from 'commander';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

/** Exit code 1 while one that was chosen to run does not. */
async function showAgents({ client, printer }: CoreContext): Promise<ExitCode> {
  const view = await client.call('infra.agents', {});
  const { possible, chosen, agents } = view;
  const key = !possible ? 'impossible' : chosen ? 'chosen' : 'not_chosen';
  printer.line(printer.say(`cli.agents.${key}`));
  for (const { services, state, pid, config, lastLine } of agents) {
    const words = [printer.say(`agents.state.${state}`).padEnd(18), String(pid ?? '-').padEnd(8)];
    printer.line([services.join(', ').padEnd(28), ...words, config].join('  '));
    if (lastLine !== undefined) printer.line(`    ${lastLine}`);
  }
  const ok = !chosen || agents.every(({ state }) => state === 'running');
  printer.result({ ok, ...view });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** `infra agents [on|off]`. */
export function registerAgents({ core, say }: Registry, infra: Command): void {
  core(infra.command('agents [on|off]').description(say('cli.agents.show')), (context, _options, [word]) => {
    if (word === undefined) return showAgents(context);
    if (word !== 'on' && word !== 'off') throw new ConsoleError('cli_usage', { problem: 'on | off' });
    return runOperation('infra.agents', { run: word === 'on' }, context.operation);
  });
}
