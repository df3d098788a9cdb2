import * as z from 'zod';

/** OpenBao answers some of the recovery paths with and some without the `data` around. */
const unwrapped = (answer: unknown): unknown =>
  typeof answer === 'object' &&
  answer !== null &&
  'data' in answer &&
  typeof answer.data === 'object' &&
  answer.data !== null
    ? answer.data
    : answer;

/** The schema of a recovery answer of either generation. */
export const orData = <S extends z.ZodType>(schema: S) => z.preprocess(unwrapped, schema);

/** An attempt at new shares or a new root token. */
export interface Attempt {
  readonly started: boolean;
  /** Empty when none was started. */
  readonly nonce: string;
  /** Shares given so far. */
  readonly progress: number;
}

export const attemptSchema = orData(
  z.object({ started: z.boolean(), nonce: z.string().default(''), progress: z.number().int().default(0) }),
);
