import * as z from 'zod';
import type { LogLine } from '../../../shared/contract/topology.ts';

/** As an agent writes it, see `jsonLog`. */
const lineSchema = z.object({
  time: z.string(),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  error: z.object({ code: z.string(), what: z.string(), detail: z.string().optional() }).optional(),
  output: z.string().optional(),
});

const inOneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' · ');

/** What a line of a renewal agent says, as a sentence. What is no line of its log is told as it is: Node's words when it ends by itself. */
export function parseAgentLine(line: string): Pick<LogLine, 'at' | 'level' | 'text'> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { level: 'info', text: line };
  }
  const { data } = lineSchema.safeParse(value);
  if (data === undefined) return { level: 'info', text: line };
  const { time, level, message, error, output } = data;
  const at = Date.parse(time);
  const told = error === undefined ? message : `${message}: ${error.what} (${error.code})`;
  const parts = [told, error?.detail, output].filter((part) => part !== undefined);
  const text = parts.map(inOneLine).join(' · ');
  return { ...(Number.isNaN(at) ? {} : { at }), level, text };
}
