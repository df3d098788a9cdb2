import { stat } from 'node:fs/promises';
import { ConsoleError } from '../../shared/errors.ts';
import { freePort, whoHolds } from '../processes/ports.ts';
import { serverTitles, type ServerId } from './server-id.ts';
import { filesOf, portsOf, type SpecContext } from './specs.ts';

/**
 * What can be said before a server is started: its files are there and its ports are free.
 * @throws `topology_file`, `topology_port_taken` naming the process, `topology_port_unknown`; both propose a free port
 */
export async function checkBeforeStart(id: ServerId, context: SpecContext): Promise<void> {
  for (const path of filesOf(id, context)) {
    await stat(path).catch((cause: unknown) => {
      throw new ConsoleError('topology_file', { server: serverTitles[id], path }, { cause });
    });
  }
  for (const port of portsOf(id, context.layout)) {
    const holder = await whoHolds(port);
    if (holder === undefined) continue;
    const proposal = await freePort(port + 1, new Set(Object.values(context.layout.ports)));
    const about = { server: serverTitles[id], port, proposal };
    throw holder.process === undefined
      ? new ConsoleError('topology_port_unknown', about)
      : new ConsoleError('topology_port_taken', { ...about, process: holder.process, pid: holder.pid ?? 0 });
  }
}
