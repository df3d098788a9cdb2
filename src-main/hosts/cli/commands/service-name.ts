import type { Command } from 'commander';
import { ConsoleError } from '../../../../shared/errors.ts';
import type { Registry } from '../context.ts';

/** How both generations of the tools name a service: the older by `--service-name`, the newer by `--registration-id`. */
export interface NameOptions {
  readonly serviceName?: string;
  readonly registrationId?: string;
}

export const withName = (command: Command, say: Registry['say']): Command =>
  command
    .option('--service-name <name>', say('cli.service.name'))
    .option('--registration-id <id>', say('cli.service.registration_id'));

/** The id that the flags, or the first argument, name; undefined when none does. */
export const namedService = (options: NameOptions, args: readonly string[] = []): string | undefined =>
  options.registrationId ?? options.serviceName ?? args[0];

/** The same where a service must be named. Throws `cli_usage`. */
export function serviceIdOf(options: NameOptions, args: readonly string[] = []): string {
  const id = namedService(options, args);
  if (id === undefined) throw new ConsoleError('cli_usage', { problem: '--service-name' });
  return id;
}
