import * as z from 'zod';
import type { MessageKey } from './i18n/index.ts';
import { message, messageSchema, type Message } from './message.ts';

/** A code exists when a catalogue has `error.<code>.what`; `error.<code>.next` must stand beside it (a unit test checks). */
export type ErrorCode = MessageKey extends infer K ? (K extends `error.${infer C}.what` ? C : never) : never;

/** What travels to a host: code, parameters, what was changed, and technical detail already redacted. */
export const errorDataSchema = z.object({
  code: z.string() as unknown as z.ZodType<ErrorCode>,
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  changed: messageSchema,
  detail: z.string().max(4000).optional(),
});
export type ErrorData = z.infer<typeof errorDataSchema>;

/** The three sentences of an error, in order: what happened, what was and was not changed, what to do next. */
export function errorMessages(data: ErrorData): { what: Message; changed: Message; next: Message } {
  return {
    what: message(`error.${data.code}.what` as MessageKey, data.params),
    changed: data.changed,
    next: message(`error.${data.code}.next` as MessageKey, data.params),
  };
}

/** The only error that crosses a boundary on purpose. Its parameters and detail never hold a secret. */
export class ConsoleError extends Error {
  readonly data: ErrorData;

  constructor(
    code: ErrorCode,
    params: Record<string, string | number> = {},
    options: { changed?: Message; detail?: string; cause?: unknown } = {},
  ) {
    super(`${code}${options.detail === undefined ? '' : `: ${options.detail}`}`, { cause: options.cause });
    this.name = 'ConsoleError';
    this.data = {
      code,
      params,
      changed: options.changed ?? message('error.changed.nothing'),
      ...(options.detail === undefined ? {} : { detail: options.detail.slice(0, 4000) }),
    };
  }

  get code(): ErrorCode {
    return this.data.code;
  }
}

/** Whether `error` is a ConsoleError, of this code if one is named. */
export function isConsoleError(error: unknown, code?: ErrorCode): error is ConsoleError {
  return error instanceof ConsoleError && (code === undefined || error.data.code === code);
}
