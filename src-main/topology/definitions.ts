import * as z from 'zod';
import type { Precondition } from '../../shared/contract/operations.ts';
import { serverIdSchema } from '../../shared/contract/topology.ts';
import { isConsoleError } from '../../shared/errors.ts';
import type { MessageKey } from '../../shared/i18n/index.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition, Prepared, Step } from '../operations/types.ts';
import { startAgentsStep, stopAgentsStep } from './agents/steps.ts';
import type { LocalAgent } from './agents/agent-list.ts';
import type { Sidecars, Topology } from './topology.ts';
import { differenceEffects } from './compose/difference-effects.ts';
import { portTaken } from './preflight.ts';
import { serverTitles, type ServerId } from './server-id.ts';

/** Without `servers`: all of them. */
const inputSchema = z.object({ servers: z.array(serverIdSchema).min(1).optional() });
export type InfraInput = z.infer<typeof inputSchema>;

const chosen = (topology: Topology, { servers }: InfraInput): ServerId[] =>
  topology.servers.filter((id) => servers === undefined || servers.includes(id));

async function preconditions(topology: Topology): Promise<Precondition[]> {
  const met = (await topology.readLayout()) !== undefined;
  return [{ id: 'topology', title: message('topology.precondition.local'), met }];
}

/** The ports of the servers that are to be started are free: who has one is said before anything is tried. */
async function startable(topology: Topology, ids: readonly ServerId[]): Promise<Precondition[]> {
  const known = await preconditions(topology);
  if (known.some(({ met }) => !met)) return known;
  const id = 'ports';
  const title = message('topology.precondition.ports');
  for (const server of ids) {
    const [taken] = await topology.takenPorts(server);
    if (taken === undefined) continue;
    const { code, params } = portTaken(server, taken).data;
    return [...known, { id, title, met: false, detail: message(`error.${code}.what`, params) }];
  }
  return [...known, { id, title, met: true }];
}

export function startStep(topology: Topology, id: ServerId): Step {
  const server = serverTitles[id];
  return {
    id: `start-${id}`,
    title: message('topology.step.start', { server }),
    effects: [{ kind: 'process', name: server, action: 'start' }],
    check: () => topology.isReady(id),
    apply: (run) => topology.startServer(id, run.signal),
    async undo() {
      await topology.stopServer(id);
    },
  };
}

export function stopStep(topology: Topology, id: ServerId): Step {
  const server = serverTitles[id];
  return {
    id: `stop-${id}`,
    title: message('topology.step.stop', { server }),
    effects: [{ kind: 'process', name: server, action: 'stop' }],
    check: async () => !(await topology.isRunning(id)),
    async apply() {
      await topology.stopServer(id);
    },
    undo: (run) => topology.startServer(id, run.signal),
  };
}

/** Helpers beside the servers go with all of them, not with one. */
const sidecarsOf = (topology: Topology, { servers }: InfraInput): Sidecars | undefined =>
  servers === undefined ? topology.sidecars : undefined;

/** So do the renewal agents that the console was chosen to run. Steps only where there is one. */
async function agentSteps(
  { agents }: Topology,
  { servers }: InfraInput,
  step: typeof startAgentsStep,
): Promise<readonly Step[]> {
  const declared: readonly LocalAgent[] = servers === undefined ? ((await agents?.declared()) ?? []) : [];
  return agents === undefined || declared.length === 0 ? [] : [step(agents, declared)];
}

const sidecarEffects = ({ names }: Sidecars, action: 'start' | 'stop'): Step['effects'] =>
  names.map((name) => ({ kind: 'process', name, action }));

/** Helpers of a topology, after its servers. */
export const startSidecars = (sidecars: Sidecars): Step => ({
  id: 'start-sidecars',
  title: message('topology.step.start_sidecars'),
  effects: sidecarEffects(sidecars, 'start'),
  check: () => sidecars.running(),
  apply: (run) => sidecars.start(run.signal),
  undo: () => sidecars.stop(),
});

const stopSidecars = (sidecars: Sidecars): Step => ({
  id: 'stop-sidecars',
  title: message('topology.step.stop_sidecars'),
  effects: sidecarEffects(sidecars, 'stop'),
  // Some of them may run: stopping one that does not is no error.
  check: async () => false,
  apply: () => sidecars.stop(),
  undo: (run) => sidecars.start(run.signal),
});

/** What follows for the operator: OpenBao comes back sealed. */
export const sealedNote = (ids: readonly ServerId[]): Step['effects'] =>
  ids.includes('openbao')
    ? [{ kind: 'touches', who: serverTitles.openbao, note: message('topology.note.sealed') }]
    : [];

/** What a restart of each means to those who use it. */
const restartNote: Readonly<Record<ServerId, MessageKey>> = {
  openbao: 'topology.note.sealed',
  postgres: 'topology.note.postgres',
  resolver: 'topology.note.resolver',
  responder: 'topology.note.responder',
  'step-ca': 'topology.note.stepca',
};

const restartNotes = (id: ServerId): Step['effects'] => [
  { kind: 'touches', who: serverTitles[id], note: message(restartNote[id]) },
];

/**
 * What differs between the files and what runs, before anything is started: shown as effects, and where OpenBao would be made anew,
 * and so be sealed, a reason not to start (failure mode C11).
 */
async function changesOf(
  topology: Topology,
  ids: readonly ServerId[],
): Promise<{ readonly effects: ReadonlyMap<string, Step['effects']>; readonly unmet: Precondition[] }> {
  const found = await topology.changes?.(ids).catch((error: unknown) => {
    // Starting says what is wrong with the engine.
    if (isConsoleError(error)) return [];
    throw error;
  });
  const effects = new Map<string, Step['effects']>();
  for (const difference of found ?? [])
    effects.set(difference.server ?? 'sidecars', [
      ...(effects.get(difference.server ?? 'sidecars') ?? []),
      ...differenceEffects(difference),
    ]);
  const sealing = found?.find(({ server }) => server === 'openbao');
  if (sealing === undefined) return { effects, unmet: [] };
  const params = { container: sealing.name };
  const texts = {
    reason: 'error.compose_would_recreate.what',
    remedy: 'error.compose_would_recreate.next',
  } as const;
  return {
    effects,
    unmet: [
      {
        id: 'as-planned',
        title: message('topology.precondition.as_planned', params),
        met: false,
        detail: message('setup.compose.unmet', { ...params, ...texts }),
      },
    ],
  };
}

export const withEffects = (step: Step, effects: Step['effects']): Step => ({
  ...step,
  effects: [...step.effects, ...effects],
});

export function infraUp(topology: Topology): OperationDefinition<InfraInput> {
  return {
    kind: 'infra.up',
    input: inputSchema,
    async prepare(input): Promise<Prepared> {
      const ids = chosen(topology, input);
      const sidecars = sidecarsOf(topology, input);
      const { effects, unmet } = await changesOf(topology, ids);
      const shown = (step: Step, of: string): Step => withEffects(step, effects.get(of) ?? []);
      return {
        title: message('topology.up.title'),
        summary: message('topology.up.summary', { count: ids.length }),
        steps: [
          ...ids.map((id) => shown(startStep(topology, id), id)),
          ...(sidecars === undefined ? [] : [shown(startSidecars(sidecars), 'sidecars')]),
          ...(await agentSteps(topology, input, startAgentsStep)),
        ],
        preconditions: [...(await startable(topology, ids)), ...unmet],
        confirm: { verb: message('topology.up.verb') },
      };
    },
  };
}

export function infraDown(topology: Topology): OperationDefinition<InfraInput> {
  return {
    kind: 'infra.down',
    input: inputSchema,
    async prepare(input): Promise<Prepared> {
      const ids = chosen(topology, input).reverse();
      const steps = ids.map((id) => {
        const step = stopStep(topology, id);
        return id === 'openbao' ? withEffects(step, sealedNote([id])) : step;
      });
      const sidecars = sidecarsOf(topology, input);
      return {
        title: message('topology.down.title'),
        summary: message('topology.down.summary', { count: ids.length }),
        steps: [
          ...(await agentSteps(topology, input, stopAgentsStep)),
          ...(sidecars === undefined ? [] : [stopSidecars(sidecars)]),
          ...steps,
        ],
        preconditions: await preconditions(topology),
        confirm: { verb: message('topology.down.verb') },
      };
    },
  };
}

/**
 * Stops in one order and starts in the other. The stop of each is noted in the stage, so that a resumed operation does not stop
 * again what it had started already.
 */
export function infraRestart(topology: Topology): OperationDefinition<InfraInput> {
  return {
    kind: 'infra.restart',
    input: inputSchema,
    async prepare(input): Promise<Prepared> {
      const ids = chosen(topology, input);
      const stops = [...ids].reverse().map((id): Step => {
        return {
          ...withEffects(stopStep(topology, id), restartNotes(id)),
          check: async (run) => (await run.stage.read(`stopped-${id}`)) !== undefined,
          async apply(run) {
            await topology.stopServer(id);
            await run.stage.write(`stopped-${id}`, '1');
          },
        };
      });
      return {
        title: message('topology.restart.title'),
        summary: message('topology.restart.summary', { count: ids.length }),
        steps: [...stops, ...ids.map((id) => startStep(topology, id))],
        preconditions: await preconditions(topology),
        confirm: { verb: message('topology.restart.verb') },
      };
    },
  };
}

/** `infra.up`, `infra.down`, `infra.restart`. */
export const infraDefinitions = (topology: Topology): readonly OperationDefinition<InfraInput>[] => [
  infraUp(topology),
  infraDown(topology),
  infraRestart(topology),
];
