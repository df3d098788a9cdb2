import { createHash } from 'node:crypto';
import type { Stage } from '../operations/types.ts';

/** A corner of the stage for one service: ids are longer than names of staged values may be. */
export function cornerOf(stage: Stage, id: string): Stage {
  const prefix = createHash('sha256').update(id).digest('hex').slice(0, 24);
  const named = (name: string): string => `${prefix}-${name}`;
  return {
    read: (name) => stage.read(named(name)),
    write: (name, value) => stage.write(named(name), value),
    once: (name, make) => stage.once(named(name), make),
    remove: (name) => stage.remove(named(name)),
  };
}
