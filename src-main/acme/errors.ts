import { ConsoleError, isConsoleError, type ErrorCode } from '../../shared/errors.ts';
import { ConnectionFailure, type FailureKind } from '../tls/failure.ts';
import { AcmeProblem, type Subproblem } from './problem.ts';

/** During which part of the flow a problem came: the same type means different things to the operator. */
export type Stage = 'directory' | 'account' | 'order' | 'challenge' | 'finalize';

export interface ErrorContext {
  readonly stage: Stage;
  readonly url: string;
  /** The identifier (or identifiers) of the order. */
  readonly name: string;
  readonly hasEab: boolean;
}

/** RFC 8555 §6.7 types whose cause does not depend on the stage. */
const causes: Readonly<Record<string, ErrorCode>> = {
  dns: 'acme_dns',
  connection: 'acme_connection',
  tls: 'acme_connection',
  incorrectResponse: 'acme_unauthorized',
  caa: 'acme_caa',
  rateLimited: 'acme_rate_limited',
  badCSR: 'acme_bad_csr',
  badPublicKey: 'acme_bad_csr',
  badSignatureAlgorithm: 'acme_bad_csr',
  unsupportedIdentifier: 'acme_rejected_identifier',
  externalAccountRequired: 'acme_eab_required',
  accountDoesNotExist: 'acme_account_missing',
  invalidContact: 'acme_account_refused',
  unsupportedContact: 'acme_account_refused',
  userActionRequired: 'acme_account_refused',
  badNonce: 'acme_bad_nonce',
  serverInternal: 'acme_server_error',
};

function codeOf(problem: Pick<Subproblem, 'type'>, status: number, context: ErrorContext): ErrorCode {
  const known = causes[problem.type];
  if (known !== undefined) return known;
  // step-ca calls a key authorization that does not match "rejectedIdentifier"; in an order it is the policy's word.
  if (problem.type === 'rejectedIdentifier') {
    return context.stage === 'challenge' ? 'acme_unauthorized' : 'acme_rejected_identifier';
  }
  if (context.stage === 'directory' && status < 500) return 'acme_not_acme';
  if (context.stage === 'account' && status < 500) {
    return context.hasEab ? 'acme_eab_rejected' : 'acme_account_refused';
  }
  if (problem.type === 'unauthorized') {
    return context.stage === 'challenge' ? 'acme_unauthorized' : 'acme_account_refused';
  }
  if (status >= 500) return 'acme_server_error';
  if (status === 429) return 'acme_rate_limited';
  return context.stage === 'challenge' ? 'acme_order_invalid' : 'acme_refused';
}

/** A CA's problem as the operator's error: cause, next step, and the CA's own words in the detail. */
export function problemError(problem: AcmeProblem, context: ErrorContext): ConsoleError {
  const [first] = problem.subproblems;
  const leading = (problem.type === 'compound' || problem.type === 'unknown') && first ? first : problem;
  return new ConsoleError(
    codeOf(leading, problem.status, context),
    {
      name: leading.identifier ?? context.name,
      url: context.url,
      status: problem.status,
      type: leading.type,
      seconds: Math.ceil((problem.retryAfterMs ?? 60_000) / 1000),
    },
    { detail: problem.describe(), cause: problem },
  );
}

const notTrusted: ReadonlySet<FailureKind> = new Set([
  'untrusted',
  'expired',
  'wrong_name',
  'unpinned',
  'peer_refused',
  'not_tls',
]);

/** Whatever went wrong while talking to a CA, as a ConsoleError. */
export function acmeError(error: unknown, context: ErrorContext): ConsoleError {
  if (isConsoleError(error)) return error;
  if (error instanceof AcmeProblem) return problemError(error, context);
  if (error instanceof ConnectionFailure) {
    if (error.kind === 'aborted') return new ConsoleError('cancelled', {}, { cause: error });
    const code = notTrusted.has(error.kind) ? 'acme_untrusted' : 'acme_unreachable';
    return new ConsoleError(
      code,
      { url: context.url, reason: error.code },
      { detail: error.kind, cause: error },
    );
  }
  // acme-client says in plain errors that an answer lacks what RFC 8555 demands.
  const detail = error instanceof Error ? error.message : String(error);
  return new ConsoleError('acme_not_acme', { url: context.url, status: 200 }, { detail, cause: error });
}
