import { readFileSync } from 'node:fs';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { ComposeTopology } from './compose/compose-topology.ts';
import { LocalTopology } from './local-topology.ts';
import type { Topology } from './topology.ts';

/** What may run the servers of one work directory. Which one does stands in `topology.json`, which a set-up writes. */
export interface Topologies {
  readonly local: LocalTopology;
  readonly compose: ComposeTopology;
  /** The one that runs them at the moment of each call: a set-up may have made it meanwhile. */
  readonly current: Topology;
}

/** A few hundred bytes; asked before the answer to anything else makes sense. */
function isCompose(path: string): boolean {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null && 'compose' in value;
  } catch {
    return false;
  }
}

export function topologiesOf(paths: WorkspacePaths): Topologies {
  const local = new LocalTopology(paths);
  const compose = new ComposeTopology(paths);
  const current = new Proxy<Topology>(local, {
    get(_target, name) {
      const chosen: Topology = isCompose(local.files.layout) ? compose : local;
      const value: unknown = Reflect.get(chosen, name, chosen);
      return typeof value === 'function' ? (value.bind(chosen) as unknown) : value;
    },
  });
  return { local, compose, current };
}
