import type { ServerState, ServerStatus } from '../../shared/contract/topology.ts';
import { message, type Message } from '../../shared/message.ts';
import type { RestartHistory } from '../processes/backoff.ts';
import type { Desired } from '../processes/desired-state.ts';
import type { Layout } from './layout.ts';
import type { ProbeResult } from './probes.ts';
import { serverTitles, type ServerId } from './server-id.ts';
import { portsOf } from './specs.ts';
import type { Running } from './topology.ts';

/** Everything that a server's state is judged by. Times are unix milliseconds. */
export interface Observation {
  readonly id: ServerId;
  readonly layout: Layout;
  readonly running: Running | undefined;
  /** Only asked when it runs. */
  readonly answer: ProbeResult | undefined;
  readonly desired: Desired;
  readonly history: RestartHistory;
  readonly now: number;
}

/** A server that was started less than this ago and does not answer yet is starting, not ill. */
export const startingMs = 30_000;

function stateOf({ running, answer, desired, history, now }: Observation): ServerState {
  if (running === undefined) {
    if (desired === 'stopped') return 'stopped';
    if (history.givenUp || history.nextAt === undefined) return 'failed';
    return 'restarting';
  }
  switch (answer?.state) {
    case 'ready':
      return 'ready';
    case 'sealed':
      return 'sealed';
    case 'silent':
    case 'wrong':
    case undefined:
      return now - running.startedAt < startingMs ? 'starting' : 'unhealthy';
  }
}

function problemOf(state: ServerState, { answer, history, now }: Observation): Message | undefined {
  switch (state) {
    case 'failed':
      return history.givenUp
        ? message('topology.problem.given_up', { count: history.ends.length })
        : message('topology.problem.ended');
    case 'restarting':
      return message('topology.problem.restarting', {
        seconds: Math.max(0, Math.ceil(((history.nextAt ?? now) - now) / 1000)),
      });
    case 'sealed':
    case 'unhealthy':
      return answer?.problem;
    case 'ready':
    case 'starting':
    case 'stopped':
      return undefined;
  }
}

const versionOf = ({ id, layout, answer }: Observation): string | undefined =>
  answer?.version ?? (id === 'resolver' || id === 'responder' ? undefined : layout.programs[id].version);

/** What an operator sees of one server. */
export function statusOf(observation: Observation): ServerStatus {
  const { id, layout, running, history } = observation;
  const state = stateOf(observation);
  const problem = problemOf(state, observation);
  const version = versionOf(observation);
  const port = portsOf(id, layout)[0]?.port;
  return {
    name: id,
    title: serverTitles[id],
    state,
    restarts: history.restarts,
    ...(port === undefined ? {} : { address: `127.0.0.1:${port}` }),
    ...(version === undefined ? {} : { version }),
    ...(running === undefined ? {} : { pid: running.pid, startedAt: running.startedAt }),
    ...(problem === undefined ? {} : { problem }),
  };
}
