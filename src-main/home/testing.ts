import type { OpenBaoStatus } from '../../shared/contract/openbao.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import { rungs, type Rung, type ServiceSummary } from '../../shared/contract/services.ts';
import { message } from '../../shared/message.ts';
import type { Facts } from './facts.ts';

export const now = Date.UTC(2026, 10, 23, 12);
export const hour = 3_600_000;
export const day = 24 * hour;

/** All rungs proved, except those named. */
export const ladder = (differ: Partial<Record<Rung['rung'], Rung['outcome']>> = {}): Rung[] =>
  rungs.map((rung) => ({
    rung,
    outcome: differ[rung] ?? 'proved',
    at: now,
    evidence: [message('service.rung.no_state')],
  }));

export const service = (id: string, change: Partial<ServiceSummary> = {}): ServiceSummary => ({
  id,
  serviceName: id,
  instanceId: '001',
  hostname: 'host',
  domain: 'trusted.domain',
  identity: `001.${id}.host.trusted.domain`,
  deliveryMode: 'local-file',
  deployType: 'daemon',
  expiresAt: now + 20 * hour,
  ladder: ladder(),
  ...change,
});

export const openbao = (change: Partial<OpenBaoStatus> = {}): OpenBaoStatus => ({
  url: 'https://127.0.0.1:8200',
  reachable: true,
  initialised: true,
  sealed: false,
  sharesOnDisk: true,
  session: { state: 'live', method: 'approle', policies: [], isRoot: false },
  ...change,
});

export const operation = (change: Partial<Operation> = {}): Operation => ({
  id: 'op',
  kind: 'service.add',
  title: message('setup.step.ca'),
  state: 'done',
  actor: 'kim',
  startedAt: now - hour,
  planDigest: '',
  progress: 1,
  steps: [],
  proofs: [],
  changes: [],
  secretInputs: [],
  canResume: false,
  canUndo: false,
  canCancel: false,
  ...change,
});

/** An installation of which nothing needs anybody. */
export const facts = (change: Partial<Facts> = {}): Facts => ({
  at: now,
  openbao: openbao(),
  servers: ['openbao', 'step-ca'].map((id) => ({ id, name: id, state: 'ready' })),
  services: [service('web')],
  authorities: [{ name: 'Root', notAfter: now + 3650 * day, path: '/root.crt' }],
  operations: [operation()],
  rotations: [],
  caKey: undefined,
  hosts: [],
  unconfirmed: [],
  ceremony: { state: 'none', threshold: 2, custodians: [] },
  leafMs: day,
  auditIntact: true,
  secrets: [],
  alarms: [],
  unreadable: [],
  managed: true,
  ...change,
});
