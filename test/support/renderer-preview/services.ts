import {
  rungs,
  type Rung,
  type ServiceDetail,
  type ServiceSummary,
} from '../../../shared/contract/services.ts';
import { ConsoleError, errorMessages } from '../../../shared/errors.ts';

const names = [
  'edge-proxy',
  'web-app',
  'ledger-sync-with-a-very-long-service-name-that-wants-to-break-rows',
  'metrics',
  'auth',
];

const ladder = (proved: number, last: Rung['outcome'], now: number): Rung[] =>
  rungs.map((rung, index) => ({
    rung,
    outcome: index < proved ? 'proved' : index === proved ? last : 'unknown',
    ...(index <= proved ? { at: now - 240_000 } : {}),
    evidence:
      index < proved
        ? [{ key: 'setup.lead.proof' }]
        : index === proved && last !== 'unknown'
          ? [{ key: 'certificate.missingIssuer' }]
          : [],
  }));

export function serviceOf(index: number, now: number): ServiceSummary {
  const name = names[index % names.length] ?? 'service';
  const id = index < names.length ? name : `${name.slice(0, 20)}-${index}`;
  const kind = index % 5;
  return {
    id,
    serviceName: name,
    instanceId: '001',
    hostname: `edge-node-${String((index % 40) + 1).padStart(2, '0')}`,
    domain: 'trusted.domain',
    identity: `001.${name}.edge-node-${String((index % 40) + 1).padStart(2, '0')}.trusted.domain`,
    deliveryMode: index % 3 === 2 ? 'remote-bootstrap' : 'local-file',
    deployType: index % 2 === 0 ? 'daemon' : 'docker',
    ...(kind === 4
      ? {}
      : { expiresAt: now + (kind === 3 ? -3_600_000 : (index % 29) * 86_400_000 + 5 * 3_600_000) }),
    ladder:
      kind === 0
        ? ladder(5, 'proved', now)
        : ladder(kind, kind === 3 ? 'contradicted' : kind === 4 ? 'unknown' : 'not_proved', now),
  };
}

/** The service whose agent could not do its work. */
const refused = 'metrics';
const hook = { name: refused, command: 'systemctl reload prometheus-node-exporter.service' };

export function detailOf(id: string, now: number): ServiceDetail {
  const index = Math.max(names.indexOf(id), 0);
  const service = serviceOf(index, now);
  return {
    ...service,
    id,
    certPath: `certs/${id}.crt`,
    keyPath: `certs/${id}.key`,
    bundlePath: 'certs/ca-bundle.pem',
    agentConfigPath: `agents/${id}/agent.toml`,
    secretIdPath: `secrets/services/${id}/secret_id`,
    roleName: `bootroot-service-${id}`,
    policyName: `bootroot-service-${id}`,
    sync: [
      { item: 'secret_id', status: 'applied', expiresAt: now + 86_400_000 },
      { item: 'eab', status: 'none' },
      { item: 'responder_hmac', status: 'pending' },
      { item: 'trust_sync', status: 'applied' },
    ],
    renewal: {
      agent: 'running',
      checkedAt: now - 1_200_000,
      renewedAt: now - 30_000_000,
      ...(id === refused
        ? {
            outcome: 'failed',
            nextAt: now + 300_000,
            failures: 4,
            error: errorMessages(new ConsoleError('agent_hook_failed', hook).data),
          }
        : { outcome: 'current', nextAt: now + 20_000_000, failures: 0 }),
    },
    command: `bootroot-console service info --service-name ${id}`,
  };
}
