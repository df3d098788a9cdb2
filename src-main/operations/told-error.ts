import type { ErrorData } from '../../shared/errors.ts';
import { errorMessages } from '../../shared/errors.ts';
import { catalogues } from '../../shared/i18n/index.ts';
import { message, type Message } from '../../shared/message.ts';

/**
 * An error that another process or host wrote down by code and parameters, in words for whoever reads it here: what happened, what next.
 * Undefined for a code that this version does not know.
 */
export function toldError(
  code: string | null | undefined,
  params: ErrorData['params'] | null | undefined,
): { readonly what: Message; readonly next: Message } | undefined {
  if (!Object.hasOwn(catalogues.en, `error.${code ?? ''}.what`)) return undefined;
  const changed = message('error.changed.nothing');
  return errorMessages({ code: code as ErrorData['code'], params: params ?? {}, changed });
}
