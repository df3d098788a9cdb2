/** Prints one measure as `name: ours, theirs, ratio` and answers whether it meets its mark. */
export function measured(
  name: string,
  ours: number,
  theirs: number,
  unit: string,
  met: boolean,
  ratio = ours / theirs,
): boolean {
  const value = (number: number): string => `${number.toFixed(number < 10 ? 3 : 0)} ${unit}`;
  console.log(`${name}: ${value(ours)}, ${value(theirs)}, ${ratio.toFixed(2)}${met ? '' : ' MISSED'}`);
  return met;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

export const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begun) / 1e9;
};
