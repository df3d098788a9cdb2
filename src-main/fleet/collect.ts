import { stat } from 'node:fs/promises';
import { isConsoleError } from '../../shared/errors.ts';
import { hostReportSchema, reportPath, type HostReport } from '../remote/report.ts';
import { acknowledged, remoteItems, type RemoteItem } from '../remote/summary.ts';
import { kvNames } from '../remote/apply.ts';
import { eachBounded } from '../rotation/bounded.ts';
import { allServicesOf, isRemote } from '../rotation/targets.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Service } from '../services/entry.ts';
import { setSyncStatus } from '../workspace/service-entry.ts';
import { updateState } from '../workspace/state.ts';
import { readArtifactOf } from './artifact.ts';
import type { FleetContext } from './context.ts';
import type { HostRecord } from './records.ts';

/** What this side can see of a hand-over: asked of OpenBao, which does not open it. */
export async function wrapOf(context: ServicesContext, id: string): Promise<HostRecord['wrap']> {
  const found = await readArtifactOf(context, id).catch(() => undefined);
  const token = found?.artifact.wrap_token;
  if (token === null || token === undefined || token === '') return undefined;
  const expiresAt = Date.parse(found?.artifact.wrap_expires_at ?? '');
  const madeAt = (await stat(context.paths.bootstrapArtifact(id))).mtimeMs;
  const times = { madeAt, ...(Number.isFinite(expiresAt) ? { expiresAt } : {}) };
  // Two seconds, because the file has whole ones.
  if (Number.isFinite(expiresAt) && context.now() > expiresAt - 2_000) return { state: 'expired', ...times };
  return { state: (await context.openbao.wrapLives(token)) ? 'waiting' : 'gone', ...times };
}

async function reportOf(context: ServicesContext, id: string): Promise<HostReport | undefined> {
  const secret = await context.client().kv.read(reportPath(id));
  const parsed = hostReportSchema.safeParse(secret?.data);
  return parsed.success ? parsed.data : undefined;
}

/** Whether a host has reported since this moment, unix milliseconds. Its clock may be behind by a little. */
export async function reportedSince(context: ServicesContext, id: string, since: number): Promise<boolean> {
  const at = Date.parse((await reportOf(context, id))?.reported_at ?? '');
  return Number.isFinite(at) && at >= since - 60_000;
}

/** Newest versions of the paths whose items are not applied yet: a report about an older one settles nothing. */
async function pendingVersions(
  context: ServicesContext,
  service: Service,
  report: HostReport,
): Promise<ReadonlyMap<RemoteItem, 'applied' | 'failed'>> {
  const settled = new Map<RemoteItem, 'applied' | 'failed'>();
  for (const item of remoteItems) {
    const { status, version } = report.items[item];
    const said = acknowledged(status);
    if ((said !== 'applied' && said !== 'failed') || service.entry.sync_status?.[item] === said) continue;
    const newest = (await context.client().kv.read(`bootroot/services/${service.id}/${kvNames[item]}`))
      ?.version;
    if (newest !== undefined && (version ?? 0) < newest) continue;
    settled.set(item, said);
  }
  return settled;
}

/** Items whose time is over while they were pending. */
const lapsed = ({ entry }: Service, nowSeconds: number): readonly RemoteItem[] =>
  remoteItems.filter((item) => {
    if (item === 'trust_sync' || entry.sync_status?.[item] !== 'pending') return false;
    const expires = entry.sync_metadata?.[item]?.expires_at_unix;
    return typeof expires === 'number' && expires <= nowSeconds;
  });

export interface Collected {
  readonly asked: number;
  readonly answered: number;
  /** Services of which an item changed. */
  readonly changed: readonly string[];
}

/**
 * Reads what every host reported, and how its hand-over stands; takes what was applied or failed into state.json, and marks what is over.
 * One host that cannot be read keeps what was known of it.
 * @throws `no_openbao_session`, and what keeps state.json from being written
 */
export async function collect({
  rotation: { services: context },
  records,
}: FleetContext): Promise<Collected> {
  const remote = (await allServicesOf(context)).filter(isRemote);
  const known = (await records.read()).hosts;
  const hosts = new Map<string, HostRecord>();
  const settled = new Map<string, ReadonlyMap<RemoteItem, 'applied' | 'failed'>>();
  // Without a session nobody is asked, and that is said.
  context.client();
  let answered = 0;
  await eachBounded(remote, async (service) => {
    const { id } = service;
    try {
      const wrap = await wrapOf(context, id);
      const report = await reportOf(context, id);
      hosts.set(id, { ...(wrap === undefined ? {} : { wrap }), ...(report === undefined ? {} : { report }) });
      if (report === undefined) return;
      answered += 1;
      settled.set(id, await pendingVersions(context, service, report));
    } catch (error) {
      if (isConsoleError(error, 'no_openbao_session') || isConsoleError(error, 'cancelled')) throw error;
      const before = known.get(id);
      if (before !== undefined) hosts.set(id, before);
    }
  });
  const now = context.now();
  await records.write(now, hosts);
  const changed = await settle(context, remote, settled, Math.floor(now / 1000));
  return { asked: remote.length, answered, changed };
}

async function settle(
  context: ServicesContext,
  remote: readonly Service[],
  settled: ReadonlyMap<string, ReadonlyMap<RemoteItem, 'applied' | 'failed'>>,
  nowSeconds: number,
): Promise<readonly string[]> {
  const due = remote.filter(
    (service) => (settled.get(service.id)?.size ?? 0) > 0 || lapsed(service, nowSeconds).length > 0,
  );
  if (due.length === 0) return [];
  await updateState(
    context.paths.state,
    (draft) => {
      for (const service of due) {
        const entry = draft.services?.[service.id];
        if (entry === undefined) continue;
        for (const item of lapsed(service, nowSeconds)) setSyncStatus(entry, item, 'expired', nowSeconds);
        for (const [item, status] of settled.get(service.id) ?? [])
          setSyncStatus(entry, item, status, nowSeconds);
      }
    },
    { holder: 'sync-status' },
  );
  return due.map(({ id }) => id);
}
