import type { Overview } from '../../../shared/contract/home.ts';
import { overviewOf } from '../../home/overview.ts';
import type { BootrootConsole } from '../console.ts';
import { gatherFacts } from '../facts.ts';
import type { HandlersOf } from './part.ts';

const everyMs = 5000;

/** Waits, or less long when the signal comes or something happened to an operation. */
async function pause(
  ms: number,
  signal: AbortSignal,
  wake: { done: (() => void) | undefined },
): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      wake.done = undefined;
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    wake.done = end;
  });
}

/** The clock of the overview is no change of it. */
const essence = ({ at: _at, ...overview }: Overview): string => JSON.stringify(overview);

export const homeHandlers = (console: BootrootConsole): HandlersOf<'home'> => ({
  async *'home.overview'(_input, call) {
    const workspace = console.required();
    const wake: { done: (() => void) | undefined } = { done: undefined };
    // Whoever stops asking for items need not abort the call: the watcher ends with this stream either way.
    const stop = new AbortController();
    const end = (): void => stop.abort();
    call.signal.addEventListener('abort', end, { once: true });
    if (call.signal.aborted) end();
    const listen = async (): Promise<void> => {
      for await (const event of workspace.engine.watch(undefined, stop.signal))
        if (event.type === 'operation' && event.operation.state !== 'running') wake.done?.();
    };
    // A watcher that fails leaves the timer, which is enough.
    listen().catch(() => undefined);
    let last = '';
    try {
      while (!stop.signal.aborted) {
        const overview = overviewOf(await gatherFacts(workspace));
        const now = essence(overview);
        if (now !== last) yield overview;
        last = now;
        await pause(everyMs, stop.signal, wake);
      }
    } finally {
      call.signal.removeEventListener('abort', end);
      end();
    }
  },
});
