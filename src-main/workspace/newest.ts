import { readdir } from 'node:fs/promises';

const stampPattern = /^\d{8}T\d{6}Z$/;

/** `20261201T005500Z` in UTC, which sorts as time does. @param at unix milliseconds */
export const stampOf = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');

/**
 * Names `PREFIX-STAMP` or `PREFIX-STAMP.ENDING` in a directory that are older than the newest `keep` stamps; whatever else lies there is
 * nobody's to remove.
 */
export async function olderThanNewest(directory: string, prefix: string, keep: number): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const stamped = names.flatMap((name) => {
    const stamp = name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1).split('.')[0] : undefined;
    return stamp !== undefined && stampPattern.test(stamp) ? [{ name, stamp }] : [];
  });
  const stays = new Set([...new Set(stamped.map(({ stamp }) => stamp))].sort().slice(-keep));
  return stamped.flatMap(({ name, stamp }) => (stays.has(stamp) ? [] : [name])).sort();
}
