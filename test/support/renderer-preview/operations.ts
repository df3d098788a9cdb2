import type { Operation, OperationLog, StepState } from '../../../shared/contract/operations.ts';
import type { Message } from '../../../shared/message.ts';

const m = (key: Message['key'], params?: Record<string, string | number>): Message =>
  params === undefined ? { key } : { key, params };

const steps = (states: readonly StepState[], now: number): Operation['steps'] =>
  states.map((state, index) => ({
    id: `step-${index}`,
    title: m(
      (
        [
          'setup.port.openbao',
          'openbao.unseal',
          'plan.group.database',
          'setup.caSummary',
          'setup.port.stepca',
          'services.prove',
        ] as const
      )[index % 6] ?? 'plan.steps',
    ),
    state,
    undoable: index % 3 !== 1,
    ...(state === 'waiting' ? {} : { startedAt: now - 60_000 + index * 4_000 }),
    ...(state === 'done' ? { endedAt: now - 57_000 + index * 4_000 } : {}),
  }));

/** One operation in each interesting state. */
export function operations(now: number): Operation[] {
  const base = {
    actor: 'kim@desk (web)',
    planDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    proofs: [],
    changes: [],
    secretInputs: [],
    canResume: false,
    canUndo: false,
    canCancel: false,
  };
  return [
    {
      ...base,
      id: 'op-running',
      kind: 'service.issue',
      title: m('services.issueNow'),
      state: 'running',
      startedAt: now - 60_000,
      progress: 0.55,
      steps: steps(['done', 'skipped', 'done', 'running', 'waiting', 'waiting'], now),
      canCancel: true,
    },
    {
      ...base,
      id: 'op-interrupted',
      kind: 'service.add',
      title: m('services.add.title', { id: 'web-app' }),
      state: 'interrupted',
      startedAt: now - 7_200_000,
      endedAt: now - 7_100_000,
      progress: 0.4,
      steps: steps(['done', 'done', 'running', 'waiting', 'waiting'], now - 7_200_000),
      canResume: true,
      canUndo: true,
    },
    {
      ...base,
      id: 'op-paused',
      kind: 'rotate.trust-sync',
      title: m('rotation.trust_sync.title'),
      state: 'paused',
      startedAt: now - 9_000_000,
      endedAt: now - 8_900_000,
      progress: 0.5,
      steps: steps(['done', 'done', 'waiting', 'waiting'], now - 9_000_000),
      canResume: true,
      canUndo: true,
    },
    {
      ...base,
      id: 'op-failed',
      kind: 'infra.up',
      title: m('palette.infraUp'),
      state: 'failed',
      startedAt: now - 80_000_000,
      endedAt: now - 79_960_000,
      progress: 0.3,
      steps: steps(['done', 'failed', 'waiting'], now - 80_000_000),
      error: {
        code: 'internal',
        params: {},
        changed: m('error.changed.steps'),
        detail: 'listen EADDRINUSE 127.0.0.1:8200',
      },
      canResume: true,
    },
    {
      ...base,
      id: 'op-done',
      kind: 'setup.local',
      title: m('setup.title'),
      state: 'done',
      startedAt: now - 90_000_000,
      endedAt: now - 89_950_000,
      progress: 1,
      steps: steps(['done', 'done', 'done', 'done', 'done', 'done'], now - 90_000_000),
      proofs: (['setup.port.openbao', 'setup.port.stepca', 'certificate.chain'] as const).map(
        (key, index) => ({
          title: m(key),
          outcome: index === 2 ? ('pending' as const) : ('proved' as const),
          evidence: m('setup.lead.proof'),
          at: now - 89_950_000,
        }),
      ),
      changes: [
        { what: 'secrets/certs/root_ca.crt', after: 'sha256:6f1ed002ab5595859014ebf0951522d9' },
        {
          what: 'OpenBao root token',
          before: 'sha256:6f1ed002ab5595859014ebf0951522d9',
          after: 'sha256:22d96f1ed002ab5595859014ebf09515',
        },
      ],
    },
  ];
}

export const logsOf = (operation: Operation): OperationLog[] =>
  operation.steps
    .filter(({ state }) => state !== 'waiting')
    .flatMap((step) =>
      (['setup.lead.watch', 'openbao.onDisk'] as const).map((key, index) => ({
        operationId: operation.id,
        at: (step.startedAt ?? operation.startedAt) + index * 700,
        stepId: step.id,
        level: step.state === 'failed' && index === 1 ? ('error' as const) : ('info' as const),
        message: { key },
      })),
    );
