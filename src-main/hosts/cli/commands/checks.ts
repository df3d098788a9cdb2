import type { CheckView } from '../../../../shared/contract/monitoring.ts';
import { checkKinds } from '../../../../shared/contract/monitoring.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';

const when = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

function report(checks: readonly CheckView[], { printer }: CoreContext): ExitCode {
  for (const { id, kind, everyMinutes: minutes, nextAt, lastRun, overdueSince } of checks) {
    const last =
      lastRun === undefined
        ? '-'
        : `${lastRun.outcome} ${lastRun.proved}/${lastRun.looked} ${when(lastRun.at)}`;
    const next = overdueSince === undefined ? when(nextAt) : `! ${when(overdueSince)}`;
    printer.line(printer.say('cli.checks.line', { id, kind, minutes, next, last }));
    for (const { service, problem } of lastRun?.findings ?? [])
      printer.line(printer.say('cli.checks.finding', { service, problem: printer.text(problem) }));
    if (lastRun?.error !== undefined && !printer.json) printer.error(lastRun.error);
  }
  const ok = checks.every(
    ({ enabled, lastRun, overdueSince }) =>
      !enabled || (overdueSince === undefined && (lastRun?.outcome ?? 'passed') === 'passed'),
  );
  printer.result({ ok, checks });
  return ok ? exitCodes.done : exitCodes.failed;
}

/** `checks list|add|remove|run`. */
export function registerChecks({ program, core, say }: Registry): void {
  const checks = program.command('checks').description(say('cli.checks.description'));
  core(checks.command('list').description(say('cli.checks.list')), async (context) =>
    report(await context.client.call('checks.list', {}), context),
  );
  core<{ readonly disabled?: boolean }>(
    checks
      .command('add <id> <kind> <minutes>')
      .description(say('cli.checks.add'))
      .option('--disabled', say('cli.checks.disabled')),
    async (context, { disabled }, [id = '', word = '', minutes = '']) => {
      const kind = checkKinds.find((known) => known === word);
      if (kind === undefined) throw new ConsoleError('cli_usage', { problem: checkKinds.join(' | ') });
      const everyMinutes = wholeNumber(minutes, 'minutes', 1, 10_080);
      return report(
        await context.client.call('checks.save', { id, kind, everyMinutes, enabled: disabled !== true }),
        context,
      );
    },
  );
  core(
    checks.command('remove <id>').description(say('cli.checks.remove')),
    async (context, _options, [id = '']) =>
      report(await context.client.call('checks.remove', { id }), context),
  );
  core(
    checks.command('run <id>').description(say('cli.checks.run')),
    async (context, _options, [id = '']) => {
      const all = await context.client.call('checks.run', { id });
      return report(
        all.filter((check) => check.id === id),
        context,
      );
    },
  );
}
