import { open, type FileHandle } from 'node:fs/promises';
import type { LogLine, LogSource } from '../../shared/contract/topology.ts';
import { pause } from '../operations/pause.ts';
import { lastLines } from '../processes/log-file.ts';
import { maskSecrets } from '../workspace/masking.ts';
import { parseAgentLine } from './agents/log-line.ts';

/** Tokens of OpenBao and Vault by their form; a log should never hold one. */
const token = /\b(?:hv[sbr]|[sbr])\.[A-Za-z0-9_-]{20,}/g;
const longest = 4_000;

/** A line as it may be shown: no secret, no control characters (a terminal would obey them), not endless. */
export function redact(line: string): string {
  const printable = [...line.slice(0, longest)]
    .filter((character) => character === '\t' || (character.codePointAt(0) ?? 0) >= 0x20)
    .join('');
  return maskSecrets(printable).replace(token, '••••');
}

const levels: readonly (readonly [RegExp, LogLine['level']])[] = [
  [/\[(?:ERROR|FATAL)\]|\b(?:ERROR|FATAL|PANIC):|level=(?:error|fatal|panic)|^\S+ error /, 'error'],
  [/\[WARN\]|\bWARNING:|level=warn|^\S+ warn /, 'warn'],
  [/\[(?:DEBUG|TRACE)\]|\bDEBUG\d?:|level=(?:debug|trace)|^\S+ debug /, 'debug'],
];

function timeOf(line: string): number | undefined {
  const found = /^(?:time=")?(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(?: ?(Z|UTC))?/.exec(
    line,
  );
  if (found === null) return undefined;
  const [, year, month, day, time] = found;
  const at = Date.parse(`${year}-${month}-${day}T${time}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** What a line of a server or an agent says of itself. Servers run with TZ=UTC. */
export function parseLine(server: LogSource, line: string): LogLine {
  if (server.startsWith('agent:')) {
    const { text, ...said } = parseAgentLine(line);
    return { server, ...said, text: redact(text) };
  }
  const at = timeOf(line);
  const level = levels.find(([pattern]) => pattern.test(line))?.[1] ?? 'info';
  return { server, level, text: redact(line), ...(at === undefined ? {} : { at }) };
}

/** Follows one growing file; rotation by truncation starts it anew. */
class Follower {
  readonly #server: LogSource;
  readonly #path: string;
  #offset: number;
  #rest = '';

  constructor(server: LogSource, path: string, offset: number) {
    this.#server = server;
    this.#path = path;
    this.#offset = offset;
  }

  async read(): Promise<LogLine[]> {
    let handle: FileHandle;
    try {
      handle = await open(this.#path, 'r');
    } catch {
      return [];
    }
    try {
      const { size } = await handle.stat();
      if (size < this.#offset) {
        this.#offset = 0;
        this.#rest = '';
      }
      const buffer = Buffer.alloc(Math.min(size - this.#offset, 256 * 1024));
      if (buffer.length === 0) return [];
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#offset);
      this.#offset += bytesRead;
      const lines = (this.#rest + buffer.subarray(0, bytesRead).toString('utf8')).split('\n');
      this.#rest = (lines.pop() ?? '').slice(-longest);
      return lines.filter((line) => line.trim() !== '').map((line) => parseLine(this.#server, line));
    } finally {
      await handle.close();
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const handle = await open(path, 'r');
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch {
    return 0;
  }
}

/** In the order of time; a line that says none stays behind the one before it. */
function merge(groups: readonly (readonly LogLine[])[]): LogLine[] {
  const dated = groups.flatMap((lines) => {
    let at = 0;
    return lines.map((line) => {
      at = line.at ?? at;
      return { line, at };
    });
  });
  return dated.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

/** The log file of each source, as it is at the moment: agents come and go with their services. */
export type LogFiles = () => Promise<ReadonlyMap<LogSource, string>>;

/**
 * The last lines of some sources in the order of time, then each new one; of a source that comes later all.
 * @param pollMs how often is looked for new lines
 */
export async function* followLogs(
  files: LogFiles,
  options: { readonly lines: number; readonly follow: boolean; readonly pollMs?: number },
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const followers = new Map<LogSource, Follower>();
  const tail: LogLine[][] = [];
  for (const [server, path] of await files()) {
    const size = await sizeOf(path);
    const lines = options.lines === 0 ? [] : await lastLines(path, options.lines, 1024 * 1024);
    tail.push(lines.map((line) => parseLine(server, line)));
    followers.set(server, new Follower(server, path, size));
  }
  if (options.lines > 0) yield* merge(tail).slice(-options.lines);
  while (options.follow && !signal.aborted) {
    for (const [server, path] of await files())
      if (!followers.has(server)) followers.set(server, new Follower(server, path, 0));
    const fresh = merge(await Promise.all([...followers.values()].map((follower) => follower.read())));
    yield* fresh;
    if (fresh.length === 0) await pause(options.pollMs ?? 500, signal);
  }
}
