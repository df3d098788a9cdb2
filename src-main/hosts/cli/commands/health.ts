import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { runOperation } from '../run-operation.ts';

async function devices({ client, printer }: CoreContext): Promise<ExitCode> {
  const found = await client.call('health.auditDevices', {});
  for (const { name, file = '-', bytes, rotated, disk } of found.devices) {
    const free = disk === undefined ? '-' : Math.floor((100 * disk.freeBytes) / Math.max(1, disk.totalBytes));
    const params = { name, file, bytes: bytes ?? '-', kept: rotated.length, free };
    printer.line(printer.say('cli.audit_devices.line', params));
  }
  const ok = found.devices.length >= 2;
  printer.result({ ok, ...found });
  return ok ? exitCodes.done : exitCodes.failed;
}

interface KeepDays {
  readonly keepDays: string;
}
const daysOf = ({ keepDays }: KeepDays): number => wholeNumber(keepDays, '--keep-days', 1, 3650);

async function database({ client, printer }: CoreContext, options: KeepDays): Promise<ExitCode> {
  const found = await client.call('health.caDatabase', { keepDays: daysOf(options) });
  for (const { name, rows, bytes } of found.tables)
    printer.line(printer.say('cli.health.database_line', { name, rows, bytes }));
  for (const { kind, rows } of found.ended)
    printer.line(printer.say('cli.health.ended', { kind, rows, days: found.keepDays }));
  printer.result({ ok: true, ...found });
  return exitCodes.done;
}

interface IssuedOptions {
  readonly limit: string;
  readonly search?: string;
}

async function issued(
  { client, printer }: CoreContext,
  { limit, search = '' }: IssuedOptions,
): Promise<ExitCode> {
  const query = { search, limit: wholeNumber(limit, '--limit', 1, 200) };
  const found = await client.call('health.issued', query);
  const day = (at: number): string => new Date(at).toISOString();
  for (const { serial, title, notBefore, notAfter, revokedAt, provisioner = '-' } of found.items)
    printer.line(
      `${day(notBefore)}  ${day(notAfter)}  ${serial}  ${title}  ${provisioner}${revokedAt === undefined ? '' : '  revoked'}`,
    );
  printer.result({ ok: true, ...found });
  return exitCodes.done;
}

/** `health audit-devices|rotate-audit|ca-database|prune|issued`. */
export function registerHealth({ program, core, say }: Registry): void {
  const health = program.command('health').description(say('cli.health.description'));
  core(health.command('audit-devices').description(say('cli.audit_devices.list')), devices);
  core<{ readonly keep: string }>(
    health
      .command('rotate-audit')
      .description(say('cli.audit_devices.rotate'))
      .option('--keep <n>', say('cli.audit_devices.keep'), '30'),
    ({ operation }, { keep }) =>
      runOperation('openbao.rotate-audit', { keep: wholeNumber(keep, '--keep', 1, 1000) }, operation),
  );
  core<KeepDays>(
    health
      .command('ca-database')
      .description(say('cli.health.database'))
      .option('--keep-days <n>', say('cli.health.keep_days'), '7'),
    database,
  );
  core<KeepDays>(
    health
      .command('prune')
      .description(say('cli.health.prune'))
      .option('--keep-days <n>', say('cli.health.keep_days'), '7'),
    ({ operation }, options) => runOperation('stepca.prune', { keepDays: daysOf(options) }, operation),
  );
  core<IssuedOptions>(
    health
      .command('issued')
      .description(say('cli.health.issued'))
      .option('--search <text>', say('cli.health.issued_search'))
      .option('--limit <n>', say('cli.health.limit'), '50'),
    issued,
  );
}
