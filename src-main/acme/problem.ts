import * as z from 'zod';

const identifierSchema = z.object({ type: z.string(), value: z.string() });
const base = z.object({
  type: z.string().optional(),
  detail: z.string().optional(),
  status: z.number().optional(),
  identifier: identifierSchema.optional(),
});
const documentSchema = base.extend({ subproblems: z.array(base).optional() });

const prefix = /^urn:(?:ietf:params:)?acme:error:/;

/** One problem of RFC 8555 §6.7.1, whole: the short type, the CA's words, and which identifier it is about. */
export interface Subproblem {
  readonly type: string;
  readonly detail: string;
  readonly identifier?: string;
}

/** A problem document as an error (RFC 7807): nothing of it is lost on the way to the operator. */
export class AcmeProblem extends Error {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly subproblems: readonly Subproblem[];
  readonly identifier: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    problem: Subproblem,
    status: number,
    subproblems: readonly Subproblem[],
    retryAfterMs?: number,
  ) {
    super(`${problem.type} (${status})`);
    this.name = 'AcmeProblem';
    this.type = problem.type;
    this.status = status;
    this.detail = problem.detail;
    this.subproblems = subproblems;
    this.identifier = problem.identifier;
    this.retryAfterMs = retryAfterMs;
  }

  /** The CA's words in one text, for the detail of an error. */
  describe(): string {
    const lines = [
      { type: this.type, detail: this.detail, identifier: this.identifier },
      ...this.subproblems,
    ];
    return lines
      .map(({ type, detail, identifier }) => [identifier, type, detail].filter((part) => part).join(': '))
      .join('\n');
  }
}

function read(value: z.infer<typeof base>): Subproblem {
  return {
    type: (value.type ?? 'unknown').replace(prefix, '').slice(0, 100),
    detail: (value.detail ?? '').slice(0, 1000),
    ...(value.identifier === undefined ? {} : { identifier: value.identifier.value }),
  };
}

/** A problem out of an answer's body or a challenge's `error`. A body that is no problem document becomes one of type `unknown`. */
export function readProblem(body: unknown, status: number, retryAfter?: number): AcmeProblem {
  const { data } = documentSchema.safeParse(body);
  if (data === undefined) {
    const detail = typeof body === 'string' ? body.slice(0, 200) : '';
    return new AcmeProblem({ type: 'unknown', detail }, status, [], retryAfter);
  }
  return new AcmeProblem(read(data), status, (data.subproblems ?? []).slice(0, 20).map(read), retryAfter);
}
