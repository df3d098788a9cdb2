import type { Command } from 'commander';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

/** Exit code 1 while one that is installed is not as planned or not up. */
async function showHelpers({ client, printer }: CoreContext): Promise<ExitCode> {
  const view = await client.call('units.helpers', {});
  for (const { id, unit, installed, active, exposure } of view.units) {
    const score = exposure === undefined ? '' : printer.say('cli.infra.exposure', { score: exposure });
    const state = printer.say(`units.installed.${installed}`);
    printer.line(
      [id.padEnd(28), unit.padEnd(44), state.padEnd(22), active.padEnd(10), score].join('  ').trimEnd(),
    );
  }
  if (view.problem !== undefined) printer.line(printer.text(view.problem));
  const ok = view.units.every(
    ({ installed, active }) => installed === 'no' || (installed === 'same' && active === 'active'),
  );
  printer.result({ ok, ...view });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** The words of `infra` for units beside the servers. */
export function registerHelpers({ core, say }: Registry, infra: Command): void {
  core(infra.command('helpers').description(say('cli.infra.helpers')), showHelpers);
  core(
    infra.command('install <ids...>').description(say('cli.infra.install')),
    ({ operation }, _options, ids) => runOperation('units.install', { ids }, operation),
  );
  core(
    infra.command('uninstall <ids...>').description(say('cli.infra.uninstall')),
    ({ operation }, _options, ids) => runOperation('units.remove', { ids }, operation),
  );
}
