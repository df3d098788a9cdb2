const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `1h`, `720h`, `1h 30m`, `500ms` as agent.toml writes them, in milliseconds; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const parts =
    text.trim().match(/^(?:\d+\s*(?:ms|s|m|h|d)\s*)+$/) === null ? [] : text.match(/\d+\s*[a-z]+/g);
  if (parts === null || parts.length === 0) return undefined;
  const total = parts.reduce((sum, part) => {
    const [, count = '', unit = ''] = /^(\d+)\s*([a-z]+)$/.exec(part) ?? [];
    return sum + Number(count) * (units[unit] ?? Number.NaN);
  }, 0);
  return Number.isSafeInteger(total) ? total : undefined;
}
