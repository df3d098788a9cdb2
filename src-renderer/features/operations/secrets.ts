import type { SecretInput } from '../../../shared/contract/operations.ts';

/** What was typed for one secret; `again` only where a new one is set. */
export interface Typed {
  readonly value: string;
  readonly again: string;
}
export type TypedSecrets = Readonly<Record<string, Typed>>;

export type SecretProblem = 'too_short' | 'differs';

/** Why a secret will not do yet. */
export function problemOf(input: SecretInput, typed: Typed | undefined): SecretProblem | undefined {
  const { value, again } = typed ?? { value: '', again: '' };
  if (value.length < Math.max(input.minLength, 1)) return 'too_short';
  return input.fresh && value !== again ? 'differs' : undefined;
}

export const areComplete = (inputs: readonly SecretInput[], typed: TypedSecrets): boolean =>
  inputs.every((input) => problemOf(input, typed[input.name]) === undefined);

export const valuesOf = (typed: TypedSecrets): Record<string, string> =>
  Object.fromEntries(Object.entries(typed).map(([name, { value }]) => [name, value]));
