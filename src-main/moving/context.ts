import type { ProofContext } from '../upgrade/context.ts';
import type { Topologies } from '../topology/topologies.ts';
import type { Layout } from '../topology/layout.ts';

/** What moves work on. */
export interface MoveContext extends ProofContext {
  readonly topologies: Topologies;
  /** Notes for this person's list and for the next start what runs the servers now. */
  readonly remember: (topology: Kind) => Promise<void>;
}

export type Kind = 'local' | 'compose';

/** One move: the same steps whether it is planned, resumed or taken back. */
export interface Move {
  readonly from: Kind;
  readonly to: Kind;
  /** The source as it was chosen when it was made. */
  readonly old: Layout;
  /** Containers: what their names begin with. */
  readonly instance: string;
  /** The target's units, by what their names begin with; undefined: processes of the console. */
  readonly prefix: string | undefined;
}
