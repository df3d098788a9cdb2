import { PassThrough } from 'node:stream';
import type { Terminal } from './terminal.ts';

/** A terminal for tests: what was written, and a standard input that is a person, a pipe, or closed. */
export interface TestTerminal extends Terminal {
  readonly stdin: PassThrough & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
  out(): string;
  err(): string;
}

function collector(): PassThrough & { text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return Object.assign(stream, { text: () => text });
}

/**
 * @param input `closed`, or what a person types, one line after the other
 */
export function createTestTerminal(
  input: 'closed' | readonly string[] = 'closed',
  environment: Readonly<Record<string, string>> = {},
): TestTerminal {
  const stdin: TestTerminal['stdin'] = new PassThrough();
  const stdout = collector();
  const stderr = collector();
  if (input === 'closed') stdin.end();
  else {
    Object.assign(stdin, { isTTY: true, setRawMode: () => undefined });
    const lines = [...input];
    // A person answers when there is a question, not before.
    stderr.on('data', (chunk: Buffer) => {
      if (!chunk.toString().endsWith(': ')) return;
      const line = lines.shift();
      setImmediate(() => (line === undefined ? stdin.end() : stdin.write(`${line}\n`)));
    });
  }
  return { stdin, stdout, stderr, environment, out: stdout.text, err: stderr.text };
}
