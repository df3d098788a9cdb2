import type { ScheduleList, ScheduleRunner } from '../../../../shared/contract/schedules.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

const when = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

function report({ schedules, scheduler }: ScheduleList, { printer }: CoreContext): ExitCode {
  for (const { id, cron, timezone, nextAt, lastRun, kind } of schedules) {
    const last = lastRun === undefined ? '-' : `${lastRun.outcome} ${when(lastRun.at)}`;
    printer.line(`${id.padEnd(20)} ${`${cron} ${timezone}`.padEnd(28)} ${when(nextAt)}  ${last}  ${kind}`);
  }
  printer.line(
    scheduler === undefined
      ? printer.say('cli.schedule.nobody')
      : printer.say('cli.schedule.running', { pid: scheduler.pid }),
  );
  printer.result({ ok: true, schedules, ...(scheduler === undefined ? {} : { scheduler }) });
  return exitCodes.done;
}

interface AddOptions {
  readonly input: string;
  readonly timezone?: string;
  readonly disabled?: boolean;
}

async function add(context: CoreContext, options: AddOptions, args: readonly string[]): Promise<ExitCode> {
  const [id = '', kind = '', cron = ''] = args;
  let input: unknown;
  try {
    input = JSON.parse(options.input);
  } catch (cause) {
    throw new ConsoleError('cli_usage', { problem: '--input' }, { cause });
  }
  const timezone = options.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const schedule = { id, kind, input, cron, timezone, enabled: options.disabled !== true };
  return report(await context.client.call('schedules.save', schedule), context);
}

async function preview({ client, printer }: CoreContext, days: string): Promise<ExitCode> {
  const moments = await client.call('schedules.preview', { days: Number(days) });
  for (const { at, id } of moments) printer.line(`${when(at)} ${id}`);
  printer.result({ ok: true, moments });
  return exitCodes.done;
}

/** The files of one way to run the schedules, each under its path when there are several. */
async function printRunner(
  { client, printer }: Pick<CoreContext, 'client' | 'printer'>,
  id: ScheduleRunner['id'],
): Promise<ExitCode> {
  const runner = (await client.call('schedules.runners', {})).find((one) => one.id === id);
  const files = runner?.files ?? [];
  for (const { path, text } of files) printer.line(files.length > 1 ? `# ${path}\n${text}` : text.trimEnd());
  printer.result({ ok: true, text: files.map(({ text }) => text).join('\n'), files });
  return exitCodes.done;
}

/** Fails where one is found, so that a check of the host can ask for it. */
async function findTokens({ client, printer }: CoreContext): Promise<ExitCode> {
  const { findings, files } = await client.call('schedules.tokens', {});
  for (const finding of findings) printer.line(printer.say('cli.schedule.root_token', finding));
  if (findings.length === 0) printer.line(printer.say('cli.schedule.no_root_token', { files }));
  printer.result({ ok: findings.length === 0, findings, files });
  return findings.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** `schedule list|add|remove|preview|unit|timer|cron|credential|root-tokens`: operations on a calendar. */
export function registerSchedule({ program, core, say }: Registry): void {
  const schedule = program.command('schedule').description(say('cli.schedule.description'));
  core(schedule.command('list').description(say('cli.schedule.list')), async (context) =>
    report(await context.client.call('schedules.list', {}), context),
  );
  core<AddOptions>(
    schedule
      .command('add <id> <kind> <calendar>')
      .description(say('cli.schedule.add'))
      .option('--input <json>', say('cli.schedule.input'), '{}')
      .option('--timezone <zone>', say('cli.schedule.timezone'))
      .option('--disabled', say('cli.schedule.disabled')),
    add,
  );
  core(
    schedule.command('remove <id>').description(say('cli.schedule.remove')),
    async (context, _options, [id = '']) =>
      report(await context.client.call('schedules.remove', { id }), context),
  );
  core<{ readonly days: string }>(
    schedule
      .command('preview')
      .description(say('cli.schedule.preview'))
      .option('--days <n>', say('cli.schedule.days'), '30'),
    (context, { days }) => preview(context, days),
  );
  for (const word of ['unit', 'timer', 'cron'] as const)
    core(schedule.command(word).description(say(`cli.schedule.${word}`)), ({ client, printer }) =>
      printRunner({ client, printer }, word),
    );
  core(schedule.command('credential').description(say('cli.schedule.credential')), ({ operation }) =>
    runOperation('schedule.credential', {}, operation),
  );
  core(schedule.command('root-tokens').description(say('cli.schedule.root_tokens')), findTokens);
}

/** `scheduler`: runs the schedules until it is told to end, one at a time. */
export function registerScheduler({ program, core, say }: Registry): void {
  core<{ readonly once?: boolean }>(
    program
      .command('scheduler')
      .description(say('cli.scheduler.description'))
      .option('--once', say('cli.scheduler.once')),
    async ({ client, printer }, { once }) => {
      const { schedules } = await client.call('schedules.list', {});
      printer.note(say('cli.scheduler.started', { schedules: schedules.length }));
      const ran = [];
      let good = true;
      for await (const { id, run } of client.open('schedules.run', { once: once === true })) {
        ran.push({ id, run });
        good &&= run.outcome === 'done' || run.outcome === 'pending';
        printer.line(printer.say('cli.schedule.ran', { id, outcome: run.outcome }));
        if (run.error !== undefined && !printer.json) printer.error(run.error);
        // A run of months is no document: only what was due at once is answered as a whole.
        if (once !== true) ran.length = 0;
      }
      printer.result({ ok: good, ran });
      return good ? exitCodes.done : exitCodes.failed;
    },
  );
}
