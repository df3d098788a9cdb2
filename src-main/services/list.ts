import { rungs, type Rung, type ServiceDetail, type ServiceSummary } from '../../shared/contract/services.ts';
import type { Output, ParsedInput } from '../../shared/contract/index.ts';
import { readRenewalRecord } from '../agent/record.ts';
import { toldError } from '../operations/told-error.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import type { ServicesContext } from './context.ts';
import { findService, servicesOf, type Service } from './entry.ts';
import { passes } from './filter.ts';
import { headline } from './ladder/rungs.ts';
import type { LeafCache } from './leaf-cache.ts';

const neverAsked: readonly Rung[] = rungs.map((rung) => ({ rung, outcome: 'unknown', evidence: [] }));

async function summarise(
  service: Service,
  evidence: ReadonlyMap<string, readonly Rung[]>,
  leaves: LeafCache,
): Promise<ServiceSummary> {
  const { entry } = service;
  const leaf = await leaves.read(service.cert);
  return {
    id: service.id,
    serviceName: entry.service_name,
    instanceId: entry.instance_id ?? '',
    hostname: entry.hostname,
    domain: entry.domain,
    identity: service.identity,
    deliveryMode: entry.delivery_mode ?? 'local-file',
    deployType: entry.deploy_type ?? 'daemon',
    ...(leaf === undefined ? {} : { expiresAt: leaf.notAfter }),
    ladder: [...(evidence.get(service.id) ?? neverAsked)],
  };
}

/** Every service of the installation with its last proofs and the expiry of its leaf on disk. */
export async function allServices(
  context: ServicesContext,
  leaves: LeafCache,
): Promise<readonly ServiceSummary[]> {
  const services = servicesOf(await readStateIfPresent(context.paths.state), context.paths);
  const evidence = await context.evidence.read();
  return Promise.all(services.map((service) => summarise(service, evidence, leaves)));
}

const lowest = (service: ServiceSummary): number => {
  const low = headline(service.ladder);
  return low === undefined ? rungs.length : rungs.indexOf(low.rung);
};

const comparisons: Readonly<
  Record<ParsedInput<'services.list'>['sort'], (a: ServiceSummary, b: ServiceSummary) => number>
> = {
  name: (a, b) => a.id.localeCompare(b.id),
  expiry: (a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || a.id.localeCompare(b.id),
  rung: (a, b) => lowest(a) - lowest(b) || a.id.localeCompare(b.id),
};

/** One page of the list. */
export async function listServices(
  context: ServicesContext,
  leaves: LeafCache,
  query: ParsedInput<'services.list'>,
): Promise<Output<'services.list'>> {
  const all = await allServices(context, leaves);
  const wanted = query.search.trim().toLowerCase();
  const now = context.now();
  const matching = all.filter(
    (service) =>
      `${service.id} ${service.identity}`.toLowerCase().includes(wanted) &&
      passes(service, query.filters, now),
  );
  const sorted = [...matching].sort(comparisons[query.sort]);
  if (query.descending) sorted.reverse();
  return {
    total: all.length,
    matching: matching.length,
    items: sorted.slice(query.offset, query.offset + query.limit),
  };
}

const syncItems = ['secret_id', 'eab', 'responder_hmac', 'trust_sync'] as const;

/** One service with everything its page shows. Throws `not_found`. */
export async function showService(
  context: ServicesContext,
  leaves: LeafCache,
  id: string,
): Promise<ServiceDetail> {
  const service = await findService(id, context.paths);
  const { entry } = service;
  const summary = await summarise(service, await context.evidence.read(), leaves);
  const agent = await context.agentState?.(service.agentConfig);
  const record = await readRenewalRecord(service.agentConfig, service.identity, summary.expiresAt);
  const { error, ...recorded } = record ?? { error: undefined };
  const why = error === undefined ? undefined : toldError(error.code, error.params);
  return {
    ...summary,
    certPath: service.cert,
    keyPath: service.key,
    bundlePath: service.bundle,
    agentConfigPath: service.agentConfig,
    secretIdPath: service.secretIdPath,
    roleName: entry.approle.role_name,
    policyName: entry.approle.policy_name,
    ...(entry.notes === null || entry.notes === undefined ? {} : { notes: entry.notes }),
    sync: syncItems.map((item) => {
      const expires = item === 'trust_sync' ? undefined : entry.sync_metadata?.[item]?.expires_at_unix;
      return {
        item,
        status: entry.sync_status?.[item] ?? 'none',
        ...(expires === null || expires === undefined ? {} : { expiresAt: expires * 1000 }),
      };
    }),
    ...(agent === undefined && record === undefined
      ? {}
      : {
          renewal: {
            ...(agent === undefined ? {} : { agent }),
            ...recorded,
            ...(why === undefined ? {} : { error: why }),
          },
        }),
    command: `bootroot-console --work-dir ${quote(context.paths.root)} service prove --registration-id ${service.id}`,
  };
}

const quote = (text: string): string =>
  /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
