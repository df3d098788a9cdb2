import type * as z from 'zod';

/** How a procedure answers: once without effect, once with effect, or with a series of items. */
export type ProcedureKind = 'query' | 'mutation' | 'stream';

/** One definition per procedure; both sides validate with it and derive their types from it. */
export interface Procedure<
  K extends ProcedureKind = ProcedureKind,
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
> {
  readonly kind: K;
  readonly input: I;
  /** Output of a query or mutation; each item of a stream. */
  readonly output: O;
}

const define =
  <K extends ProcedureKind>(kind: K) =>
  <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Procedure<K, I, O> => ({
    kind,
    input,
    output,
  });

export const query = define('query');
export const mutation = define('mutation');
export const stream = define('stream');
