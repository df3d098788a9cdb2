import type { WorkspaceSummary } from '../../../shared/contract/workspace.ts';
import { browseDirectory } from '../../workspace/browse.ts';
import { inspectDirectory } from '../../workspace/inspect.ts';
import { environmentOf, type RememberedWorkspace } from '../../workspace/registry.ts';
import type { BootrootConsole } from '../console.ts';
import { kindOf } from '../installation.ts';
import { openbaoReach } from '../openbao-reach.ts';
import type { HandlersOf } from './part.ts';

/** A remembered workspace as hosts show it. */
export async function summaryOf(
  console: BootrootConsole,
  entry: RememberedWorkspace,
): Promise<WorkspaceSummary> {
  const { id, path, name, colour, kind, topology, lastOpenedAt } = entry;
  const [report, openbao] = await Promise.all([inspectDirectory(path), openbaoReach(path)]);
  const current = console.workspace?.id === id;
  return {
    id,
    path,
    name,
    colour,
    kind:
      current && console.workspace !== undefined
        ? await kindOf(console.workspace.paths, console.workspace.installation)
        : kind,
    topology,
    environment: environmentOf(entry),
    lastOpenedAt,
    current,
    held: console.holds(id),
    openbao,
    reachable: report.exists && report.writable,
  };
}

/** The open workspace, if there is one. */
export async function currentSummary(console: BootrootConsole): Promise<WorkspaceSummary | undefined> {
  const open = console.workspace;
  const entry = open === undefined ? undefined : await console.registry.find(open.id);
  return entry === undefined ? undefined : summaryOf(console, entry);
}

export const workspaceHandlers = (console: BootrootConsole): HandlersOf<'workspaces'> => ({
  'workspaces.list': async () =>
    Promise.all((await console.registry.list()).map((entry) => summaryOf(console, entry))),
  'workspaces.inspect': ({ path }) => inspectDirectory(path),
  async 'workspaces.open'({ path }) {
    const { id } = await console.open(path);
    const entry = await console.registry.find(id);
    return summaryOf(console, entry as RememberedWorkspace);
  },
  async 'workspaces.close'() {
    await console.closeWorkspace();
    return {};
  },
  async 'workspaces.forget'({ id }) {
    await console.registry.forget(id);
    return {};
  },
  'workspaces.describe': async ({ id, name, colour, environment }) =>
    summaryOf(
      console,
      await console.registry.describe(id, {
        name,
        colour,
        ...(environment === undefined ? {} : { environment }),
      }),
    ),
  'workspaces.browse': ({ path }) => browseDirectory(path),
});
