import type { RotationTarget } from '../../../../shared/contract/rotation.ts';
import { rotationTargets } from '../../../../shared/contract/rotation.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { registerCaKey } from './rotate-ca-key.ts';
import { registerEab } from './rotate-eab.ts';
import { registerInfraTls } from './rotate-infra-tls.ts';
import { addRotateOptions, chosen, rotationInput, type RotateOptions } from './rotate-options.ts';
import { registerRecovery } from './rotate-recovery.ts';

/** The targets with words of their own. */
const own: ReadonlySet<RotationTarget> = new Set(['ca-key', 'openbao-recovery', 'eab', 'infra-tls']);

async function list({ client, printer }: CoreContext): Promise<ExitCode> {
  const items = await client.call('rotation.list', {});
  for (const { target, title, due, changedAt } of items) {
    const at = changedAt === undefined ? '-' : new Date(changedAt).toISOString();
    printer.line(
      `${target.padEnd(20)} ${at.padEnd(24)} ${printer.say(`cli.rotate.due.${due}`)}  ${printer.text(title)}`,
    );
  }
  printer.result({ ok: true, items });
  return exitCodes.done;
}

export function registerRotate(registry: Registry): void {
  const { program, core, say } = registry;
  const rotate = program.command('rotate').description(say('cli.rotate.description'));
  core(rotate.command('list').description(say('cli.rotate.list')), list);
  registerCaKey(rotate, registry);
  registerRecovery(rotate, registry);
  registerEab(rotate, registry);
  registerInfraTls(rotate, registry);
  for (const target of rotationTargets) {
    if (own.has(target)) continue;
    const command = rotate
      .command(chosen.has(target) ? `${target} [name...]` : target)
      .description(say('cli.rotate.target', { name: target }));
    addRotateOptions(command, target, say);
    core<RotateOptions>(command, async ({ operation }, options, args) => {
      const code = await runOperation(`rotate.${target}`, rotationInput(target, options, args), operation);
      // As the tools answer when the wait runs out.
      return options.wait === true && code === exitCodes.pending ? exitCodes.timedOut : code;
    });
  }
}
