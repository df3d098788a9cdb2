import type { Containers } from '../../../shared/contract/containers.ts';
import { pause } from '../../operations/pause.ts';
import type { ComposeTopology } from './compose-topology.ts';

/** Between two pictures, milliseconds. */
const pollMs = 2_000;

/** The containers now and again; ends at once where this installation has none. An engine that goes away and comes back is followed. */
export async function* watchContainers(
  topology: ComposeTopology,
  signal: AbortSignal,
): AsyncGenerator<Containers> {
  if ((await topology.readLayout()) === undefined) return;
  while (!signal.aborted) {
    yield await topology.containers();
    await pause(pollMs, signal);
  }
}
