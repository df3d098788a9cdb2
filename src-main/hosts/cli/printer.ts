import { errorMessages, type ErrorData } from '../../../shared/errors.ts';
import { createTranslator, type Locale, type MessageKey } from '../../../shared/i18n/index.ts';
import type { Message } from '../../../shared/message.ts';
import type { Terminal } from './terminal.ts';

export type Params = Record<string, string | number>;

/** How one run speaks. With `--json` standard output carries exactly one JSON document; what happens meanwhile goes to standard error. */
export interface Printer {
  readonly json: boolean;
  readonly locale: Locale;
  readonly text: (message: Message) => string;
  readonly say: (key: MessageKey, params?: Params) => string;
  /** A line of the result; nothing with `--json`. */
  readonly line: (text: string) => void;
  /** A line about progress or a remark: standard error. */
  readonly note: (text: string) => void;
  /** The result as JSON; nothing without `--json`. */
  readonly result: (value: unknown) => void;
  readonly error: (error: ErrorData) => void;
}

/** Control characters of data from outside must not steer the terminal. */
export const printable = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');

export function createPrinter(terminal: Terminal, locale: Locale, json: boolean): Printer {
  const translator = createTranslator(locale);
  const say = (key: MessageKey, params: Params = {}): string => printable(translator.t(key, params));
  const text = (message: Message): string => say(message.key, message.params ?? {});
  const toError = (line: string): void => void terminal.stderr.write(`${line}\n`);
  return {
    json,
    locale,
    say,
    text,
    line: (line) => (json ? undefined : void terminal.stdout.write(`${printable(line)}\n`)),
    note: (line) => toError(printable(line)),
    result: (value) => (json ? void terminal.stdout.write(`${JSON.stringify(value)}\n`) : undefined),
    error(error) {
      const { what, changed, next } = errorMessages(error);
      const sentences = { what: text(what), changed: text(changed), next: text(next) };
      if (json) {
        const detail = error.detail === undefined ? {} : { detail: error.detail };
        terminal.stdout.write(
          `${JSON.stringify({ ok: false, error: { code: error.code, ...sentences, ...detail } })}\n`,
        );
        return;
      }
      toError(sentences.what);
      toError(sentences.changed);
      toError(sentences.next);
      if (error.detail !== undefined) toError(`  ${printable(error.detail)}`);
    },
  };
}
