/** The value at a dotted path, for example `openbao.port`. */
export function valueAt(input: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      input,
    );
}

/** A copy of `input` with the value at a dotted path replaced; everything beside the path is shared. */
export function withValueAt<T>(input: T, path: string, value: unknown): T {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...input, [key]: value };
  const inner: unknown = valueAt(input, key) ?? {};
  return { ...input, [key]: withValueAt(inner, rest.join('.'), value) };
}
