import type { RotationTarget } from '../../../../shared/contract/rotation.ts';
import { rotationTargets } from '../../../../shared/contract/rotation.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { CoreContext, Registry } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { registerRecovery } from './rotate-recovery.ts';

interface ChoiceOptions {
  readonly serviceName?: readonly string[];
  readonly registrationId?: readonly string[];
  readonly allServices?: boolean;
  readonly infra?: readonly string[];
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** The targets that are rotated for chosen services. */
const chosen: ReadonlySet<RotationTarget> = new Set(['approle-secret-id', 'force-reissue']);

/** The targets with words of their own. */
const own: ReadonlySet<RotationTarget> = new Set(['openbao-recovery']);

/** Input of a rotation from the flags. Nothing chosen is an error: silence must not mean everybody. Throws `cli_usage`. */
export function rotationInput(
  target: RotationTarget,
  options: ChoiceOptions,
  args: readonly string[],
): unknown {
  if (!chosen.has(target)) return {};
  const named = [...(options.registrationId ?? []), ...(options.serviceName ?? []), ...args];
  const infra = options.infra ?? [];
  if (options.allServices !== true && named.length === 0 && infra.length === 0)
    throw new ConsoleError('cli_usage', { problem: '--registration-id, --all-services' });
  const ids = options.allServices === true ? 'all' : named;
  return target === 'approle-secret-id' ? { ids, infra } : { ids };
}

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
  registerRecovery(rotate, registry);
  for (const target of rotationTargets) {
    if (own.has(target)) continue;
    const services = chosen.has(target);
    const command = rotate
      .command(services ? `${target} [name...]` : target)
      .description(say('cli.rotate.target', { name: target }));
    if (services)
      command
        .option('--service-name <name>', say('cli.service.name'), collect)
        .option('--registration-id <id>', say('cli.service.registration_id'), collect)
        .option('--all-services', say('cli.rotate.all_services'));
    if (target === 'approle-secret-id') command.option('--infra <agent>', say('cli.rotate.infra'), collect);
    core<ChoiceOptions>(command, ({ operation }, options, args) =>
      runOperation(`rotate.${target}`, rotationInput(target, options, args), operation),
    );
  }
}
