import type { RotationTarget } from '../../../../shared/contract/rotation.ts';
import { rotationTargets } from '../../../../shared/contract/rotation.ts';
import type { Registry } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { registerCaKey } from './rotate-ca-key.ts';
import { registerEab } from './rotate-eab.ts';
import { registerInfraTls } from './rotate-infra-tls.ts';
import { addRotateOptions, chosen, rotationInput, type RotateOptions } from './rotate-options.ts';
import { addPlaceOptions, requirePlace, type PlaceOptions } from './rotate-place.ts';
import { registerRecovery } from './rotate-recovery.ts';
import { registerRotateViews } from './rotate-views.ts';

/** The targets with words of their own. */
const own: ReadonlySet<RotationTarget> = new Set(['ca-key', 'openbao-recovery', 'eab', 'infra-tls']);

export function registerRotate(whole: Registry): void {
  const { program, say } = whole;
  const rotate = program.command('rotate').description(say('cli.rotate.description'));
  addPlaceOptions(rotate, say);
  const registry: Registry = {
    ...whole,
    core: (command, run) =>
      whole.core(command, async (context, options, args) => {
        await requirePlace(context, command.optsWithGlobals<PlaceOptions>());
        return run(context, options as never, args);
      }),
  };
  const { core } = registry;
  registerRotateViews(rotate, registry);
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
