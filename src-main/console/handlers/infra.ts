import { installServers, listServers } from '../../servers/handlers.ts';
import { serverLogs, watchServers } from '../../topology/handlers.ts';
import { unitsView } from '../../topology/systemd/units-view.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const infraHandlers = (console: BootrootConsole): HandlersOf<'infra'> & HandlersOf<'servers'> => ({
  'infra.status': (_input, call) => watchServers(console.required().topology, call.signal),
  'infra.units'({ prefix }) {
    const { topologies, paths } = console.required();
    return unitsView(topologies.local, paths, prefix);
  },
  'infra.logs': (input, call) => serverLogs(console.required().topology, input, call.signal),
  'servers.list': () => listServers(),
  'servers.install': ({ names }, call) => installServers(names, call.signal),
});
