import { stat } from 'node:fs/promises';
import { ConsoleError } from '../../shared/errors.ts';
import { whoHolds, type PortHolder } from '../processes/ports.ts';
import type { Layout } from './layout.ts';
import { serverTitles, type ServerId } from './server-id.ts';
import { filesOf, portsOf, transportsOf, type PortUse, type SpecContext } from './specs.ts';

/** A port of a server that somebody else has. */
export interface TakenPort extends PortUse {
  readonly holder: PortHolder;
}

/** Which ports of a server that does not run are taken, now. */
export async function takenPorts(id: ServerId, layout: Layout): Promise<readonly TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const use of portsOf(id, layout)) {
    const holder = await whoHolds(use.port, transportsOf(use.name));
    if (holder !== undefined) taken.push({ ...use, holder });
  }
  return taken;
}

/** `topology_port_taken` naming the process; `topology_port_unknown` when it is not to be seen from here. */
export function portTaken(id: ServerId, { port, holder }: TakenPort, detail?: string): ConsoleError {
  const options = detail === undefined ? {} : { detail };
  const about = { server: serverTitles[id], port, transport: holder.transport.toUpperCase() };
  return holder.process === undefined
    ? new ConsoleError('topology_port_unknown', about, options)
    : new ConsoleError(
        'topology_port_taken',
        { ...about, process: holder.process, pid: holder.pid ?? 0 },
        options,
      );
}

/**
 * What can be said before a server is started: its files are there and its ports are free.
 * @throws `topology_file`, and those of {@link portTaken}
 */
export async function checkBeforeStart(id: ServerId, context: SpecContext): Promise<void> {
  for (const path of filesOf(id, context)) {
    await stat(path).catch((cause: unknown) => {
      throw new ConsoleError('topology_file', { server: serverTitles[id], path }, { cause });
    });
  }
  const [first] = await takenPorts(id, context.layout);
  if (first !== undefined) throw portTaken(id, first);
}
