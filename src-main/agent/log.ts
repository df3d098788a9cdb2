import { errorMessages } from '../../shared/errors.ts';
import type { Message } from '../../shared/message.ts';
import { toErrorData } from '../operations/error-data.ts';
import { redactDeep } from '../operations/redact.ts';

export type LogLevel = 'info' | 'warn' | 'error';
export interface LogMore {
  readonly error?: unknown;
  /** Output of a hook, bounded and redacted. */
  readonly output?: string;
}
export type AgentLog = (message: Message, level: LogLevel, more?: LogMore) => void;

/**
 * One JSON object a line: time, level, event (the message's key), its parameters, the sentence, and for an error its code, what to
 * do next and the technical detail. Nothing that looks like a secret passes.
 */
export function jsonLog(write: (line: string) => void, put: (message: Message) => string): AgentLog {
  return (message, level, { error, output } = {}) => {
    const data = error === undefined ? undefined : toErrorData(error);
    const sentences = data === undefined ? undefined : errorMessages(data);
    const line = {
      time: new Date().toISOString(),
      level,
      event: message.key,
      ...(message.params === undefined ? {} : { params: message.params }),
      message: put(message),
      ...(data === undefined || sentences === undefined
        ? {}
        : {
            error: {
              code: data.code,
              what: put(sentences.what),
              next: put(sentences.next),
              ...(data.detail === undefined ? {} : { detail: data.detail }),
            },
          }),
      ...(output === undefined ? {} : { output }),
    };
    write(JSON.stringify(redactDeep(line)));
  };
}
