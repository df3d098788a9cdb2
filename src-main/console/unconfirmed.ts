import type { Versions } from '../../shared/contract/upgrade.ts';
import type { Unconfirmed } from '../home/facts.ts';
import { readFormerTopology } from '../moving/former.ts';
import { catalogue } from '../servers/catalogue.ts';
import { listFormer } from '../upgrade/former.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** What ran the servers before a move that waits for its confirmation. Throws `topology_layout`. */
export async function formerPlace(paths: WorkspacePaths): Promise<Versions['movedFrom']> {
  const former = await readFormerTopology(paths);
  if (former === undefined) return undefined;
  const own = former.prefix === undefined ? 'processes' : 'systemd';
  return { from: former.from === 'compose' ? 'compose' : own, at: former.at };
}

/** Upgrades and moves whose way back is still kept. Throws `topology_layout`. */
export async function unconfirmedFacts({ paths }: Pick<OpenWorkspace, 'paths'>): Promise<Unconfirmed[]> {
  const [upgrades, move] = await Promise.all([listFormer(paths), formerPlace(paths)]);
  return [
    ...upgrades.map(({ server, from, to, at }): Unconfirmed => ({
      kind: 'upgrade',
      server: catalogue[server].title,
      from: from.version,
      to,
      at,
    })),
    ...(move === undefined ? [] : [{ kind: 'move' as const, ...move }]),
  ];
}
