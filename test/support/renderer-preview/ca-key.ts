import type { BoardRow, CaKeyBoard } from '../../../shared/contract/rotation-ca-key.ts';
import { serviceOf } from './services.ts';

const day = 24 * 3_600_000;
const green = (key: 'ca_key.evidence.applied' | 'ca_key.evidence.holds', params?: { count: number }) =>
  ({ state: 'proved', evidence: params === undefined ? { key } : { key, params } }) as const;

function rowOf(index: number, now: number): BoardRow {
  const { id } = serviceOf(index, now);
  const trusts = index % 3 !== 2;
  const trust = trusts
    ? green('ca_key.evidence.holds', { count: 3 })
    : ({ state: 'pending', evidence: { key: 'ca_key.evidence.lacks', params: { count: 1 } } } as const);
  return {
    service: id,
    host: `edge-node-${String(index + 1).padStart(2, '0')}`,
    remote: !trusts,
    bundle: trust,
    pins: trust,
    issuer: {
      state: 'pending',
      evidence: { key: 'ca_key.evidence.key_id', params: { id: 'a1b2c3d4e5f60718' } },
    },
    served: trusts ? { state: 'proved' } : { state: 'none' },
    ...(trusts ? { lastSeen: now - 20_000 } : {}),
    ...(index === 5 ? { waived: { reason: 'switched off', at: '2026-11-20T08:00:00Z' } } : {}),
    green: trusts,
  };
}

/** A rotation that waits at its first gate; without services nobody has begun one. */
export function caKeyBoard(rows: number, now: number): CaKeyBoard {
  if (rows === 0) return { stage: 'idle', rows: [], waiting: 0, nextAction: 'begin', mayAbort: false };
  const all = Array.from({ length: rows }, (_, index) => rowOf(index, now));
  return {
    stage: 'published',
    mode: 'intermediate-only',
    startedAt: new Date(now - 2 * day).toISOString(),
    now: { name: 'Bootroot Intermediate CA', fingerprint: '3f'.repeat(32), notAfter: now + 200 * day },
    next: { name: 'Bootroot Intermediate CA G2', fingerprint: '9c'.repeat(32), notAfter: now + 3650 * day },
    rows: all,
    waiting: all.filter((row) => !row.green && row.waived === undefined).length,
    nextAction: 'switch',
    mayAbort: true,
  };
}
