import type { Command } from 'commander';
import type { RotationTarget } from '../../../../shared/contract/rotation.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { Registry } from '../context.ts';
import { collectList } from './service-access.ts';

export interface RotateOptions {
  readonly serviceName?: readonly string[];
  readonly registrationId?: readonly string[];
  readonly allServices?: boolean;
  readonly infra?: readonly string[];
  readonly secretIdNumUses?: string;
  readonly rnCidrs?: readonly string[];
  readonly secretIdWrapTtl?: string;
  readonly overlapMinutes?: string;
  readonly wait?: boolean;
  readonly waitTimeout?: string;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** The targets that are rotated for chosen services. */
export const chosen: ReadonlySet<RotationTarget> = new Set(['approle-secret-id', 'force-reissue']);

/** @throws `cli_usage` naming the flag */
function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new ConsoleError('cli_usage', { problem: flag });
  return Number(text);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `2m`, `90s`, `1h` or bare seconds. @throws `cli_usage` */
function secondsOf(flag: string, text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(text) ?? [];
  if (count === undefined) throw new ConsoleError('cli_usage', { problem: flag });
  return Number(count) * (unitSeconds[unit] ?? 1);
}

function approleBounds({ secretIdNumUses, rnCidrs, secretIdWrapTtl }: RotateOptions): object {
  return {
    ...(secretIdNumUses === undefined ? {} : { uses: wholeNumber('--secret-id-num-uses', secretIdNumUses) }),
    ...(rnCidrs === undefined ? {} : { cidrs: rnCidrs }),
    ...(secretIdWrapTtl === undefined ? {} : { wrapTtl: secretIdWrapTtl }),
  };
}

/** How long `force-reissue` waits: as the tools, 2 minutes unless said. */
const waitOf = ({ wait, waitTimeout }: RotateOptions): object =>
  wait === true ? { waitSeconds: secondsOf('--wait-timeout', waitTimeout ?? '2m') } : {};

/** Input of a rotation from the flags. Nothing chosen is an error: silence must not mean everybody. Throws `cli_usage`. */
export function rotationInput(
  target: RotationTarget,
  options: RotateOptions,
  args: readonly string[],
): unknown {
  if (target === 'responder-hmac') {
    const { overlapMinutes: minutes } = options;
    return minutes === undefined ? {} : { overlapMinutes: wholeNumber('--overlap-minutes', minutes) };
  }
  if (!chosen.has(target)) return {};
  const named = [...(options.registrationId ?? []), ...(options.serviceName ?? []), ...args];
  const infra = options.infra ?? [];
  if (options.allServices !== true && named.length === 0 && infra.length === 0)
    throw new ConsoleError('cli_usage', { problem: '--registration-id, --all-services' });
  const ids = options.allServices === true ? 'all' : named;
  return target === 'approle-secret-id'
    ? { ids, infra, ...approleBounds(options) }
    : { ids, ...waitOf(options) };
}

/** The flags of one target, with the words of the tools where they have one. */
export function addRotateOptions(command: Command, target: RotationTarget, say: Registry['say']): void {
  if (chosen.has(target))
    command
      .option('--service-name <name>', say('cli.service.name'), collect)
      .option('--registration-id <id>', say('cli.service.registration_id'), collect)
      .option('--all-services', say('cli.rotate.all_services'));
  if (target === 'approle-secret-id')
    command
      .option('--infra <agent>', say('cli.rotate.infra'), collect)
      .option('--secret-id-num-uses <count>', say('cli.rotate.uses'))
      .option('--rn-cidrs <list>', say('cli.rotate.cidr'), collectList)
      .option('--secret-id-wrap-ttl <ttl>', say('cli.rotate.wrap_ttl'));
  if (target === 'force-reissue')
    command
      .option('--wait', say('cli.rotate.wait'))
      .option('--wait-timeout <duration>', say('cli.rotate.wait_timeout'));
  if (target === 'responder-hmac') command.option('--overlap-minutes <minutes>', say('cli.rotate.overlap'));
}
