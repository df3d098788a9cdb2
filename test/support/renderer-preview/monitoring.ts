import type { Drift } from '../../../shared/contract/drift.ts';
import {
  chartNames,
  type Charts,
  type CheckView,
  type MonitoringState,
  type StackStatus,
} from '../../../shared/contract/monitoring.ts';
import type { NotificationSettings, Sent } from '../../../shared/contract/notifications.ts';
import { message } from '../../../shared/message.ts';

const minute = 60_000;
const hour = 60 * minute;
const gib = 2 ** 30;

export const checkViews = (now: number): CheckView[] => [
  {
    id: 'issuance',
    kind: 'issuance',
    everyMinutes: 30,
    enabled: true,
    savedAt: now - 48 * hour,
    overdueSince: now - 2 * hour,
    nextAt: now,
  },
  {
    id: 'services',
    kind: 'verify',
    everyMinutes: 60,
    enabled: true,
    savedAt: now - 48 * hour,
    nextAt: now + 20 * minute,
    lastRun: {
      at: now - 40 * minute,
      ms: 900,
      outcome: 'failed',
      looked: 12,
      proved: 11,
      findings: [
        { service: 'edge-proxy', problem: message('service.rung.served_differs', { served: 'ab12cd34' }) },
      ],
    },
  },
];

export const monitoringState = (now: number): MonitoringState => ({
  at: now,
  watcher: { pid: 4711, holder: 'monitor', since: now - hour },
  lastTickAt: now - 20_000,
  tickMs: 80,
  alarms: [
    {
      id: 'disk-/srv/openbao',
      severity: 'critical',
      title: message('monitoring.need.disk', { path: '/srv/openbao', percent: 4 }),
      detail: message('monitoring.need.disk_detail'),
      action: { type: 'page', label: message('monitoring.action.open'), to: '/monitoring/drift' },
    },
    {
      id: 'check-overdue-issuance',
      severity: 'warning',
      title: message('monitoring.need.check_overdue', { id: 'issuance' }),
      detail: message('monitoring.need.check_overdue_detail'),
      since: now - 2 * hour,
    },
  ],
  targets: [
    {
      name: 'agent of edge-node-01',
      url: 'http://edge-node-01:9465/metrics',
      up: false,
      problem: 'ECONNREFUSED',
    },
  ],
  skews: [{ server: 'step-ca', seconds: 1.2 }],
  disks: [{ path: '/srv/openbao', freeBytes: 4 * gib, totalBytes: 100 * gib, fullAt: now + 30 * hour }],
});

/** Lines that go up and down, with a gap. */
export function chartsOf(now: number): Charts {
  const stepMs = 15 * minute;
  const from = now - 24 * hour;
  const line = (name: string, phase: number, height: number) => ({
    name,
    points: Array.from({ length: 96 }, (_, index): [number, number] => [
      from + index * stepMs,
      height * (1 + Math.sin(index / 9 + phase)),
    ]).filter((_, index) => index < 40 || index > 50),
  });
  const stages = ['directory', 'account', 'order', 'challenge', 'finalize'];
  return {
    source: 'history',
    problem: message('error.prometheus_unusable.what', {
      url: 'http://127.0.0.1:9090',
      reason: 'ECONNREFUSED',
    }),
    from,
    to: now,
    stepMs,
    charts: chartNames.map((name) => ({
      name,
      series:
        name === 'failures'
          ? []
          : name === 'latency'
            ? stages.map((stage, index) => line(stage, index, 40 + index * 30))
            : [line('a', 0, 4), line('b', 2, 3)],
    })),
  };
}

export const notificationSettings = (now: number): NotificationSettings => ({
  channels: [
    {
      id: 'night-shift',
      enabled: true,
      severity: 'critical',
      afterMinutes: 30,
      repeatMinutes: 240,
      resolved: true,
      language: 'en',
      delivery: {
        type: 'mail',
        host: 'mail.example.com',
        port: 587,
        security: 'starttls',
        username: 'console',
        from: 'console@example.com',
        to: ['kim@example.com'],
      },
      secret: 'missing',
    },
    {
      id: 'team',
      enabled: true,
      severity: 'warning',
      afterMinutes: 0,
      repeatMinutes: 240,
      resolved: true,
      language: 'ko',
      delivery: { type: 'webhook', shape: 'slack' },
      secret: 'set',
    },
  ],
  silences: [{ id: 's1', pattern: 'expiry-*', until: now + hour, comment: '', by: 'kim@desk (web)' }],
});

export const sentOf = (now: number): Sent[] => [
  {
    seq: 2,
    at: now - 5 * minute,
    channel: 'night-shift',
    type: 'mail',
    kind: 'alert',
    severity: 'critical',
    subject: '[Lab] OpenBao is sealed',
    lines: [],
    needs: ['openbao-sealed'],
    outcome: 'failed',
    error: {
      code: 'notification_no_secret',
      params: { id: 'night-shift' },
      changed: message('error.changed.nothing'),
    },
  },
  {
    seq: 1,
    at: now - 35 * minute,
    channel: 'team',
    type: 'webhook',
    kind: 'alert',
    severity: 'critical',
    subject: '[Lab] OpenBao is sealed',
    lines: [],
    needs: ['openbao-sealed'],
    outcome: 'sent',
  },
];

export const driftOf = (now: number): Drift => ({
  at: now,
  items: [
    {
      id: 'mode:secrets/services/edge/secret_id',
      area: 'files',
      what: 'secrets/services/edge/secret_id',
      state: 'differs',
      detail: message('workspace.permission.too_open', { path: 'secret_id', mode: '0666', proper: '0600' }),
      mendable: true,
    },
    {
      id: 'policy:bootroot-service-edge',
      area: 'openbao',
      what: 'policy bootroot-service-edge',
      state: 'differs',
      diff: '--- bootroot-service-edge\n+++ bootroot-service-edge\n@@ -1 +1 @@\n-path "secret/data/*" {\n+path "secret/data/bootroot/services/edge/*" {\n',
      mendable: true,
    },
    { id: 'mount', area: 'openbao', what: 'KV v2 secret/', state: 'agrees', mendable: false },
    {
      id: 'audit-devices',
      area: 'audit',
      what: 'OpenBao audit',
      state: 'differs',
      detail: message('drift.detail.audit_devices', { count: 1 }),
      mendable: false,
    },
    {
      id: 'stepca',
      area: 'stepca',
      what: 'step-ca',
      state: 'unknown',
      detail: message('error.stepca_unreachable.what', {
        url: 'https://127.0.0.1:9000',
        reason: 'ECONNREFUSED',
      }),
      mendable: false,
    },
  ],
  versions: [
    {
      server: 'OpenBao',
      version: '2.7.2',
      known: [{ severity: 'notice', text: message('upgrade.known.recovery_token') }],
    },
    { server: 'step-ca', known: [] },
  ],
  upgradeOrder: ['PostgreSQL', 'OpenBao', 'step-ca', 'responder', 'agent'],
});

/** Grafana keeps the password of its first start. */
export const stackOf = (): StackStatus => ({
  written: true,
  profile: 'lan',
  grafanaUrl: 'http://127.0.0.1:3000',
  prometheusUrl: 'http://127.0.0.1:9090',
  exporter: 'host.docker.internal:9464',
  containers: [
    { name: 'grafana', state: 'running', status: 'Up 3 hours' },
    { name: 'prometheus', state: 'running', status: 'Up 3 hours' },
  ],
  targets: [
    { job: 'bootroot-console', url: 'http://host.docker.internal:9464/metrics', health: 'up' },
    {
      job: 'bootroot-agents',
      url: 'http://edge-node-02:9465/metrics',
      health: 'down',
      error: 'dial tcp: lookup edge-node-02: no such host',
    },
  ],
  password: 'refused',
});
