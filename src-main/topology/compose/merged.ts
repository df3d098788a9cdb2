/** Lines that may wait for a slow reader before the sources are held back. */
const most = 1_000;

/**
 * What several endless sources say, as it comes. A source that fails ends all of them, and the failure is thrown; a reader that stops
 * ends them too.
 * @param sources each begins with a signal that tells it to end
 */
export async function* merged<T>(
  sources: readonly ((stop: AbortSignal) => AsyncIterable<T>)[],
  signal: AbortSignal,
): AsyncGenerator<T> {
  const stop = new AbortController();
  const items: T[] = [];
  const failures: Error[] = [];
  let held: (() => void)[] = [];
  let live = sources.length;
  let wake: () => void = () => undefined;
  const release = (): void => {
    for (const go of held) go();
    held = [];
  };
  const end = (): void => {
    stop.abort();
    wake();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const pump = async (source: (stop: AbortSignal) => AsyncIterable<T>): Promise<void> => {
    try {
      for await (const item of source(stop.signal)) {
        items.push(item);
        wake();
        if (items.length >= most && !stop.signal.aborted)
          await new Promise<void>((resolve) => held.push(resolve));
        if (stop.signal.aborted) return;
      }
    } catch (error) {
      failures.push(error instanceof Error ? error : new Error(String(error)));
    } finally {
      live -= 1;
      wake();
    }
  };
  const pumps = sources.map(pump);
  try {
    while (!signal.aborted) {
      yield* items.splice(0);
      release();
      const [failure] = failures;
      if (failure !== undefined) throw failure;
      if (live === 0 && items.length === 0) return;
      if (items.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
    release();
    await Promise.all(pumps);
  }
}
