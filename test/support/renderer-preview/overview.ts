import type { Overview } from '../../../shared/contract/home.ts';
import type { Scenario } from './scenario.ts';

const day = 86_400_000;

export const overviewOf = (scenario: Scenario, now: number): Overview => ({
  at: now,
  sentence:
    scenario.rows === 0
      ? { key: 'services.none' }
      : scenario.sealed
        ? { key: 'home.needs' }
        : { key: 'services.verdictProved' },
  needs:
    scenario.rows === 0
      ? []
      : [
          ...(scenario.sealed
            ? [
                {
                  id: 'sealed',
                  severity: 'critical' as const,
                  title: { key: 'openbao.banner.sealed' as const },
                  detail: { key: 'openbao.onDisk' as const },
                  since: now - 4_000_000,
                  action: { type: 'unseal' as const, label: { key: 'openbao.unseal' as const } },
                },
              ]
            : []),
          {
            id: 'op',
            severity: 'warning',
            title: { key: 'operation.interruptedBanner', params: { title: 'Add web-app' } },
            since: now - 7_200_000,
            action: { type: 'page', label: { key: 'operation.decide' }, to: '/operations/op-interrupted' },
          },
          {
            id: 'rotation-responder-hmac',
            severity: 'critical',
            title: {
              key: 'home.need.rotation_overdue',
              params: { name: 'rotation.target.responder_hmac' },
            },
            since: now - 110 * day,
            action: { type: 'page', label: { key: 'home.action.rotate' }, to: '/rotation' },
          },
          {
            id: 'hosts-silent',
            severity: 'warning',
            title: { key: 'home.need.hosts_silent', params: { count: 6 } },
            detail: {
              key: 'home.need.hosts_and_more',
              params: { names: 'edge-1, edge-2, edge-3, edge-4', count: 2 },
            },
            action: { type: 'page', label: { key: 'home.action.hosts' }, to: '/hosts' },
          },
          {
            id: 'ca-key',
            severity: 'notice',
            title: { key: 'home.need.ca_key_switch' },
            detail: { key: 'ca_key.precondition.stage_published' },
            since: now - 2 * day,
            action: { type: 'page', label: { key: 'home.action.board' }, to: '/rotation/ca-key' },
          },
          {
            id: 'ceremony',
            severity: 'notice',
            title: { key: 'ceremony.waiting' },
            action: { type: 'page', label: { key: 'ceremony.title' }, to: '/openbao/ceremony' },
          },
        ],
  expiries: Array.from({ length: Math.min(scenario.rows * 4, 60) }, (_, index) => ({
    at: now + ((index * index) % 31) * day + 3_600_000,
    what:
      index % 3 === 0 ? 'edge-proxy' : 'ledger-sync-with-a-very-long-service-name-that-wants-to-break-rows',
    kind: index % 5 === 4 ? ('ca' as const) : ('leaf' as const),
    to: '/services/edge-proxy',
  })),
  rungs: ['configured', 'on_disk', 'loaded', 'served', 'trusted', 'proved'].map((rung, index) => ({
    rung,
    services: scenario.rows === 0 ? 0 : ([0, 1, 0, scenario.rows, 1, scenario.rows * 7][index] ?? 0),
  })),
  secrets:
    scenario.rows === 0
      ? []
      : [
          { name: { key: 'openbao.token' }, changedAt: now - 12 * day },
          { name: { key: 'services.syncItem.responder_hmac' }, changedAt: now - 80 * day },
          { name: { key: 'plan.group.database' } },
        ],
  servers: [
    { name: 'OpenBao', state: scenario.sealed ? 'sealed' : 'ready', version: '2.7.2' },
    { name: 'PostgreSQL', state: 'ready', version: '18.4' },
    { name: 'step-ca', state: scenario.sealed ? 'stopped' : 'ready', version: '0.30.2' },
    { name: 'responder', state: 'starting' },
  ],
});
