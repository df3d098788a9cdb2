import type { Command } from 'commander';
import type { NotificationSettings, Sent } from '../../../../shared/contract/notifications.ts';
import { channelSchema, mailSecurities, webhookShapes } from '../../../../shared/contract/notifications.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { message } from '../../../../shared/message.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { collectSecrets } from '../secret-inputs.ts';

const when = (at: number): string => new Date(at).toISOString();

function report({ channels, silences }: NotificationSettings, { printer }: CoreContext): ExitCode {
  for (const { id, delivery, severity, enabled, afterMinutes, secret } of channels)
    printer.line(
      `${id.padEnd(20)} ${delivery.type.padEnd(8)} ${severity.padEnd(9)} ${enabled ? 'on ' : 'off'} +${afterMinutes} min  ${secret}`,
    );
  for (const { id, pattern, until, by, comment } of silences)
    printer.line(`~ ${id}  ${pattern}  ${when(until)}  ${by}  ${comment}`);
  printer.result({ ok: true, channels, silences });
  return exitCodes.done;
}

function reportSent(sent: readonly Sent[], { printer }: CoreContext): ExitCode {
  for (const { at, channel, outcome, subject, error } of sent) {
    printer.line(`${when(at)}  ${channel}  ${outcome}  ${subject}`);
    if (error !== undefined && !printer.json) printer.error(error);
  }
  const ok = sent.every(({ outcome }) => outcome === 'sent');
  printer.result({ ok, sent });
  return ok ? exitCodes.done : exitCodes.failed;
}

interface ChannelOptions {
  readonly severity: string;
  readonly afterMinutes: string;
  readonly repeatMinutes: string;
  readonly host?: string;
  readonly port: string;
  readonly security: string;
  readonly username?: string;
  readonly from?: string;
  readonly to?: string;
  readonly caFile?: string;
  readonly shape: string;
}

const given = <K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, string>);

async function channelSecret({ operation, printer, prompt, terminal }: CoreContext): Promise<string> {
  const input = { name: 'channel', label: message('cli.notify.secret'), minLength: 1, fresh: false };
  const sources = { environment: terminal.environment, files: operation.secretFiles, prompt, printer };
  return (await collectSecrets([input], sources))['channel'] ?? '';
}

/** The secret never stands on the command line: it is asked, or comes by `--secret-file channel=FILE`. */
async function save(
  context: CoreContext,
  options: ChannelOptions,
  id: string,
  type: string,
): Promise<ExitCode> {
  const delivery =
    type === 'mail'
      ? {
          type,
          host: options.host,
          port: wholeNumber(options.port, '--port', 1, 65_535),
          security: options.security,
          from: options.from,
          to: options.to?.split(','),
          ...given('username', options.username),
          ...given('caFile', options.caFile),
        }
      : type === 'webhook'
        ? { type, shape: options.shape }
        : { type };
  const parsed = channelSchema.safeParse({
    id,
    severity: options.severity,
    afterMinutes: wholeNumber(options.afterMinutes, '--after-minutes', 0, 10_080),
    repeatMinutes: wholeNumber(options.repeatMinutes, '--repeat-minutes', 0, 10_080),
    language: context.printer.locale,
    delivery,
  });
  if (!parsed.success)
    throw new ConsoleError('cli_usage', { problem: parsed.error.issues[0]?.path.join('.') ?? '' });
  const wanted = type === 'webhook' || (type === 'mail' && options.username !== undefined);
  const secret = wanted ? await channelSecret(context) : undefined;
  const saved = await context.client.call('notifications.saveChannel', {
    channel: parsed.data,
    ...(secret === undefined ? {} : { secret }),
  });
  return report(saved, context);
}

/** `monitoring notify list|save|remove|test|silence|unsilence|sent`. */
export function registerNotify(monitoring: Command, { core, say }: Registry): void {
  const notify = monitoring.command('notify').description(say('cli.notify.description'));
  core(notify.command('list').description(say('cli.notify.list')), async (context) =>
    report(await context.client.call('notifications.settings', {}), context),
  );
  core<ChannelOptions>(
    notify
      .command('save <id> <type>')
      .description(say('cli.notify.save'))
      .option('--severity <severity>', 'critical | warning | notice', 'warning')
      .option('--after-minutes <n>', say('cli.notify.after'), '0')
      .option('--repeat-minutes <n>', say('cli.notify.repeat'), '240')
      .option('--host <host>', say('cli.notify.host'))
      .option('--port <n>', say('cli.notify.port'), '587')
      .option('--security <security>', mailSecurities.join(' | '), 'starttls')
      .option('--username <name>', say('cli.notify.username'))
      .option('--from <address>', say('cli.notify.from'))
      .option('--to <addresses>', say('cli.notify.to'))
      .option('--ca-file <file>', say('cli.notify.ca_file'))
      .option('--shape <shape>', webhookShapes.join(' | '), 'generic'),
    (context, options, [id = '', type = '']) => save(context, options, id, type),
  );
  core(
    notify.command('remove <id>').description(say('cli.notify.remove')),
    async (context, _options, [id = '']) =>
      report(await context.client.call('notifications.removeChannel', { id }), context),
  );
  core(
    notify.command('test <id>').description(say('cli.notify.test')),
    async (context, _options, [id = '']) =>
      reportSent([await context.client.call('notifications.test', { id })], context),
  );
  core<{ readonly minutes: string; readonly comment: string }>(
    notify
      .command('silence <pattern>')
      .description(say('cli.notify.silence'))
      .option('--minutes <n>', say('cli.notify.minutes'), '60')
      .option('--comment <text>', say('cli.notify.comment'), ''),
    async (context, { minutes, comment }, [pattern = '']) =>
      report(
        await context.client.call('notifications.silence', {
          pattern,
          minutes: wholeNumber(minutes, '--minutes', 1, 43_200),
          comment,
        }),
        context,
      ),
  );
  core(
    notify.command('unsilence <id>').description(say('cli.notify.unsilence')),
    async (context, _options, [id = '']) =>
      report(await context.client.call('notifications.unsilence', { id }), context),
  );
  core<{ readonly limit: string }>(
    notify
      .command('sent')
      .description(say('cli.notify.sent'))
      .option('--limit <n>', say('cli.audit.limit'), '50'),
    async (context, { limit }) =>
      reportSent(
        await context.client.call('notifications.sent', { limit: wholeNumber(limit, '--limit', 1, 500) }),
        context,
      ),
  );
}
