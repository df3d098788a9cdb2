import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { ConnectionFailure } from '../tls/failure.ts';
import { maskSecrets } from '../workspace/masking.ts';

/** What was asked, as far as an error may tell it. */
export interface Asked {
  /** Address of the server. */
  readonly url: string;
  /** API path without `/v1/`. */
  readonly path: string;
  /** Reads change nothing, whatever became of their answer. */
  readonly reads: boolean;
  /** Values that must not come back in an error. */
  readonly secrets: readonly string[];
}

const changedIf = (uncertain: boolean): Message =>
  message(uncertain ? 'error.changed.unknown' : 'error.changed.nothing');

/** No answer came: an error that says why, and whether a write may have taken effect all the same. */
export function noAnswer(
  failure: unknown,
  asked: Pick<Asked, 'url' | 'reads'>,
  seconds: number,
): ConsoleError {
  const { url } = asked;
  if (isConsoleError(failure)) return failure;
  if (!(failure instanceof ConnectionFailure))
    return new ConsoleError('openbao_unreachable', { url, reason: 'internal' }, { cause: failure });
  const { code } = failure;
  const sure = { detail: code, cause: failure };
  const unsure = { ...sure, changed: changedIf(!asked.reads) };
  switch (failure.kind) {
    case 'expired':
      return new ConsoleError('openbao_clock', { url, now: new Date().toISOString() }, sure);
    case 'untrusted':
    case 'wrong_name':
    case 'unpinned':
    case 'not_tls':
      return new ConsoleError('openbao_tls_untrusted', { url, reason: code }, sure);
    case 'timeout':
      return new ConsoleError('openbao_slow', { url, seconds }, unsure);
    case 'too_large':
      return new ConsoleError('openbao_too_large', { url }, unsure);
    case 'aborted':
      return new ConsoleError('cancelled', {}, unsure);
    case 'not_resolved':
    case 'refused':
    case 'unreachable':
      return new ConsoleError('openbao_unreachable', { url, reason: code }, sure);
    case 'reset':
    case 'peer_refused':
    case 'other':
      return new ConsoleError('openbao_unreachable', { url, reason: code }, unsure);
  }
}

/** OpenBao's own sentences. Whatever the request carried and should stay secret is masked, should one repeat it. */
function sentences(body: unknown, secrets: readonly string[]): string {
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : undefined;
  if (!Array.isArray(errors)) return '';
  return maskSecrets(errors.map(String).join('; '), secrets).replace(/\s+/g, ' ').trim().slice(0, 500);
}

/** The refusals that have a name of their own, by OpenBao's words. */
const refusals = [
  [/check-and-set parameter did not match/, 'openbao_conflict'],
  [/already initialized/i, 'openbao_already_initialised'],
  [/wrapping token is not valid or does not exist/, 'openbao_unwrapped'],
  [/invalid role or secret ID|invalid (secret|role)[_ ]id/i, 'openbao_credentials_refused'],
] as const;

/** Where shares are given to make new ones or a root token. */
const recoveryPaths = /^sys\/(rotate\/root|rekey|generate-root(-token)?)\/(update|verify)$/;
const aboutShares = [
  [/already been provided/, 'openbao_share_repeated'],
  [/valid hex or base64|shorter than minimum|longer than maximum/, 'openbao_share_malformed'],
  [
    /message authentication failed|unable to (retrieve stored keys|authenticate)|failed to (generate key|compute|read root key)|incorrect (number of )?(key|share)/i,
    'openbao_shares_wrong',
  ],
] as const;

function badRequest(problem: string, { url, path }: Asked, options: object): ConsoleError {
  if (path === 'sys/unseal') {
    return /unable to retrieve stored keys|message authentication failed|failed to generate key/.test(problem)
      ? new ConsoleError(
          'openbao_shares_wrong',
          { url },
          { ...options, changed: message('openbao.changed.unseal_reset') },
        )
      : new ConsoleError('openbao_share_malformed', {}, options);
  }
  const code = refusals.find(([words]) => words.test(problem))?.[1];
  return code === undefined
    ? new ConsoleError('openbao_bad_request', { path, problem }, options)
    : new ConsoleError(code, { url, path }, options);
}

/** What OpenBao answered instead of success, as an error of the console. */
export function refused(status: number, body: unknown, asked: Asked): ConsoleError {
  const { url, path } = asked;
  const problem = sentences(body, asked.secrets);
  const options = { detail: `${String(status)} ${problem}`.trim() };
  const known = problem !== '';
  if (known && /not initialized/i.test(problem))
    return new ConsoleError('openbao_not_initialised', { url }, options);
  if (known && /sealed/i.test(problem) && status >= 500)
    return new ConsoleError('openbao_sealed', { url }, options);
  // One version answers a wrong share with 400, another with 500 (asked of OpenBao 2.7, both interfaces).
  const recovery = recoveryPaths.test(path) ? aboutShares.find(([words]) => words.test(problem)) : undefined;
  if (recovery !== undefined)
    return new ConsoleError(
      recovery[1],
      { url },
      { ...options, changed: message('openbao.changed.unseal_reset') },
    );
  // An accessor that is gone is looked up with 404 and destroyed with 500.
  if (/failed to find accessor entry/.test(problem))
    return new ConsoleError('openbao_no_path', { path }, options);
  switch (status) {
    case 400:
    case 405:
    case 412:
    case 413:
      return badRequest(problem, asked, options);
    case 401:
    case 403:
      return new ConsoleError('openbao_forbidden', { path }, options);
    case 404:
      // Nothing at a path that could hold something is answered without a sentence.
      return new ConsoleError(known ? 'openbao_no_route' : 'openbao_no_path', { path }, options);
    case 307:
    case 308:
      return new ConsoleError('openbao_standby', { url }, options);
    default:
      return new ConsoleError(
        'openbao_unavailable',
        { url, status },
        { ...options, changed: changedIf(!asked.reads && status >= 500) },
      );
  }
}

/** An answer in a shape that is not OpenBao's. */
export function unexpected(asked: Asked, field: string): ConsoleError {
  return new ConsoleError(
    'openbao_unexpected',
    { url: asked.url, path: asked.path },
    { detail: field, changed: changedIf(!asked.reads) },
  );
}
