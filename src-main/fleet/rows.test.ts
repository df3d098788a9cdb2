import { describe, expect, test } from 'vitest';
import type { Service } from '../services/entry.ts';
import type { SyncStatus } from '../workspace/state-schema.ts';
import type { HostRecord } from './records.ts';
import { hostRow } from './rows.ts';
import { jobTemplates } from './templates.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const item = { status: 'applied' as const };

function service(status: SyncStatus, expiresAt: number | null = null): Service {
  const approle = { role_name: 'r', role_id: 'i', secret_id_path: '/s', policy_name: 'p' };
  return {
    id: 'edge',
    identity: '001.edge.node.trusted.domain',
    cert: '/c',
    key: '/k',
    bundle: '/b',
    agentConfig: '/a',
    roleIdPath: '/r',
    secretIdPath: '/s',
    entry: {
      service_name: 'edge',
      hostname: 'node',
      domain: 'trusted.domain',
      agent_config_path: '/a',
      cert_path: '/c',
      key_path: '/k',
      approle,
      deploy_type: 'daemon',
      sync_status: { secret_id: status, eab: 'applied', responder_hmac: 'applied', trust_sync: 'applied' },
      sync_metadata: { secret_id: { started_at_unix: 1, expires_at_unix: expiresAt } },
    },
  };
}

const reported = (at: string, more: object = {}): HostRecord => ({
  report: {
    schema_version: 1,
    reported_at: at,
    host: 'node',
    version: '1',
    items: { secret_id: { ...item, ...more }, eab: item, responder_hmac: item, trust_sync: item },
  },
});

describe('the state of a host', () => {
  test('pending until its time is over, then expired', () => {
    expect(hostRow(service('pending', now / 1000 + 60), undefined, now).state).toBe('pending');
    expect(hostRow(service('pending', now / 1000 - 60), undefined, now)).toMatchObject({
      state: 'expired',
      items: [{ item: 'secret_id', status: 'expired' }, {}, {}, {}],
    });
  });

  test('silent for half the life of a secret_id is not applied', () => {
    expect(hostRow(service('applied'), reported('2026-11-23T11:55:00Z'), now).state).toBe('applied');
    expect(hostRow(service('applied'), reported('2026-11-22T23:00:00Z'), now).state).toBe('silent');
  });

  test('a wrapping token that is gone without a report is somebody, until the host reports', () => {
    const wrap = { state: 'gone', madeAt: now - 60_000, expiresAt: now + 60_000 } as const;
    expect(hostRow(service('pending'), { wrap }, now)).toMatchObject({
      state: 'opened',
      handover: { state: 'opened' },
    });
    const taken = { ...reported('2026-11-23T11:59:30Z'), wrap };
    expect(hostRow(service('applied'), taken, now).handover.state).toBe('taken');
    const waiting = { ...wrap, state: 'waiting' as const };
    expect(hostRow(service('pending'), { wrap: waiting }, now).handover.state).toBe('waiting');
    expect(hostRow(service('pending'), { wrap: waiting }, now + 61_000).handover.state).toBe('expired');
  });

  test('an error of ours is said in the language of the reader, another one as the host said it', () => {
    const ours = reported('2026-11-23T11:59:00Z', {
      status: 'failed',
      error: 'text',
      code: 'remote_secret_id_unproved',
      params: { name: 'edge' },
    });
    expect(hostRow(service('failed'), ours, now).lastError).toEqual({
      key: 'error.remote_secret_id_unproved.what',
      params: { name: 'edge' },
    });
    // What its agent could not do is told where nothing else went wrong.
    const agent_error = { code: 'agent_hook_failed', params: { name: 'edge', command: 'nginx' } };
    const whole = reported('2026-11-23T11:59:00Z').report as NonNullable<HostRecord['report']>;
    const renewing = { report: { ...whole, agent_error } };
    expect(hostRow(service('applied'), renewing, now).lastError).toEqual({
      key: 'error.agent_hook_failed.what',
      params: agent_error.params,
    });
    const theirs = reported('2026-11-23T11:59:00Z', { status: 'failed', error: 'text', code: '__proto__' });
    expect(hostRow(service('failed'), theirs, now).lastError).toEqual({
      key: 'hosts.said',
      params: { text: 'text' },
    });
  });
});

test('one lock and one summary for each service; what a unit, a shell and cron read differently is quoted for each', () => {
  const facts = { id: 'edge', directory: '/srv/100% ours', artifact: '/srv/100% ours/bootstrap.json' };
  const [unit, , cron] = jobTemplates(facts);
  expect(unit?.text).toContain('flock -n /var/lock/bootroot-remote-edge.lock');
  expect(unit?.text).toContain('"/srv/100%% ours/edge-remote-summary.json"');
  expect(cron?.text).toContain(`'/srv/100\\% ours/bootstrap.json'`);
});
