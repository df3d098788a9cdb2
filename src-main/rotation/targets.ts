import { ConsoleError } from '../../shared/errors.ts';
import { consoleRoleName, roleNames } from '../openbao/policies.ts';
import type { ServicesContext } from '../services/context.ts';
import { isRemote, servicesOf, type Service } from '../services/entry.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { readStateIfPresent, updateState } from '../workspace/state.ts';
import { setSyncStatus, type SyncItem } from '../workspace/service-entry.ts';

export { isRemote };

/** One AppRole credential and where its secret_id is kept. */
export interface Credential {
  readonly id: string;
  readonly role: string;
  readonly roleIdPath: string;
  readonly secretIdPath: string;
  /** file: on this host. remote: handed over through OpenBao; the host pulls it. */
  readonly delivery: 'file' | 'remote';
  readonly ttl?: string;
  /** Addresses from which a login's token may be used. */
  readonly cidrs?: readonly string[];
  /** Logins it is good for; unlimited unless given. */
  readonly uses?: number;
  /** Remote: how long the wrapping token in the bootstrap artifact lives; none is made unless given. */
  readonly wrapTtl?: string;
}

export const allServicesOf = async (context: ServicesContext): Promise<readonly Service[]> =>
  servicesOf(await readStateIfPresent(context.paths.state), context.paths);

export type Selection = 'all' | readonly string[];

/** The services that were chosen, in the order of state.json. Throws `not_found` naming the first that is not there. */
export async function chosenServices(context: ServicesContext, ids: Selection): Promise<readonly Service[]> {
  const all = await allServicesOf(context);
  if (ids === 'all') return all;
  const missing = ids.find((id) => !all.some((service) => service.id === id));
  if (missing !== undefined) throw new ConsoleError('not_found', { what: 'service', name: missing });
  return all.filter(({ id }) => ids.includes(id));
}

export const credentialOf = (service: Service): Credential => {
  const { role_name: role, secret_id_ttl: ttl, token_bound_cidrs: cidrs } = service.entry.approle;
  return {
    id: service.id,
    role,
    roleIdPath: service.roleIdPath,
    secretIdPath: service.secretIdPath,
    delivery: isRemote(service) ? 'remote' : 'file',
    ...(ttl === null || ttl === undefined ? {} : { ttl }),
    ...(cidrs === null || cidrs === undefined || cidrs.length === 0 ? {} : { cidrs }),
  };
};

export const infraTargets = ['stepca', 'responder'] as const;
export type InfraTarget = (typeof infraTargets)[number];

/** The credential of an infra agent, step-ca's or the responder's. */
export const infraCredential = (context: ServicesContext, target: InfraTarget): Credential => ({
  id: `infra-${target}`,
  role: roleNames[target],
  roleIdPath: context.paths.infraAgent(target, 'role_id'),
  secretIdPath: context.paths.infraAgent(target, 'secret_id'),
  delivery: 'file',
});

export const consoleCredential = (context: ServicesContext): Credential => ({
  id: 'console',
  role: consoleRoleName,
  roleIdPath: context.paths.consoleRole('console', 'role_id'),
  secretIdPath: context.paths.consoleRole('console', 'secret_id'),
  delivery: 'file',
});

/** A credential file without the line break that tools may have put at its end; undefined when there is none, or nothing in it. */
export async function readCredential(path: string): Promise<string | undefined> {
  const text = (await readTextFileIfPresent(path))?.trim();
  return text === '' ? undefined : text;
}

/**
 * Marks one item of these services in state.json: pending with its expiry, or whatever else it is.
 * @param lifetimes seconds by service, where they are not the usual day
 */
export async function markSync(
  context: ServicesContext,
  ids: readonly string[],
  item: SyncItem,
  status: 'pending' | 'none',
  lifetimes: ReadonlyMap<string, number> = new Map(),
): Promise<void> {
  if (ids.length === 0) return;
  const seconds = Math.floor(context.now() / 1000);
  await updateState(
    context.paths.state,
    (draft) => {
      for (const id of ids) {
        const entry = draft.services?.[id];
        if (entry !== undefined) setSyncStatus(entry, item, status, seconds, lifetimes.get(id));
      }
    },
    { holder: 'rotate' },
  );
}
