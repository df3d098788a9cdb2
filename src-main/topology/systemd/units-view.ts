import type { Units } from '../../../shared/contract/topology.ts';
import { message, type Message } from '../../../shared/message.ts';
import { judge } from '../../systemd/analyze.ts';
import { systemdRuns } from '../../systemd/systemctl.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { LocalTopology } from '../local-topology.ts';
import { hiddenBy, ownerOfUnit, type ServerUnit } from './server-units.ts';

export const usualPrefix = 'bootroot';

/** A demand of the units on this host, and what stands in its way. */
export interface Demand {
  readonly id: 'systemd' | 'root' | 'place' | 'names' | 'verify';
  readonly title: Message;
  readonly problem?: Message;
}

const demand = (id: Demand['id'], title: Message, problem: Message | undefined): Demand => ({
  id,
  title,
  ...(problem === undefined ? {} : { problem }),
});

/** A unit file of one of these names that is not of this work directory. */
async function foreignUnit(units: readonly ServerUnit[], root: string): Promise<Message | undefined> {
  for (const { path } of units) {
    const text = await readTextFileIfPresent(path);
    if (text === undefined) continue;
    const owner = ownerOfUnit(text);
    if (owner !== root) return message('error.systemd_foreign.what', { path, owner: owner ?? '?' });
  }
  return undefined;
}

/** Everything that must hold before the servers can be units here, in the order in which it is to be put right. */
export async function demands(
  topology: LocalTopology,
  paths: WorkspacePaths,
  prefix: string,
): Promise<{ readonly demands: readonly Demand[]; readonly units: Units['units'] }> {
  const layout = await topology.requireLayout();
  const units = await topology.asUnits(prefix).units();
  const there = await systemdRuns();
  const judged = there ? await judge(units) : { problems: [], units: [] };
  const hidden = hiddenBy(layout, paths.root);
  const wrong = judged.problems.join('\n');
  const root = process.getuid?.() === 0;
  return {
    demands: [
      demand(
        'systemd',
        message('systemd.demand.runs'),
        there ? undefined : message('systemd.problem.absent'),
      ),
      demand('root', message('systemd.demand.root'), root ? undefined : message('systemd.problem.root')),
      demand(
        'place',
        message('systemd.demand.place'),
        hidden === undefined ? undefined : message('systemd.problem.place', { place: hidden }),
      ),
      demand('names', message('systemd.demand.names', { prefix }), await foreignUnit(units, paths.root)),
      demand(
        'verify',
        message('systemd.demand.verify'),
        wrong === '' ? undefined : message('systemd.problem.verify', { lines: wrong }),
      ),
    ],
    units: units.map(({ id, name, path, text }) => {
      const { exposure } = judged.units.find((unit) => unit.name === name) ?? {};
      return { server: id, name, path, text, ...(exposure === undefined ? {} : { exposure }) };
    }),
  };
}

/** `infra.units`: none for an installation whose servers the console does not run on this host. */
export async function unitsView(
  topology: LocalTopology,
  paths: WorkspacePaths,
  wanted: string | undefined,
): Promise<Units> {
  const layout = await topology.readLayout();
  const prefix = wanted ?? layout?.systemd?.prefix ?? usualPrefix;
  if (layout === undefined)
    return { active: false, prefix, problem: message('systemd.problem.none'), units: [] };
  const found = await demands(topology, paths, prefix);
  const problem = found.demands.find((each) => each.problem !== undefined)?.problem;
  const active = layout.systemd !== undefined;
  return { active, prefix, units: found.units, ...(problem === undefined ? {} : { problem }) };
}
