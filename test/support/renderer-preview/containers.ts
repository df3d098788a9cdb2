import type {
  ContainerDifference,
  ContainerHappening,
  Containers,
  ContainerView,
} from '../../../shared/contract/containers.ts';

const base = (name: string, service: string, image: string, now: number): ContainerView => ({
  name: `bootroot-${name}`,
  service,
  id: '4f1c9a7be210',
  state: 'running',
  image,
  imageId: `sha256:${'4f1c9a7be210'.repeat(5)}abcd`,
  pinned: 'version',
  startedAt: now - 7_200_000,
  restarts: 0,
  restartPolicy: 'unless-stopped',
  comesBack: true,
  ports: [],
  cores: 0.013,
  memoryBytes: 83_000_000,
  memoryLimit: 25_000_000_000,
});

/** Containers of which some are well, and others need somebody. */
export const containersOf = (sealed: boolean, now: number): Containers => ({
  engine: { version: '20.10.24', api: '1.41' },
  boot: sealed ? 'stays_down' : 'starts',
  containers: [
    {
      ...base('openbao', 'openbao', 'openbao/openbao:2.7.2', now),
      server: 'openbao',
      digest: `sha256:${'9ab4'.repeat(16)}`,
      pinned: 'digest',
      ports: ['127.0.0.1:8200 → 8200/tcp'],
    },
    {
      ...base('postgres', 'postgres', 'postgres:18.4', now),
      server: 'postgres',
      restartPolicy: 'no',
      comesBack: false,
      ports: ['127.0.0.1:5433 → 5432/tcp'],
      problem: {
        key: 'topology.container.stays_down',
        params: { container: 'bootroot-postgres', policy: 'no' },
      },
    },
    {
      ...base('http01', 'bootroot-http01', 'bootroot-http01-responder:0.3.0', now),
      server: 'responder',
      state: 'restarting',
      restarts: 12,
      ports: ['127.0.0.1:8080 → 8080/tcp', '127.0.0.1:8880 → 80/tcp'],
      problem: {
        key: 'topology.container.crash_loop',
        params: { container: 'bootroot-http01', count: 12, code: 1 },
      },
    },
    {
      name: 'bootroot-ca',
      service: 'step-ca',
      server: 'step-ca',
      id: '77c0de11f00d',
      state: 'exited',
      exitCode: 137,
      image: 'smallstep/step-ca:latest',
      imageId: `sha256:${'77c0de11f00d'.repeat(5)}abcd`,
      pinned: 'floating',
      restarts: 0,
      restartPolicy: 'unless-stopped',
      comesBack: true,
      ports: [],
      problem: { key: 'topology.container.out_of_memory', params: { container: 'bootroot-ca' } },
    },
    base('openbao-agent-stepca', 'openbao-agent-stepca', 'openbao/openbao:2.7.2', now),
    {
      name: 'bootroot-openbao-agent-responder',
      service: 'openbao-agent-responder',
      state: 'missing',
      image: 'openbao/openbao:2.7.2',
      pinned: 'version',
      restarts: 0,
      comesBack: false,
      ports: [],
      problem: {
        key: 'topology.container.missing',
        params: { container: 'bootroot-openbao-agent-responder' },
      },
    },
  ],
});

export const differences: ContainerDifference[] = [
  {
    name: 'bootroot-openbao',
    service: 'openbao',
    server: 'openbao',
    missing: false,
    fields: [
      { field: 'image', planned: 'openbao/openbao:2.7.2', running: 'openbao/openbao:2.6.1' },
      { field: 'ports', planned: '127.0.0.1:8201:8200/tcp', running: '127.0.0.1:8200:8200/tcp' },
    ],
  },
];

export const containerEvents = (now: number): ContainerHappening[] =>
  ['die', 'start', 'oom', 'die', 'start', 'kill', 'die'].map((action, index) => ({
    at: now - (7 - index) * 61_000,
    container: index % 3 === 0 ? 'bootroot-ca' : 'bootroot-http01',
    action,
  }));
