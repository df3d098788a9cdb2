import type { Operation } from '../../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { reportOperation, watchOperation } from '../run-operation.ts';
import { collectSecrets } from '../secret-inputs.ts';

const when = (at: number): string => new Date(at).toISOString();

async function list({ client, printer }: CoreContext): Promise<ExitCode> {
  const operations = await client.call('operations.list', {});
  for (const { id, startedAt, state, title } of operations) {
    printer.line(`${id}  ${when(startedAt)}  ${printer.say(`cli.state.${state}`)}  ${printer.text(title)}`);
  }
  if (operations.length === 0) printer.line(printer.say('cli.operations.none'));
  printer.result({ ok: true, operations });
  return exitCodes.done;
}

async function show({ client, printer }: CoreContext, id: string): Promise<ExitCode> {
  const { operation, logs } = await client.call('operations.show', { id });
  printer.line(
    `${operation.id}  ${printer.say(`cli.state.${operation.state}`)}  ${printer.text(operation.title)}`,
  );
  for (const step of operation.steps) {
    printer.line(`  ${printer.say(`cli.step.${step.state}`)}: ${printer.text(step.title)}`);
  }
  for (const log of logs) printer.line(`  ${when(log.at)} ${printer.text(log.message)}`);
  if (operation.error !== undefined && !printer.json) printer.error(operation.error);
  printer.result({ ok: true, operation, logs });
  return exitCodes.done;
}

/** Resumes or undoes, and watches until it rests. */
async function carryOn(context: CoreContext, id: string, way: 'resume' | 'undo'): Promise<ExitCode> {
  const { client, operation, printer, prompt } = context;
  const before = await client.call('operations.show', { id });
  if (!operation.yes) {
    const params = { verb: printer.say(`cli.operations.${way}`), word: printer.say('cli.confirm.yes') };
    printer.note(printer.text(before.operation.title));
    if ((await prompt.line(printer.say('cli.confirm.ask', params))) !== params.word) {
      throw new ConsoleError('cli_declined');
    }
  }
  // Undoing needs no new secret; resuming needs what was never written down.
  const inputs = way === 'resume' ? before.operation.secretInputs : [];
  const secrets = await collectSecrets(inputs, { ...operation, files: operation.secretFiles });
  const started = await client.call(`operations.${way}`, { id, secrets });
  return reportOperation(await watchOperation(started.id, operation), printer);
}

async function cancel({ client, printer }: CoreContext, id: string): Promise<ExitCode> {
  const operation: Operation = await client.call('operations.cancel', { id });
  printer.line(`${operation.id}  ${printer.say(`cli.state.${operation.state}`)}`);
  printer.result({ ok: true, operation });
  return exitCodes.done;
}

export function registerOperations({ program, core, say }: Registry): void {
  const operations = program.command('operations').description(say('cli.operations.description'));
  const word = (name: 'show' | 'resume' | 'undo' | 'cancel') =>
    operations.command(`${name} <id>`).description(say(`cli.operations.${name}`));
  const idOf = (args: readonly string[]): string => args[0] ?? '';
  core(operations.command('list').description(say('cli.operations.list')), list);
  core(word('show'), (context, _options, args) => show(context, idOf(args)));
  core(word('resume'), (context, _options, args) => carryOn(context, idOf(args), 'resume'));
  core(word('undo'), (context, _options, args) => carryOn(context, idOf(args), 'undo'));
  core(word('cancel'), (context, _options, args) => cancel(context, idOf(args)));
}
