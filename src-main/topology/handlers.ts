import type { LogLine, LogSource, ServerStatus } from '../../shared/contract/topology.ts';
import { batched } from './batched.ts';
import type { Topology } from './topology.ts';

/** `infra.status`. */
export function watchServers(topology: Topology, signal: AbortSignal): AsyncIterable<ServerStatus[]> {
  return topology.watch(signal);
}

/** `infra.logs`. */
export function serverLogs(
  topology: Topology,
  input: { readonly server?: LogSource | undefined; readonly lines: number; readonly follow: boolean },
  signal: AbortSignal,
): AsyncIterable<LogLine[]> {
  const { server, lines, follow } = input;
  const options = { lines, follow, ...(server === undefined ? {} : { server }) };
  return batched((stop) => topology.logs(options, stop), signal);
}
