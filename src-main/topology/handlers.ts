import type { LogLine, ServerStatus } from '../../shared/contract/topology.ts';
import type { Topology } from './topology.ts';
import type { ServerId } from './server-id.ts';

/** `infra.status`. */
export function watchServers(topology: Topology, signal: AbortSignal): AsyncIterable<ServerStatus[]> {
  return topology.watch(signal);
}

/** `infra.logs`. */
export function serverLogs(
  topology: Topology,
  input: { readonly server?: ServerId | undefined; readonly lines: number; readonly follow: boolean },
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const { server, lines, follow } = input;
  return topology.logs({ lines, follow, ...(server === undefined ? {} : { server }) }, signal);
}
