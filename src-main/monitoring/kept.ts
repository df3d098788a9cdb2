/** A question whose answer is good for a while: callers within that time share one look. A failed look is not kept. */
export function kept<T>(ms: number, now: () => number, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (last !== undefined && Math.abs(now() - last.at) < ms) return last.answer;
    const answer = ask();
    last = { at: now(), answer };
    answer.catch(() => {
      last = undefined;
    });
    return answer;
  };
}
