import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { said } from './systemctl.ts';

/** A line that a unit printed, or that systemd said of it. Unix milliseconds. */
export interface JournalLine {
  readonly unit: string;
  readonly at: number;
  readonly text: string;
}

/** A line of `journalctl --output=json` (systemd.journal-fields(7)): text that is not UTF-8 comes as numbers. */
export function parseEntry(json: string): JournalLine | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null) return undefined;
  const field = (name: string): unknown => (entry as Readonly<Record<string, unknown>>)[name];
  const said = field('MESSAGE');
  const text = Array.isArray(said) ? Buffer.from(said.map(Number)).toString('utf8') : said;
  // What systemd itself says of a unit names it in UNIT.
  const unit = field('UNIT') ?? field('_SYSTEMD_UNIT');
  const at = Number(field('__REALTIME_TIMESTAMP')) / 1_000;
  if (typeof text !== 'string' || typeof unit !== 'string' || !Number.isFinite(at)) return undefined;
  return { unit, at, text };
}

const about = (units: readonly string[]): string[] => units.map((unit) => `--unit=${unit}`);
const known = (line: JournalLine | undefined): line is JournalLine => line !== undefined;

/**
 * The last lines of some units, oldest first.
 * @param since unix milliseconds
 * @throws `systemd_no_program`
 */
export async function journalLines(
  units: readonly string[],
  options: { readonly lines: number; readonly since?: number },
): Promise<readonly JournalLine[]> {
  const { stdout } = await said('journalctl', [
    ...['--quiet', '--no-pager', '--output=json', `--lines=${options.lines}`],
    ...(options.since === undefined ? [] : [`--since=@${(options.since / 1_000).toFixed(3)}`]),
    ...about(units),
  ]);
  return stdout.split('\n').map(parseEntry).filter(known);
}

/** Each new line, until the signal; the lines that are there already first, as many as asked. */
export async function* followJournal(
  units: readonly string[],
  lines: number,
  signal: AbortSignal,
): AsyncIterable<JournalLine> {
  const child = spawn(
    'journalctl',
    ['--quiet', '--no-pager', '--output=json', '--follow', `--lines=${lines}`, ...about(units)],
    {
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const stop = (): void => void child.kill('SIGTERM');
  child.on('error', stop);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const text of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const line = parseEntry(text);
      if (line !== undefined) yield line;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
