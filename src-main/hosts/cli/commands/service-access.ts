import type { Command } from 'commander';
import type { ServiceUpdate } from '../../../../shared/contract/services.ts';
import { ConsoleError } from '../../../../shared/errors.ts';
import { groupNumber } from '../../../services/group.ts';
import type { CoreContext, Registry } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runOperation } from '../run-operation.ts';
import { serviceIdOf, withName, type NameOptions } from './service-name.ts';

/** How the credential of a service is bound, in the words of the newer tools. */
export interface BoundOptions {
  readonly secretIdTtl?: string;
  readonly secretIdWrapTtl?: string;
  readonly rnCidrs?: readonly string[];
}

/** Who may read its files, and where they are. */
export interface AccessOptions extends BoundOptions {
  /** False where somebody asks for a secret_id that is not wrapped on its way. */
  readonly wrap?: boolean;
  readonly secretIdPath?: string;
  readonly certGroup?: string;
}

/** A list as the tools take it: with commas, or the flag several times. */
export const collectList = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  ...value.split(',').map((one) => one.trim()),
];

const withBounds = (command: Command, say: Registry['say']): Command =>
  command
    .option('--secret-id-ttl <duration>', say('cli.service.secret_id_ttl'))
    .option('--secret-id-wrap-ttl <duration>', say('cli.service.wrap_ttl'))
    .option('--rn-cidrs <list>', say('cli.rotate.cidr'), collectList);

// The tools wrap on the way to a file of this host too; here nothing travels, and scripts that say so still run.
export const withAccess = (command: Command, say: Registry['say']): Command =>
  withBounds(command, say)
    .addOption(command.createOption('--no-wrap').hideHelp())
    .option('--secret-id-path <file>', say('cli.service.secret_id_path'))
    .option('--cert-group <group>', say('cli.service.cert_group'));

/**
 * The number of `--cert-group`. A name is one of this host; for another host the number of the group there is needed.
 * @throws `cli_usage`
 */
async function groupOf(group: string | undefined, here: boolean): Promise<number | undefined> {
  if (group === undefined) return undefined;
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const gid = here ? await groupNumber(group) : undefined;
  if (gid === undefined) throw new ConsoleError('cli_usage', { problem: `--cert-group ${group}` });
  return gid;
}

/** Input of `service.add` and `host.add` from these flags; what was not given is undefined. */
export const accessInput = async (
  { secretIdTtl, rnCidrs, secretIdPath, certGroup }: AccessOptions,
  here: boolean,
): Promise<Readonly<Record<string, unknown>>> => ({
  secretIdTtl,
  boundCidrs: rnCidrs,
  secretIdPath,
  certGroupGid: await groupOf(certGroup, here),
});

/** What `service.update` changes, from the flags. Throws `cli_usage` when nothing is to be changed. */
export function updateInput(
  id: string,
  { secretIdTtl, secretIdWrapTtl, rnCidrs }: BoundOptions,
): ServiceUpdate {
  if (secretIdTtl === undefined && secretIdWrapTtl === undefined && rnCidrs === undefined)
    throw new ConsoleError('cli_usage', { problem: '--secret-id-ttl, --secret-id-wrap-ttl, --rn-cidrs' });
  const cleared = rnCidrs?.length === 1 && rnCidrs[0] === 'clear';
  return {
    id,
    ...(secretIdTtl === undefined ? {} : { secretIdTtl }),
    ...(secretIdWrapTtl === undefined ? {} : { wrapTtl: secretIdWrapTtl }),
    ...(rnCidrs === undefined ? {} : { boundCidrs: cleared ? 'clear' : [...rnCidrs] }),
  };
}

/** `service update | remove`, as the newer tools have them. */
export function registerServiceChanges(service: Command, core: Registry['core'], say: Registry['say']): void {
  const updating = service.command('update [name]').description(say('cli.service.update'));
  core<NameOptions & BoundOptions>(
    withBounds(withName(updating, say), say),
    (context: CoreContext, options, args): Promise<ExitCode> =>
      runOperation('service.update', updateInput(serviceIdOf(options, args), options), context.operation),
  );
  const removing = withName(service.command('remove [name]').description(say('cli.service.remove')), say);
  // The tools leave these two behind unless told; here they go with the service, and scripts that say so still run.
  for (const flag of ['--delete-artifacts', '--strip-config'])
    removing.addOption(removing.createOption(flag).hideHelp());
  core<NameOptions>(removing, (context: CoreContext, options, args): Promise<ExitCode> =>
    runOperation('service.remove', { id: serviceIdOf(options, args) }, context.operation),
  );
}
