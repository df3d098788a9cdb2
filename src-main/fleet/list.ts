import type { HostDetail, HostRow } from '../../shared/contract/hosts.ts';
import type { Output, ParsedInput } from '../../shared/contract/index.ts';
import { findService } from '../services/entry.ts';
import { allServicesOf, isRemote } from '../rotation/targets.ts';
import { wrapOf } from './collect.ts';
import type { FleetContext } from './context.ts';
import { handoverOf } from './handover.ts';
import { attention, hostRow } from './rows.ts';

const byId = (a: HostRow, b: HostRow): number => a.id.localeCompare(b.id);
/** Worst first. */
const rank: Readonly<Record<HostRow['state'], number>> = {
  opened: 0,
  expired: 1,
  failed: 2,
  silent: 3,
  pending: 4,
  none: 5,
  applied: 6,
};

const comparisons: Readonly<Record<ParsedInput<'hosts.list'>['sort'], (a: HostRow, b: HostRow) => number>> = {
  host: (a, b) => a.host.localeCompare(b.host) || byId(a, b),
  seen: (a, b) => (a.lastSeen ?? 0) - (b.lastSeen ?? 0) || byId(a, b),
  renewal: (a, b) => (a.nextRenewal ?? Infinity) - (b.nextRenewal ?? Infinity) || byId(a, b),
  state: (a, b) => rank[a.state] - rank[b.state] || byId(a, b),
};

export async function allHosts(context: FleetContext): Promise<{ rows: readonly HostRow[]; at?: number }> {
  const { services } = context.rotation;
  const remote = (await allServicesOf(services)).filter(isRemote);
  const { at, hosts } = await context.records.read();
  const now = services.now();
  return {
    rows: remote.map((service) => hostRow(service, hosts.get(service.id), now)),
    ...(at === undefined ? {} : { at }),
  };
}

/** One page of the fleet. */
export async function listHosts(
  context: FleetContext,
  query: ParsedInput<'hosts.list'>,
): Promise<Output<'hosts.list'>> {
  const { rows, at } = await allHosts(context);
  const wanted = query.search.trim().toLowerCase();
  const inState = ({ state }: HostRow): boolean => query.states.length === 0 || query.states.includes(state);
  const matching = rows
    .filter(inState)
    .filter(({ id, host, identity }) => `${id} ${host} ${identity}`.toLowerCase().includes(wanted))
    .sort(comparisons[query.sort]);
  if (query.descending) matching.reverse();
  return {
    total: rows.length,
    matching: matching.length,
    attention: rows.filter(({ state }) => attention.has(state)).length,
    ...(at === undefined ? {} : { collectedAt: at }),
    items: matching.slice(query.offset, query.offset + query.limit),
  };
}

/**
 * One service on its host, with its hand-over as OpenBao says at this moment: it may just have been made, or opened. What the host
 * reported is as it was fetched last. Throws `not_found`.
 */
export async function showHost(context: FleetContext, id: string): Promise<HostDetail> {
  const { services } = context.rotation;
  const service = await findService(id, services.paths);
  const known = (await context.records.read()).hosts.get(id);
  const wrap = await wrapOf(services, id).catch(() => known?.wrap);
  const record = {
    ...(known?.report === undefined ? {} : { report: known.report }),
    ...(wrap === undefined ? {} : { wrap }),
  };
  return {
    ...hostRow(service, record, services.now()),
    ...(await handoverOf(services, service)),
  };
}
