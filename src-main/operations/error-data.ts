import { ConsoleError, type ErrorData } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { redactDeep, redactText } from './redact.ts';

/** Any error as what hosts and the journal may have: a code, and details without secrets. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof ConsoleError) {
    const { data } = error;
    return {
      ...data,
      params: redactDeep(data.params),
      ...(data.detail === undefined ? {} : { detail: redactText(data.detail) }),
    };
  }
  if (error instanceof Error && error.name === 'AbortError') return new ConsoleError('cancelled').data;
  const detail = redactText(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return new ConsoleError('internal', {}, { changed: message('error.changed.unknown'), detail }).data;
}
