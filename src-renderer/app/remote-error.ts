import { ConsoleError, isConsoleError, type ErrorData } from '../../shared/errors.ts';

/** The error that the core sent, as an error that can be thrown here. */
export function fromData(data: ErrorData): ConsoleError {
  return new ConsoleError(data.code, data.params, {
    changed: data.changed,
    ...(data.detail === undefined ? {} : { detail: data.detail }),
  });
}

/** Anything that was thrown, as an error that can be shown. */
export function toConsoleError(error: unknown): ConsoleError {
  if (isConsoleError(error)) return error;
  return new ConsoleError('internal', {}, { detail: error instanceof Error ? error.message : String(error) });
}
