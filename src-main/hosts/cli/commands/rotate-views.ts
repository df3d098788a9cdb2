import type { Command } from 'commander';
import type { CredentialExpiry } from '../../../../shared/contract/credential-expiry.ts';
import type { Operation } from '../../../../shared/contract/operations.ts';
import { rotationTargetSchema, type RotationItem } from '../../../../shared/contract/rotation.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Printer } from '../printer.ts';

const when = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

function printItems(items: readonly RotationItem[], printer: Printer): void {
  for (const { target, title, due, changedAt, dueAt, lastProofAt, expiresAt, policyDays } of items) {
    const state = printer.say(`cli.rotate.due.${due}`);
    printer.line(`${target.padEnd(20)} ${when(changedAt).padEnd(24)} ${state}  ${printer.text(title)}`);
    const facts = [
      ...(dueAt === undefined ? [] : [printer.say('cli.rotate.due_at', { at: when(dueAt) })]),
      ...(policyDays === undefined ? [] : [printer.say('cli.rotate.policy_days', { days: policyDays })]),
      ...(expiresAt === undefined ? [] : [printer.say('cli.rotate.ends_at', { at: when(expiresAt) })]),
      ...(lastProofAt === undefined ? [] : [printer.say('cli.rotate.proved_at', { at: when(lastProofAt) })]),
    ];
    if (facts.length > 0) printer.line(`${' '.repeat(21)}${facts.join('; ')}`);
  }
  printer.result({ ok: true, items });
}

async function list({ client, printer }: CoreContext): Promise<ExitCode> {
  printItems(await client.call('rotation.list', {}), printer);
  return exitCodes.done;
}

/** Only what is late or of unknown age; 4 when there is any, so that a timer can act on it. */
async function due({ client, printer }: CoreContext): Promise<ExitCode> {
  const items = (await client.call('rotation.list', {})).filter((item) => item.due !== 'ok');
  if (items.length === 0) printer.line(printer.say('cli.rotate.none_due'));
  printItems(items, printer);
  return items.some((item) => item.due !== 'unknown') ? exitCodes.pending : exitCodes.done;
}

/** The earliest end first; what does not end, or whose end nobody can say, goes last. */
const byEnd = (one: CredentialExpiry, other: CredentialExpiry): number =>
  (one.expiresAt ?? Infinity) - (other.expiresAt ?? Infinity) || (one.id < other.id ? -1 : 1);

async function timeline({ client, printer }: CoreContext): Promise<ExitCode> {
  const { at, items } = await client.call('rotation.timeline', {});
  const sorted = [...items].sort(byEnd);
  for (const { expiresAt, id, limit, target, problem } of sorted) {
    const words = [limit, target ?? '-', problem === undefined ? '' : printer.text(problem)];
    printer.line(`${when(expiresAt).padEnd(24)} ${id.padEnd(32)} ${words.join('  ').trimEnd()}`);
  }
  printer.result({ ok: true, at, items: sorted });
  return exitCodes.done;
}

const prefix = 'rotate.';

function printOperation(operation: Operation, printer: Printer): void {
  const { id, kind, startedAt, actor, state, planDigest, changes } = operation;
  const digest = planDigest.slice(0, 12);
  const word = printer.say(`cli.state.${state}`);
  printer.line(
    `${when(startedAt)}  ${kind.slice(prefix.length).padEnd(20)} ${word}  ${actor}  ${digest}  ${id}`,
  );
  for (const { what, before, after } of changes)
    printer.line(`    ${what}: ${before ?? '-'} → ${after ?? '-'}`);
}

/** Who rotated what when, by which plan, with fingerprints before and after. Throws `cli_usage` for a target there is not. */
async function history({ client, printer }: CoreContext, target: string | undefined): Promise<ExitCode> {
  if (target !== undefined && !rotationTargetSchema.safeParse(target).success)
    throw new ConsoleError('cli_usage', { problem: target });
  const operations = (await client.call('operations.list', { limit: 500 })).filter(({ kind }) =>
    target === undefined ? kind.startsWith(prefix) : kind === `${prefix}${target}`,
  );
  if (operations.length === 0) printer.line(printer.say('cli.operations.none'));
  for (const operation of operations) printOperation(operation, printer);
  printer.result({ ok: true, operations });
  return exitCodes.done;
}

/** Sets or removes the age at which a secret is due. Throws `cli_usage`. */
async function policy({ client, printer }: CoreContext, [name, days]: readonly string[]): Promise<ExitCode> {
  const target = rotationTargetSchema.safeParse(name);
  const count = days === 'none' ? null : Number(days);
  if (!target.success) throw new ConsoleError('cli_usage', { problem: name ?? '' });
  if (count !== null && !(count > 0)) throw new ConsoleError('cli_usage', { problem: days ?? '' });
  printItems(
    (await client.call('rotation.setPolicy', { target: target.data, days: count })).filter(
      (item) => item.target === target.data,
    ),
    printer,
  );
  return exitCodes.done;
}

/** What only looks: `rotate list | due | timeline | history`; and `rotate policy`. */
export function registerRotateViews(rotate: Command, { core, say }: Registry): void {
  core(rotate.command('list').description(say('cli.rotate.list')), list);
  core(rotate.command('due').description(say('cli.rotate.due_list')), due);
  core(rotate.command('timeline').description(say('cli.rotate.timeline')), timeline);
  core(
    rotate.command('history [target]').description(say('cli.rotate.history')),
    (context, _options, [target]) => history(context, target),
  );
  core(
    rotate.command('policy <target> <days>').description(say('cli.rotate.policy')),
    (context, _options, args) => policy(context, args),
  );
}
