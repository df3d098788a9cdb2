import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const sweptMs = 1_000;
let collect: (() => void) | undefined;

/**
 * Gives memory back that was needed while certificates were issued. V8 keeps it until somebody wants more, and an agent then does nothing for
 * an hour: a tenth of what is resident. Takes some milliseconds.
 */
export function giveBack(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  // What the first one emptied is swept afterwards, and only the next returns it to the system.
  setTimeout(collect, sweptMs).unref();
}
