import { ConsoleError } from '../../shared/errors.ts';

interface ApiFailure {
  readonly response: { readonly statusCode: number; readonly body: unknown };
}

const isApiFailure = (error: unknown): error is Error & ApiFailure =>
  error instanceof Error &&
  'response' in error &&
  typeof error.response === 'object' &&
  error.response !== null;

/** OpenBao's own sentences; they name paths and fields, never values of secrets. */
function sentences(body: unknown): string {
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : undefined;
  return Array.isArray(errors) ? errors.map(String).join('; ').slice(0, 500) : '';
}

/** What OpenBao answered, as an error of the console. `path` names what was asked for. */
export function openbaoError(error: unknown, url: string, path: string): unknown {
  if (!isApiFailure(error)) return error;
  const { statusCode, body } = error.response;
  const detail = sentences(body);
  const options = { detail: `${statusCode} ${detail}`.trim() };
  if (statusCode === 503 && /sealed/i.test(detail))
    return new ConsoleError('openbao_sealed', { url }, options);
  if (/not initialized/i.test(detail)) return new ConsoleError('openbao_not_initialised', { url }, options);
  switch (statusCode) {
    case 400:
    case 405:
      return new ConsoleError('openbao_bad_request', { path, problem: detail }, options);
    case 403:
      return new ConsoleError('openbao_forbidden', { path }, options);
    case 404:
      return new ConsoleError('openbao_no_path', { path }, options);
    case 307:
      return new ConsoleError('openbao_standby', { url }, options);
    default:
      return new ConsoleError('openbao_unavailable', { url, status: statusCode }, options);
  }
}
