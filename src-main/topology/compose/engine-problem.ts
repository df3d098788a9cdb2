import type { ConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';

/** What is wrong, and what to do next, as one text. */
export function problemAndNext({ data }: ConsoleError): Message {
  const texts = { reason: `error.${data.code}.what`, remedy: `error.${data.code}.next` };
  return message('setup.compose.unmet', { ...data.params, ...texts });
}
