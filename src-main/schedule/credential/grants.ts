import * as z from 'zod';
import { consoleRoleName, type SchedulerGrants } from '../../openbao/policies.ts';
import { ratedPaths } from '../../rotation/list.ts';
import {
  allServicesOf,
  credentialOf,
  infraCredential,
  infraTargets,
  isRemote,
} from '../../rotation/targets.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import type { Schedule } from '../../../shared/contract/schedules.ts';

const inputSchema = z.object({
  ids: z.union([z.literal('all'), z.array(z.string())]).default([]),
  infra: z.array(z.enum(infraTargets)).default([]),
});

/** What an order at the CA needs: a new certificate is the proof of some rotations. */
const ordering = ['agent/eab', 'responder/hmac', 'ca'];
const none = { roles: [], kv: [], reads: [] } as const;

const kvOf = (services: readonly Service[], item: string): string[] =>
  services.map(({ id }) => `services/${id}/${item}`);

/** What one operation reaches in OpenBao; undefined: nothing that a narrow credential could be made for. */
function grantsOf(
  context: ServicesContext,
  all: readonly Service[],
  { kind, input }: Pick<Schedule, 'kind' | 'input'>,
): SchedulerGrants | undefined {
  const { ids, infra } = inputSchema.catch({ ids: [], infra: [] }).parse(input ?? {});
  const chosen = ids === 'all' ? all : all.filter(({ id }) => ids.includes(id));
  switch (kind) {
    case 'rotate.approle-secret-id':
      return {
        roles: [
          ...chosen.map((service) => credentialOf(service).role),
          ...infra.map((target) => infraCredential(context, target).role),
        ],
        kv: kvOf(chosen.filter(isRemote), 'secret_id'),
        reads: [],
      };
    case 'rotate.force-reissue':
      return { ...none, kv: kvOf(chosen, 'reissue'), reads: ordering };
    case 'rotate.trust-sync':
      return { ...none, kv: ['ca', ...kvOf(all, 'trust')] };
    case 'rotate.responder-hmac':
      return {
        ...none,
        kv: ['responder/hmac', ...kvOf(all, 'http_responder_hmac')],
        reads: ordering,
      };
    case 'rotate.stepca-password':
      return { ...none, kv: ['stepca/password'], reads: ordering };
    case 'rotate.db':
      return { ...none, kv: ['stepca/db', 'stepca/db_admin'], reads: ordering };
    case 'schedule.renew-credential':
      return none;
    case 'openbao.rotate-audit':
      return { ...none, audit: true };
    case 'backup.take':
      return { ...none, snapshot: true };
    case 'check.run':
      return { ...none, reads: ['ca', ...ordering] };
    case 'report.write':
      return {
        ...none,
        reads: ['ca'],
        looks: [
          consoleRoleName,
          ...infraTargets.map((target) => infraCredential(context, target).role),
          ...all.filter((service) => !isRemote(service)).map((service) => credentialOf(service).role),
        ],
        ages: ratedPaths,
      };
    case 'stepca.prune':
      return { ...none, reads: ordering };
    default:
      return undefined;
  }
}

/** Everything that these schedules reach, in a fixed order, so that the same schedules are the same policy. */
export async function grantsFor(
  context: ServicesContext,
  schedules: readonly Pick<Schedule, 'kind' | 'input' | 'enabled'>[],
): Promise<SchedulerGrants> {
  const all = await allServicesOf(context);
  const grants = schedules
    .filter(({ enabled }) => enabled)
    .flatMap((schedule) => grantsOf(context, all, schedule) ?? []);
  const rotates = schedules.some(({ enabled, kind }) => enabled && kind.startsWith('rotate.'));
  const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort();
  return {
    roles: sorted(grants.flatMap(({ roles }) => roles)),
    kv: sorted([...grants.flatMap(({ kv }) => kv), ...(rotates ? ['console/claim'] : [])]),
    reads: sorted(grants.flatMap(({ reads }) => reads)),
    looks: sorted(grants.flatMap(({ looks }) => looks ?? [])),
    ages: sorted(grants.flatMap(({ ages }) => ages ?? [])),
    audit: grants.some(({ audit }) => audit === true),
    snapshot: grants.some(({ snapshot }) => snapshot === true),
  };
}
