/** Every choice of `size` items in their order, the newest items first. Lazily: nobody asks for all of many. */
export function* combinations<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let last = items.length - 1; last >= size - 1; last -= 1)
    for (const rest of combinations(items.slice(0, last), size - 1)) yield [...rest, items[last] as T];
}
