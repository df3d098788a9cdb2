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
  /** Shares given so far; none again while new shares are given back. */
  readonly progress: number;
  /** New shares were made, and hold when a quorum of them is given back. */
  readonly verifying: boolean;
}

export const attemptSchema = orData(
  z
    .object({
      started: z.boolean(),
      nonce: z.string().default(''),
      progress: z.number().int().default(0),
      verification_nonce: z.string().default(''),
    })
    .transform(({ verification_nonce: verification, ...attempt }): Attempt => ({
      ...attempt,
      verifying: verification !== '',
    })),
);

/** Noted in place of the nonce before an attempt begins: the nonce comes only with an answer, which may be lost. */
export const aboutToBegin = 'begun';

/**
 * Whether an attempt is the one of a note: its nonce, or `aboutToBegin`. The latter vouches only for an attempt that nobody has
 * given a share to, as a nonce is noted before the first share is given.
 */
export const isNoted = ({ nonce, progress, verifying }: Attempt, noted: string | undefined): boolean =>
  noted === nonce || (noted === aboutToBegin && progress === 0 && !verifying);
