import { useDebouncedValue } from '@mantine/hooks';

/** Milliseconds of rest after a key before the servers are asked again. */
const rest = 250;

/** The input as it was when typing last paused. `settled`: it is the present one, so its check holds. */
export function useSettled<T>(input: T): { readonly value: T; readonly settled: boolean } {
  const [value] = useDebouncedValue(input, rest);
  return { value, settled: value === input };
}
