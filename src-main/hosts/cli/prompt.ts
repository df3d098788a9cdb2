import { StringDecoder } from 'node:string_decoder';
import { ConsoleError } from '../../../shared/errors.ts';
import type { Terminal } from './terminal.ts';

/** Asks the person at the terminal. Without a terminal, or when input ends, it throws `cli_no_input`: nothing is ever assumed. */
export interface Prompt {
  /** A visible line, trimmed. */
  line(question: string): Promise<string>;
  /** A line that does not appear on the screen. */
  hidden(question: string): Promise<string>;
}

const interrupt = '\u0003';
const endOfInput = '\u0004';
const backspaces = new Set(['\u007f', '\b']);

/** Reads up to the end of a line; `echo` decides what the person sees while typing. */
function readLine({ stdin, stderr }: Terminal, hidden: boolean): Promise<string> {
  const noInput = (): ConsoleError => new ConsoleError('cli_no_input');
  if (stdin.readableEnded || stdin.destroyed) return Promise.reject(noInput());
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let typed = '';
    const raw = hidden && stdin.setRawMode !== undefined;
    const finish = (settle: () => void): void => {
      stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
      if (raw) stdin.setRawMode?.(false);
      stdin.pause();
      if (hidden) stderr.write('\n');
      settle();
    };
    const onEnd = (): void => finish(() => reject(noInput()));
    const onData = (chunk: Buffer | string): void => {
      const characters = typeof chunk === 'string' ? chunk : decoder.write(chunk);
      for (const character of characters) {
        if (character === '\n' || character === '\r') return finish(() => resolve(typed));
        if (raw && character === interrupt) return finish(() => reject(new ConsoleError('cancelled')));
        if (raw && character === endOfInput) return finish(() => reject(noInput()));
        typed = raw && backspaces.has(character) ? [...typed].slice(0, -1).join('') : typed + character;
        if (typed.length > 4096) return finish(() => reject(noInput()));
      }
    };
    if (raw) stdin.setRawMode?.(true);
    stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
    stdin.resume();
  });
}

export function createPrompt(terminal: Terminal): Prompt {
  const ask = async (question: string, hidden: boolean): Promise<string> => {
    // A pipe is no person: scripts say --yes and give secrets by file or environment.
    if (terminal.stdin.isTTY !== true) throw new ConsoleError('cli_no_input');
    terminal.stderr.write(`${question} `);
    return readLine(terminal, hidden);
  };
  return {
    line: async (question) => (await ask(question, false)).trim(),
    hidden: (question) => ask(question, true),
  };
}
