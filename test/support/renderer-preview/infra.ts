import type { Output } from '../../../shared/contract/index.ts';
import type { OpenBaoStatus } from '../../../shared/contract/openbao.ts';
import type { LogLine, ServerStatus, Units } from '../../../shared/contract/topology.ts';
import type { Message } from '../../../shared/message.ts';

export const serverStatuses = (sealed: boolean, now: number): ServerStatus[] => [
  {
    name: 'postgres',
    title: 'PostgreSQL',
    state: 'ready',
    since: now - 7_200_000,
    startedAt: now - 7_201_000,
    pid: 4211,
    address: '127.0.0.1:15432',
    version: '18.4',
    restarts: 0,
  },
  {
    name: 'openbao',
    title: 'OpenBao',
    state: sealed ? 'sealed' : 'ready',
    since: now - 7_200_000,
    pid: 4215,
    address: '127.0.0.1:8200',
    version: '2.7.2',
    restarts: 0,
    ...(sealed ? { problem: { key: 'topology.problem.sealed' as const } } : {}),
  },
  { name: 'resolver', title: 'DNS resolver', state: 'ready', address: '127.0.0.1:5353', restarts: 0 },
  {
    name: 'responder',
    title: 'HTTP-01 responder',
    state: 'restarting',
    address: '127.0.0.1:8081',
    restarts: 2,
    problem: { key: 'topology.problem.restarting', params: { seconds: 4 } },
  },
  {
    name: 'step-ca',
    title: 'step-ca',
    state: 'failed',
    since: now - 60_000,
    address: '127.0.0.1:9000',
    version: '0.30.2',
    restarts: 5,
    problem: { key: 'topology.problem.ended' },
    lastLine: 'error connecting to database: dial tcp 127.0.0.1:15432: connect: connection refused',
  },
];

export const logLine = (index: number, now: number): LogLine => ({
  server: index % 3 === 0 ? 'step-ca' : index % 50 === 49 ? 'agent:edge-proxy' : 'openbao',
  at: now - (300 - index) * 1_000,
  level: index % 40 === 7 ? 'error' : index % 15 === 3 ? 'warn' : 'info',
  text: `core: event ${index} seal configuration checked, storage=raft node_id=console-1`,
});

/** Servers that systemd runs, or that it cannot. */
export const units = (active: boolean): Units => ({
  active,
  prefix: 'bootroot',
  ...(active ? {} : { problem: { key: 'systemd.problem.absent' } }),
  units: (['postgres', 'openbao', 'resolver', 'responder', 'step-ca'] as const).map((server) => ({
    server,
    name: `bootroot-${server}.service`,
    path: `/etc/systemd/system/bootroot-${server}.service`,
    text: '',
    exposure: 1.8,
  })),
});

export const noEngine: Message = {
  key: 'setup.compose.unmet',
  params: { reason: 'error.compose_no_command.what', remedy: 'error.compose_no_command.next' },
};

/** Three members of which one needs somebody. */
export const clusterOf = (sealed: boolean): Pick<OpenBaoStatus, 'cluster' | 'memberSealed'> => ({
  memberSealed: true,
  cluster: {
    healthy: !sealed,
    failureTolerance: sealed ? 0 : 1,
    members: [
      {
        url: 'https://127.0.0.1:8200',
        state: sealed ? 'sealed' : 'leader',
        version: '2.7.2',
        nodeId: 'bao-1',
        voter: true,
      },
      {
        url: 'https://openbao-2.a-rather-long-name.corp.example:8200',
        state: 'follower',
        version: '2.7.2',
        nodeId: 'bao-2',
        voter: true,
        healthy: true,
        lastContact: '1.2s',
      },
      { url: 'https://openbao-3.example:8200', state: 'sealed', version: '2.7.2', progress: 1, threshold: 3 },
    ],
  },
});

/** Renewal agents: one up, one that ended. */
export const renewalAgents = (now: number): Output<'infra.agents'> => ({
  possible: true,
  chosen: true,
  agents: [
    {
      config: '/srv/bootroot/agent-edge-proxy.toml',
      services: ['edge-proxy'],
      state: 'running',
      pid: 4321,
      startedAt: now - 3_600_000,
      restarts: 0,
      log: '/srv/bootroot/.console/logs/agent-0123456789ab.log',
      source: 'agent:edge-proxy',
    },
    {
      config: '/srv/bootroot/agent-metrics.toml',
      services: ['metrics'],
      state: 'restarting',
      restarts: 2,
      log: '/srv/bootroot/.console/logs/agent-ba9876543210.log',
      source: 'agent:metrics',
      lastLine: 'error agent_config acme.http_responder_hmac',
    },
  ],
});

/** Units beside the servers: one up, one not as planned, one not there. */
export const helperUnits = (active: boolean): Output<'units.helpers'> => ({
  ...(active ? {} : { problem: { key: 'systemd.problem.absent' } }),
  units: (
    [
      ['scheduler-timer', 'scheduler-timer', 'bootroot-scheduler.timer', 'same', 'active'],
      ['agent:edge-proxy', 'agent', 'bootroot-agent-edge-proxy.service', 'differs', 'active'],
      [
        'openbao-agent:edge-proxy',
        'openbao-agent',
        'bootroot-openbao-agent-edge-proxy.service',
        'no',
        'inactive',
      ],
    ] as const
  ).map(([id, kind, unit, installed, state]) => ({
    id,
    kind,
    ...(kind === 'scheduler-timer' ? {} : { service: 'edge-proxy' }),
    unit,
    files: [{ path: `/etc/systemd/system/${unit}`, text: '[Unit]\nDescription=An example\n' }],
    installed: active ? installed : 'no',
    active: active ? state : 'inactive',
    enabled: active && installed !== 'no',
    exposure: 1.9,
  })),
});
