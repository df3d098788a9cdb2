import { installServers, listServers } from '../../servers/handlers.ts';
import { serverLogs, watchServers } from '../../topology/handlers.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const infraHandlers = (console: BootrootConsole): HandlersOf<'infra'> & HandlersOf<'servers'> => ({
  'infra.status': (_input, call) => watchServers(console.required().topology, call.signal),
  'infra.logs': (input, call) => serverLogs(console.required().topology, input, call.signal),
  'servers.list': () => listServers(),
  'servers.install': ({ names }, call) => installServers(names, call.signal),
});
