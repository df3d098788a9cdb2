import type { Command } from 'commander';
import type { CaKeyAction, CaKeyBoard } from '../../../../shared/contract/rotation-ca-key.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';

interface CaKeyOptions {
  readonly full?: boolean;
  readonly skip?: string;
  readonly force?: boolean;
  readonly cleanup?: boolean;
}

const kind = 'rotate.ca-key';

async function status({ client, printer }: CoreContext): Promise<ExitCode> {
  const board = await client.call('rotationCaKey.board', {});
  printer.line(printer.say('cli.ca_key.stage', { stage: board.stage, waiting: board.waiting }));
  for (const { service, host, bundle, pins, issuer, served, waived, green } of board.rows) {
    const cells = [bundle, pins, issuer, served].map(({ state }) => state.padEnd(8)).join(' ');
    const mark = waived === undefined ? (green ? '+' : '-') : 'w';
    printer.line(`${mark} ${service.padEnd(24)} ${host.padEnd(20)} ${cells} ${waived?.reason ?? ''}`);
  }
  printer.result({ ok: true, board });
  return exitCodes.done;
}

/** The skipped phases by bootroot's words, and `switch` to stop before the first gate. Throws `cli_usage`. */
function skipped({ skip = '' }: CaKeyOptions): ReadonlySet<CaKeyAction> {
  const words: Readonly<Record<string, CaKeyAction>> = {
    switch: 'switch',
    reissue: 'reissue',
    finalize: 'retire',
  };
  const named = skip.split(',').filter((word) => word !== '');
  return new Set(
    named.map((word) => {
      const action = words[word.trim()];
      if (action === undefined) throw new ConsoleError('cli_usage', { problem: `--skip ${word}` });
      return action;
    }),
  );
}

const waitingOf = ({ rows }: CaKeyBoard): string[] =>
  rows.filter(({ green, waived }) => !green && waived === undefined).map(({ service }) => service);

/** Phase after phase with its own plan, until the gate is closed, a phase is skipped, or the old CA is retired. */
async function run({ client, operation, printer }: CoreContext, options: CaKeyOptions): Promise<ExitCode> {
  const skip = skipped(options);
  let began = false;
  let last: ExitCode = exitCodes.done;
  for (;;) {
    const board = await client.call('rotationCaKey.board', {});
    const action = board.nextAction;
    if (action === undefined || (board.stage === 'idle' && began)) return last;
    if (skip.has(action)) return exitCodes.pending;
    if (options.full === true && board.mode === 'intermediate-only')
      throw new ConsoleError('ca_key_other_mode', { mode: board.mode });
    const gated = action === 'switch' || action === 'retire';
    const waiting = gated ? waitingOf(board) : [];
    if (waiting.length > 0 && options.force !== true) {
      printer.note(printer.say('cli.ca_key.closed', { names: waiting.join(', ') }));
      printer.result({ ok: false, board });
      return exitCodes.pending;
    }
    for (const service of waiting) {
      const code = await runOperation(kind, { action: 'waive', service, reason: '--force' }, operation);
      if (code !== exitCodes.done) return code;
    }
    const input = {
      action,
      mode: options.full === true ? 'full' : 'intermediate-only',
      destroyOld: options.cleanup === true,
    };
    const code = await runOperation(kind, input, operation);
    // A dry run shows the next phase; those after it depend on what becomes of it.
    if (operation.dryRun || (code !== exitCodes.done && code !== exitCodes.pending)) return code;
    // One document a run: with --json each phase is a run of its own.
    if (printer.json) return code;
    // Remote hosts that have yet to follow keep the whole from being done.
    last = code;
    began = true;
  }
}

/** `rotate ca-key`: bootroot's words run through the phases; `status`, `waive` and `abort` are the console's own. */
export function registerCaKey(rotate: Command, { core, say }: Registry): void {
  const command = rotate
    .command('ca-key')
    .description(say('cli.ca_key.description'))
    .option('--full', say('cli.ca_key.full'))
    .option('--skip <phases>', say('cli.ca_key.skip'))
    .option('--force', say('cli.ca_key.force'))
    .option('--cleanup', say('cli.ca_key.cleanup'));
  core<CaKeyOptions>(command, run);
  core(command.command('status').description(say('cli.ca_key.status')), status);
  core(command.command('abort').description(say('cli.ca_key.abort')), ({ operation }) =>
    runOperation(kind, { action: 'abort' }, operation),
  );
  core<{ readonly reason: string }>(
    command
      .command('waive <service>')
      .description(say('cli.ca_key.waive'))
      .requiredOption('--reason <text>', say('cli.ca_key.reason')),
    ({ operation }, { reason }, [service = '']) =>
      runOperation(kind, { action: 'waive', service, reason }, operation),
  );
}
