import type { HostAdd, HostDetail, HostRow } from '../../../shared/contract/hosts.ts';
import { jobTemplates } from '../../../src-main/fleet/templates.ts';

const states: readonly HostRow['state'][] = [
  'applied',
  'pending',
  'failed',
  'opened',
  'expired',
  'silent',
  'applied',
  'none',
];
const names = ['edge-proxy', 'web-app', 'ledger-sync-with-a-very-long-service-name'];

export function hostOf(index: number, now: number): HostRow {
  const state = states[index % states.length] ?? 'none';
  const name = names[index % names.length] ?? 'service';
  const node = `edge-node-${String((index % 700) + 1).padStart(2, '0')}`;
  const failed = state === 'failed';
  const error = { key: 'error.remote_secret_id_unproved.what', params: { name } } as const;
  const status = (['applied', 'pending', 'failed', 'expired', 'none'] as const).find((one) => one === state);
  return {
    id: index < names.length ? name : `${name.slice(0, 16)}-${String(index)}`,
    host: `${node}.trusted.domain`,
    identity: `001.${name}.${node}.trusted.domain`,
    state,
    items: [
      {
        item: 'secret_id',
        status: status ?? 'applied',
        ...(state === 'pending' ? { expiresAt: now + 5 * 3_600_000 } : {}),
        ...(failed ? { error } : {}),
      },
      { item: 'eab', status: state === 'none' ? 'none' : 'applied' },
      { item: 'responder_hmac', status: state === 'pending' ? 'pending' : 'applied' },
      { item: 'trust_sync', status: state === 'none' ? 'none' : 'applied' },
    ],
    handover:
      state === 'pending'
        ? { state: 'waiting', expiresAt: now + 1_745_000 }
        : { state: state === 'opened' ? 'opened' : state === 'none' ? 'none' : 'taken' },
    ...(state === 'pending' || state === 'opened' || state === 'none'
      ? {}
      : {
          lastSeen: now - (state === 'silent' ? 20 * 3_600_000 : 200_000),
          version: '0.1.0',
          notAfter: now + 20 * 3_600_000,
          nextRenewal: now + 4 * 3_600_000,
        }),
    ...(failed ? { lastError: error } : {}),
  };
}

export function hostDetailOf(id: string, rows: number, now: number): HostDetail {
  const index = Array.from({ length: Math.max(rows, 8) }, (_, each) => each).find(
    (each) => hostOf(each, now).id === id,
  );
  const row = hostOf(index ?? 1, now);
  const directory = `/etc/bootroot/${id}`;
  const artifact = `${directory}/bootstrap.json`;
  return {
    ...row,
    id,
    artifactPath: `/home/kim/bootroot/lab/secrets/remote-bootstrap/services/${id}/bootstrap.json`,
    artifactTarget: artifact,
    command: `sudo bootroot-console remote bootstrap --artifact ${artifact} --summary-json ${directory}/${id}-remote-summary.json`,
    copyCommand: `ssh ${row.host} 'sudo install -D -m 0600 /dev/stdin ${artifact}' < /home/kim/bootroot/lab/secrets/remote-bootstrap/services/${id}/bootstrap.json`,
    effects: [
      { key: 'hosts.effect.trust', params: { path: `${directory}/certs/ca-bundle.pem` } },
      {
        key: 'hosts.effect.secret',
        params: { url: 'https://ca.trusted.domain:8200', path: `${directory}/secrets` },
      },
      { key: 'hosts.effect.agent', params: { path: `${directory}/agent.toml` } },
      { key: 'hosts.effect.report' },
      { key: 'hosts.effect.nothing_else' },
    ],
    templates: [...jobTemplates({ id, directory, artifact })],
  };
}

export const hostDefaultsOf = (): HostAdd => ({
  serviceName: 'edge-proxy-2',
  instanceId: '001',
  hostname: 'edge-node-01',
  domain: 'trusted.domain',
  deployType: 'daemon',
  directory: '/etc/bootroot/edge-proxy-2',
  agentConfigPath: '/etc/bootroot/edge-proxy-2/agent.toml',
  certPath: '/etc/bootroot/edge-proxy-2/certs/edge-proxy-2.crt',
  keyPath: '/etc/bootroot/edge-proxy-2/certs/edge-proxy-2.key',
  openbaoUrl: 'https://ca.trusted.domain:8200',
  agentServer: 'https://ca.trusted.domain:9000/acme/acme/directory',
  responderUrl: 'http://ca.trusted.domain:8080',
  wrapTtl: '30m',
});
