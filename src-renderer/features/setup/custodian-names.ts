/** One name for each share: names that were given are kept, missing ones are proposed. The same array when nothing changes. */
export function custodianNames<T extends readonly string[]>(
  names: T,
  count: number,
  propose: (index: number) => string,
): T | string[] {
  if (names.length === count) return names;
  return Array.from({ length: count }, (_, index) => names[index] ?? propose(index + 1));
}
