import { ConsoleError } from '../../shared/errors.ts';

const assignment = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_.]*)(\s*=\s*)(.*)$/s;

interface Line {
  /** With its line break. */
  readonly raw: string;
  readonly key?: string;
  readonly value?: string;
  readonly lead?: string;
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

/** A value as Docker Compose reads it: single quotes are literal, double quotes know escapes, bare values end at ` #`. */
function unquote(raw: string): string {
  const text = raw.trim();
  const single = /^'([^']*)'/.exec(text);
  if (single !== null) return single[1] ?? '';
  const double = /^"((?:[^"\\]|\\.)*)"/s.exec(text);
  if (double !== null)
    return (double[1] ?? '').replace(/\\(.)/gs, (_, char: string) => escapes[char] ?? char);
  return text.replace(/(?:^|\s+)#.*$/s, '');
}

function quote(value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  const escaped = value
    .replace(/[\\"$]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r');
  return `"${escaped}"`;
}

function linesOf(text: string): Line[] {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((raw) => {
    const found = assignment.exec(raw.replace(/\r?\n$/, ''));
    if (found === null) return { raw };
    const [, lead = '', key = '', equals = '', value = ''] = found;
    return { raw, key, value: unquote(value), lead: lead + key + equals };
  });
}

/** Reads a `.env`. The last of several assignments holds, as with Docker Compose. */
export function readEnv(text: string): ReadonlyMap<string, string> {
  return new Map(linesOf(text).flatMap(({ key, value }) => (key === undefined ? [] : [[key, value ?? '']])));
}

/**
 * Sets or removes keys of a `.env`; every other line stays as it is, comments, order and line endings too. New keys go to the end.
 * @param changes undefined removes the key
 * @throws `env_name_invalid` for a name that no shell variable can have
 */
export function editEnv(text: string, changes: Readonly<Record<string, string | undefined>>): string {
  const newline = /\r?\n/.exec(text)?.[0] ?? '\n';
  let lines = linesOf(text);
  for (const [key, value] of Object.entries(changes)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw new ConsoleError('env_name_invalid', { name: key });
    const last = lines.filter((line) => line.key === key).at(-1);
    if (last?.value === value) continue;
    if (value === undefined) lines = lines.filter((line) => line.key !== key);
    else if (last === undefined) {
      const tail = lines.at(-1);
      if (tail !== undefined && !tail.raw.endsWith('\n'))
        lines[lines.length - 1] = { ...tail, raw: tail.raw + newline };
      lines.push({ raw: `${key}=${quote(value)}${newline}`, key, value });
    } else {
      const end = /\r?\n$/.exec(last.raw)?.[0] ?? '';
      const next: Line = { ...last, raw: `${last.lead ?? `${key}=`}${quote(value)}${end}`, value };
      lines = lines.map((line) => (line === last ? next : line));
    }
  }
  return lines.map(({ raw }) => raw).join('');
}
