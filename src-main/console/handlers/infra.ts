import { installServers, listServers } from '../../servers/handlers.ts';
import { serverLogs, watchServers } from '../../topology/handlers.ts';
import { watchContainers } from '../../topology/compose/watch.ts';
import { helpersView } from '../../topology/systemd/helpers-view.ts';
import { unitsView } from '../../topology/systemd/units-view.ts';
import { Systemctl } from '../../systemd/systemctl.ts';
import { helperWorldOf } from '../helper-world.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const infraHandlers = (
  console: BootrootConsole,
): HandlersOf<'infra'> & HandlersOf<'servers'> & HandlersOf<'containers'> & HandlersOf<'units'> => ({
  'infra.status': (_input, call) => watchServers(console.required().topology, call.signal),
  'infra.units'({ prefix }) {
    const { topologies, paths } = console.required();
    return unitsView(topologies.local, paths, prefix);
  },
  async 'infra.agents'() {
    const { agents } = console.required().topologies.local;
    const possible = console.required().topology.agents !== undefined;
    if (!possible || (await console.required().topologies.local.readLayout()) === undefined)
      return { possible: false, chosen: false, agents: [] };
    return { possible, chosen: await agents.chosen(), agents: await agents.view() };
  },
  'infra.logs': (input, call) => serverLogs(console.required().topology, input, call.signal),
  'containers.watch': (_input, call) => watchContainers(console.required().topologies.compose, call.signal),
  async 'containers.differences'() {
    const { compose } = console.required().topologies;
    return (await compose.readLayout()) === undefined ? [] : [...(await compose.differences())];
  },
  'containers.events': ({ since }, call) => console.required().topologies.compose.events(since, call.signal),
  'units.helpers': () => helpersView(helperWorldOf(console.required()), new Systemctl()),
  'servers.list': () => listServers(),
  'servers.install': ({ names }, call) => installServers(names, call.signal),
});
