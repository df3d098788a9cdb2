import { access, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { freePort, whoHolds } from '../processes/ports.ts';
import type { CheckWorld } from '../setup/local/check.ts';
import { inspectDirectory } from '../workspace/inspect.ts';
import { WorkspacePaths } from '../workspace/paths.ts';

/**
 * HOME, unless root was given somebody else's (as `sudo -E` does): files of root in another user's home are what nobody expects.
 */
async function ownHome(): Promise<string> {
  const home = homedir();
  if (process.getuid?.() !== 0) return home;
  const owner = await stat(home).then(
    ({ uid }) => uid,
    () => undefined,
  );
  return owner === 0 ? home : userInfo().homedir;
}

/** This machine, as the checks of the set-up see it. */
export const checkWorld: CheckWorld = {
  inspect: inspectDirectory,
  async installed(path) {
    return access(new WorkspacePaths(path).state).then(
      () => true,
      () => false,
    );
  },
  portHolder: whoHolds,
  freePort,
  home: ownHome,
};
