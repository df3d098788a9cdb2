/** Items of one batch at most, and how long the first of them waits for others, milliseconds. */
const most = 1_000;
const gatherMs = 50;

const settled = <T>(promise: Promise<T>): Promise<T> => {
  // Nobody may be waiting when it fails; whoever asks next is told.
  promise.catch(() => undefined);
  return promise;
};

/**
 * What comes together goes on together: a thousand lines a second would be a thousand frames to every reader. The source is held back
 * while its reader is slow; what fails in it fails here after the items before it. It ends with the reader or with the signal.
 */
export async function* batched<T>(
  begin: (signal: AbortSignal) => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const iterator = begin(stop.signal)[Symbol.asyncIterator]();
  let next = settled(iterator.next());
  try {
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const batch = [first.value];
      next = settled(iterator.next());
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), gatherMs);
      });
      while (batch.length < most) {
        const item = await Promise.race([next.catch(() => undefined), late]);
        if (item === undefined || item.done === true) break;
        batch.push(item.value);
        next = settled(iterator.next());
      }
      clearTimeout(timer);
      yield batch;
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}
