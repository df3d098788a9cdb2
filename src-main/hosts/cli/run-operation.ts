import type { Operation, OperationState, Plan } from '../../../shared/contract/operations.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import type { Client } from './client.ts';
import { exitCodeOfState, exitCodes, type ExitCode } from './exit-codes.ts';
import { planLines } from './plan-text.ts';
import type { Printer } from './printer.ts';
import type { Prompt } from './prompt.ts';
import { collectSecrets } from './secret-inputs.ts';

export interface OperationContext {
  /** Its calls outlive an interrupt, so that the operation can be watched to its next safe point. */
  readonly client: Client;
  /** Aborted by SIGINT and SIGTERM: the operation is cancelled at its next safe point. */
  readonly interrupted: AbortSignal;
  readonly printer: Printer;
  readonly prompt: Prompt;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly secretFiles: ReadonlyMap<string, string>;
}

const resting: ReadonlySet<OperationState> = new Set([
  'paused',
  'done',
  'pending',
  'failed',
  'cancelled',
  'interrupted',
  'undone',
]);

/** Typed confirmation where the plan wants it, else `yes`. Throws `cli_declined`, `cli_no_input`. */
async function confirm(plan: Plan, { yes, prompt, printer }: OperationContext): Promise<string | undefined> {
  const { typed, verb } = plan.confirm;
  if (yes) return typed;
  const params = { verb: printer.text(verb), word: typed ?? printer.say('cli.confirm.yes') };
  const answer = await prompt.line(printer.say('cli.confirm.ask', params));
  if (answer !== params.word) throw new ConsoleError('cli_declined');
  return typed;
}

/** Prints what happens to one operation until it rests; progress goes to standard error. */
export async function watchOperation(id: string, context: OperationContext): Promise<Operation> {
  const { client, printer, interrupted } = context;
  const shown = new Map<string, string>();
  const cancel = (): void => {
    printer.note(printer.say('cli.operation.cancelling'));
    // It may have ended meanwhile; what it became is shown either way.
    client.call('operations.cancel', { id }).catch(() => undefined);
  };
  if (interrupted.aborted) cancel();
  interrupted.addEventListener('abort', cancel, { once: true });
  for await (const event of client.open('operations.watch', { id })) {
    if (event.type === 'log') {
      printer.note(`    ${printer.text(event.log.message)}`);
      continue;
    }
    const { operation } = event;
    operation.steps.forEach((step, index) => {
      if (step.state === 'waiting' || shown.get(step.id) === step.state) return;
      shown.set(step.id, step.state);
      const state = printer.say(`cli.step.${step.state}`);
      printer.note(`[${index + 1}/${operation.steps.length}] ${printer.text(step.title)}: ${state}`);
    });
    if (resting.has(operation.state)) return operation;
  }
  const { operation } = await client.call('operations.show', { id });
  return operation;
}

/** The result of an operation with its proofs; answers the exit code. */
export function reportOperation(operation: Operation, printer: Printer): ExitCode {
  printer.line(printer.say(`cli.operation.${operation.state}`, { title: printer.text(operation.title) }));
  for (const proof of operation.proofs) {
    const evidence = proof.evidence === undefined ? '' : `: ${printer.text(proof.evidence)}`;
    printer.line(`  ${printer.say(`cli.proof.${proof.outcome}`)} ${printer.text(proof.title)}${evidence}`);
  }
  printer.line(printer.say('cli.operation.id', { id: operation.id }));
  if (operation.error !== undefined && !printer.json) printer.error(operation.error);
  const code = exitCodeOfState(operation.state);
  printer.result({ ok: code === exitCodes.done, operation });
  return code;
}

/**
 * Plans, prints the plan, confirms, starts exactly that plan, shows its progress and reports.
 * `after` runs only when the operation is done; its answer decides the exit code.
 */
export async function runOperation(
  kind: string,
  input: unknown,
  context: OperationContext,
  after?: (operation: Operation) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { client, printer } = context;
  const plan = await client.call('operations.plan', { kind, input });
  for (const line of planLines(plan, printer)) (context.dryRun ? printer.line : printer.note)(line);
  if (context.dryRun) {
    printer.result({ ok: true, plan });
    return exitCodes.done;
  }
  const unmet = plan.preconditions.find(({ met }) => !met);
  if (unmet !== undefined) {
    // The title is the sentence that should be true; the detail says why it is not.
    const why = unmet.detail === undefined ? '' : ` (${printer.text(unmet.detail).replace(/\.$/, '')})`;
    throw new ConsoleError('cli_precondition', { what: `${printer.text(unmet.title)}${why}` });
  }
  const typed = await confirm(plan, context);
  const secrets = await collectSecrets(plan.secretInputs, { ...context, files: context.secretFiles });
  const started = await client.call('operations.start', {
    kind,
    input,
    digest: plan.digest,
    secrets,
    ...(typed === undefined ? {} : { typed }),
  });
  const finished = await watchOperation(started.id, context);
  if (finished.state === 'done' && after !== undefined) return after(finished);
  return reportOperation(finished, printer);
}
