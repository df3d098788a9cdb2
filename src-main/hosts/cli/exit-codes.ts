import type { OperationState } from '../../../shared/contract/operations.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import type { MessageKey } from '../../../shared/i18n/index.ts';

/** What the command line answers to the shell. 0, 1, 2 and 124 mean what they mean in the bootroot tools. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  pending: 4,
  cancelled: 5,
  timedOut: 124,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The same table for `--help`. */
export const exitCodeTexts: readonly (readonly [ExitCode, MessageKey])[] = [
  [exitCodes.done, 'cli.exit.done'],
  [exitCodes.failed, 'cli.exit.failed'],
  [exitCodes.usage, 'cli.exit.usage'],
  [exitCodes.refused, 'cli.exit.refused'],
  [exitCodes.pending, 'cli.exit.pending'],
  [exitCodes.cancelled, 'cli.exit.cancelled'],
  [exitCodes.timedOut, 'cli.exit.timed_out'],
];

/** Codes that say: nothing was tried, because something has to be put right first. */
const refusals: ReadonlySet<string> = new Set([
  'cli_precondition',
  'cli_declined',
  'no_workspace',
  'nothing_set_up',
  'plan_changed',
  'precondition_unmet',
  'operation_running',
  'operation_elsewhere',
  'cli_other_place',
  'lock_held',
  'web_port_taken',
]);

const usages: ReadonlySet<string> = new Set(['invalid_input', 'cli_usage']);

/** The exit code for an error that ended a command. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (!isConsoleError(error)) return exitCodes.failed;
  if (usages.has(error.code)) return exitCodes.usage;
  if (refusals.has(error.code)) return exitCodes.refused;
  return error.code === 'cancelled' ? exitCodes.cancelled : exitCodes.failed;
}

/** The exit code for an operation that has come to rest. */
export function exitCodeOfState(state: OperationState): ExitCode {
  switch (state) {
    case 'done':
    case 'undone':
      return exitCodes.done;
    case 'pending':
      return exitCodes.pending;
    case 'cancelled':
    case 'paused':
      return exitCodes.cancelled;
    case 'failed':
    case 'interrupted':
    case 'running':
    case 'undoing':
      return exitCodes.failed;
  }
}
