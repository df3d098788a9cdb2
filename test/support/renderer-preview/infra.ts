import type { LogLine, ServerStatus } from '../../../shared/contract/topology.ts';

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
  server: index % 3 === 0 ? 'step-ca' : 'openbao',
  at: now - (300 - index) * 1_000,
  level: index % 40 === 7 ? 'error' : index % 15 === 3 ? 'warn' : 'info',
  text: `core: event ${index} seal configuration checked, storage=raft node_id=console-1`,
});
