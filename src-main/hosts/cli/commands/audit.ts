import { existsSync } from 'node:fs';
import path from 'node:path';
import { auditContract, type AuditEntry } from '../../../../shared/contract/audit.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { writeFileAtomic } from '../../../workspace/atomic.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';

interface ListOptions {
  readonly limit: string;
  readonly search?: string;
}

interface ExportOptions {
  readonly output?: string;
}

const lineOf = ({ seq, at, actor, action, target, outcome }: AuditEntry): string =>
  `${seq}  ${new Date(at).toISOString()}  ${actor}  ${action}  ${target}  ${outcome}`;

async function list({ client, printer }: CoreContext, options: ListOptions): Promise<ExitCode> {
  const limit = wholeNumber(options.limit, '--limit', 1, 1000);
  const search = options.search ?? '';
  const { entries, total } = await client.ask(auditContract, 'audit.list', { limit, search });
  for (const entry of entries) printer.line(lineOf(entry));
  printer.line(printer.say('cli.audit.total', { shown: entries.length, total }));
  printer.result({ ok: true, entries, total });
  return exitCodes.done;
}

/** Walks the hash chain; exit code 1 when an entry was edited, removed or reordered. */
async function verify({ client, printer }: CoreContext): Promise<ExitCode> {
  const verdict = await client.ask(auditContract, 'audit.verify', {});
  const { broken, entries, intact } = verdict;
  if (broken === undefined) printer.line(printer.say('cli.audit.intact', { count: entries }));
  else
    printer.line(
      printer.say('cli.audit.broken', { seq: broken.seq, how: printer.say(`cli.audit.${broken.how}`) }),
    );
  printer.result({ ok: intact, ...verdict });
  return intact ? exitCodes.done : exitCodes.failed;
}

/** Every entry, oldest first, a JSON object each line. */
async function exportAll(context: CoreContext, { output }: ExportOptions): Promise<ExitCode> {
  const { client, printer, terminal } = context;
  const pages: AuditEntry[][] = [];
  for (let before: number | undefined; ;) {
    const from = before === undefined ? {} : { before };
    const { entries } = await client.ask(auditContract, 'audit.list', { limit: 1000, ...from });
    const last = entries.at(-1);
    if (last === undefined) break;
    pages.push(entries);
    before = last.seq;
  }
  const entries = pages.flat().reverse();
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  if (output === undefined) {
    terminal.stdout.write(text);
    return exitCodes.done;
  }
  // A new file only: an export never replaces an older one.
  if (existsSync(output)) throw new ConsoleError('cli_file_exists', { file: output });
  await writeFileAtomic(path.resolve(output), text, { mode: 0o600 });
  printer.line(printer.say('cli.audit.exported', { count: entries.length, file: output }));
  printer.result({ ok: true, count: entries.length, file: path.resolve(output) });
  return exitCodes.done;
}

export function registerAudit({ program, core, say }: Registry): void {
  const audit = program.command('audit').description(say('cli.audit.description'));
  const listing = audit
    .command('list')
    .description(say('cli.audit.list'))
    .option('--limit <n>', say('cli.audit.limit'), '50')
    .option('--search <text>', say('cli.audit.search'));
  const exporting = audit
    .command('export')
    .description(say('cli.audit.export'))
    .option('--output <file>', say('cli.audit.output'));
  core<ListOptions>(listing, list);
  core(audit.command('verify').description(say('cli.audit.verify')), verify);
  core<ExportOptions>(exporting, exportAll);
}
