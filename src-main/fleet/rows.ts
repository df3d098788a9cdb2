import type { HostRow } from '../../shared/contract/hosts.ts';
import { message, type Message } from '../../shared/message.ts';
import { toldError } from '../operations/told-error.ts';
import type { HostReport } from '../remote/report.ts';
import { remoteItems, type RemoteItem } from '../remote/summary.ts';
import type { Service } from '../services/entry.ts';
import type { HostRecord } from './records.ts';

/** Half the life of a secret_id: a host that is silent for longer may lock itself out (failure mode C8). */
export const silentMs = 12 * 3600 * 1000;

/** What a host said went wrong, in the reader's language where its code is one of ours. */
function errorOf(item: HostReport['items'][RemoteItem] | undefined): Message | undefined {
  if (item?.status !== 'failed') return undefined;
  const told = toldError(item.code, item.params);
  if (told !== undefined) return told.what;
  return item.error == null ? undefined : message('hosts.said', { text: item.error });
}

function itemsOf({ entry }: Service, report: HostReport | undefined, now: number): HostRow['items'] {
  return remoteItems.map((item) => {
    const status = entry.sync_status?.[item] ?? 'none';
    const expires = item === 'trust_sync' ? undefined : entry.sync_metadata?.[item]?.expires_at_unix;
    const expiresAt = typeof expires === 'number' ? expires * 1000 : undefined;
    const error = status === 'applied' ? undefined : errorOf(report?.items[item]);
    return {
      item,
      status: status === 'pending' && expiresAt !== undefined && expiresAt <= now ? 'expired' : status,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(error === undefined ? {} : { error }),
    };
  });
}

function handoverOf(
  record: HostRecord | undefined,
  lastSeen: number | undefined,
  now: number,
): HostRow['handover'] {
  const wrap = record?.wrap;
  if (wrap === undefined) return { state: lastSeen === undefined ? 'none' : 'taken' };
  const expiresAt = wrap.expiresAt === undefined ? {} : { expiresAt: wrap.expiresAt };
  if (lastSeen !== undefined && lastSeen > wrap.madeAt) return { state: 'taken', ...expiresAt };
  if (wrap.state === 'waiting' && (wrap.expiresAt ?? Infinity) > now)
    return { state: 'waiting', ...expiresAt };
  return { state: wrap.state === 'gone' ? 'opened' : 'expired', ...expiresAt };
}

const worst = (
  items: HostRow['items'],
  handover: HostRow['handover'],
  lastSeen: number | undefined,
  now: number,
): HostRow['state'] => {
  const has = (status: string): boolean => items.some((item) => item.status === status);
  if (handover.state === 'opened') return 'opened';
  if (has('expired') || handover.state === 'expired') return 'expired';
  if (has('failed')) return 'failed';
  if (lastSeen !== undefined && now - lastSeen > silentMs) return 'silent';
  if (has('pending')) return 'pending';
  return has('applied') ? 'applied' : 'none';
};

export const attention: ReadonlySet<HostRow['state']> = new Set(['failed', 'expired', 'silent', 'opened']);

/** One service on its host as the fleet page shows it. @param now unix milliseconds */
export function hostRow(service: Service, record: HostRecord | undefined, now: number): HostRow {
  const report = record?.report;
  const time = (text: string | null | undefined): number | undefined => {
    const at = Date.parse(text ?? '');
    return Number.isFinite(at) ? at : undefined;
  };
  const lastSeen = time(report?.reported_at);
  const items = itemsOf(service, report, now);
  const handover = handoverOf(record, lastSeen, now);
  const notAfter = time(report?.certificate?.not_after);
  const nextRenewal = time(report?.next_renewal);
  const { agent_error: agentError } = report ?? {};
  const lastError =
    items.find(({ error }) => error !== undefined)?.error ??
    toldError(agentError?.code, agentError?.params)?.what;
  return {
    id: service.id,
    host: `${service.entry.hostname}.${service.entry.domain}`,
    identity: service.identity,
    state: worst(items, handover, lastSeen, now),
    items,
    handover,
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(report === undefined ? {} : { version: report.version }),
    ...(notAfter === undefined ? {} : { notAfter }),
    ...(nextRenewal === undefined ? {} : { nextRenewal }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}
