import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import { whoHolds } from '../processes/ports.ts';
import type { CheckWorld } from '../setup/local/check.ts';
import { inspectDirectory } from '../workspace/inspect.ts';
import { WorkspacePaths } from '../workspace/paths.ts';

const highestPort = 65_535;

/** Whether nobody listens on this TCP port of the loopback address. */
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** This machine, as the checks of the set-up see it. */
export const checkWorld: CheckWorld = {
  inspect: inspectDirectory,
  async installed(path) {
    return access(new WorkspacePaths(path).state).then(
      () => true,
      () => false,
    );
  },
  async portHolder(port) {
    if (await isFree(port)) return undefined;
    return (await whoHolds(port)) ?? {};
  },
  async freePort(preferred, taken) {
    for (let port = preferred; port <= highestPort; port += 1)
      if (!taken.has(port) && (await isFree(port))) return port;
    return preferred;
  },
};
