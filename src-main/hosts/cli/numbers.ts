import { ConsoleError } from '../../../shared/errors.ts';

/** A whole number from `from` to `to`. Throws `cli_usage`. */
export function wholeNumber(text: string, flag: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= from && value <= to) return value;
  throw new ConsoleError('cli_usage', { problem: `${flag} ${text.slice(0, 20)}` });
}
