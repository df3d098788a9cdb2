import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

async function look({ client, printer }: CoreContext): Promise<ExitCode> {
  const drift = await client.call('drift.look', {});
  const wrong = drift.items.filter(({ state }) => state !== 'agrees');
  for (const { id, state, what, detail, mendable, diff } of wrong) {
    printer.line(`${state.padEnd(8)} ${what}${mendable ? `  [${id}]` : ''}`);
    if (detail !== undefined) printer.line(`         ${printer.text(detail)}`);
    if (diff !== undefined) printer.line(diff.trimEnd().replace(/^/gm, '         '));
  }
  for (const { server, version = '-', known } of drift.versions) {
    printer.line(`${server} ${version}`);
    for (const { severity, text } of known) printer.line(`         ${severity}: ${printer.text(text)}`);
  }
  printer.line(printer.say('drift.summary', { count: wrong.length, all: drift.items.length }));
  const ok = wrong.length === 0;
  printer.result({ ok, ...drift });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** `drift look|mend`: whether everything is as it is declared, and the way back. */
export function registerDrift({ program, core, say }: Registry): void {
  const drift = program.command('drift').description(say('cli.drift.description'));
  core(drift.command('look').description(say('cli.drift.look')), look);
  core(
    drift.command('mend [ids...]').description(say('cli.drift.mend')),
    async (context, _options, given) => {
      const { items } = await context.client.call('drift.look', {});
      const all = items.filter(({ mendable }) => mendable).map(({ id }) => id);
      const ids = given.length > 0 ? given : all;
      if (ids.length === 0) {
        context.printer.line(context.printer.say('drift.nothing'));
        context.printer.result({ ok: true, ids });
        return exitCodes.done;
      }
      return runOperation('drift.mend', { ids }, context.operation);
    },
  );
}
