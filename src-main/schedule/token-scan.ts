import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TokenFinding } from '../../shared/contract/schedules.ts';

/** Where hosts keep what runs unattended. Directories are looked through with their drop-in directories. */
export const usualPlaces = (home = homedir()): readonly string[] => [
  '/etc/crontab',
  '/etc/anacrontab',
  '/etc/cron.d',
  '/etc/cron.hourly',
  '/etc/cron.daily',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/var/spool/cron',
  '/etc/systemd/system',
  '/etc/systemd/user',
  join(home, '.config', 'systemd', 'user'),
];

const largest = 256 * 1024;
const deepest = 3;
const filesAtMost = 5_000;

const variable = /\b((?:OPENBAO|VAULT|BAO)_(?:ROOT_)?TOKEN)\s*=\s*["']?(?![\s"']|\$|%[a-zA-Z]|$)/;
const option = /(--root-token)(?:=|\s+)["']?(?![\s"']|\$|%[a-zA-Z]|-)/;
/** Service tokens of OpenBao and Vault: `s.`, `hvs.`, `sbr.`… and at least 24 letters. */
const bare = /(?<![\w.])((?:hv[sbr]|[sbr])\.)[A-Za-z0-9_-]{24,}/;

/** Tokens that stand in a text; comments count too, for they can be read as well. */
export function tokensIn(text: string, path: string): TokenFinding[] {
  return text.split('\n').flatMap((content, index) => {
    const name = variable.exec(content)?.[1] ?? option.exec(content)?.[1];
    const value = bare.exec(content)?.[1];
    const found = name ?? (value === undefined ? undefined : `${value}…`);
    return found === undefined ? [] : [{ path, line: index + 1, name: found }];
  });
}

const environmentFile = /^\s*EnvironmentFile\s*=\s*-?(\/\S+)/gm;

async function filesBelow(place: string, depth = 0): Promise<string[]> {
  const found = await stat(place).catch(() => undefined);
  if (found?.isFile() === true) return found.size > largest ? [] : [place];
  if (found?.isDirectory() !== true || depth > deepest) return [];
  const names = await readdir(place).catch(() => []);
  const below = await Promise.all(names.map((name) => filesBelow(join(place, name), depth + 1)));
  return below.flat();
}

/** The crontab of this user, which only `crontab` may read; none where there is no such program. */
const ownCrontab = (): Promise<string> =>
  new Promise((resolve) => {
    execFile('crontab', ['-l'], { timeout: 5_000, maxBuffer: largest }, (error, stdout) => {
      resolve(error === null ? stdout : '');
    });
  });

/**
 * Looks for tokens in everything that this host runs unattended, and in the environment files that its units name. What may not be read
 * is left out. Values are not kept.
 */
export async function scanForTokens(
  places: readonly string[] = usualPlaces(),
  crontab: () => Promise<string> = ownCrontab,
): Promise<{ readonly findings: TokenFinding[]; readonly files: number }> {
  const seen = new Set<string>();
  const findings = tokensIn(await crontab(), 'crontab -l');
  const queue = (await Promise.all(places.map((place) => filesBelow(place)))).flat();
  for (let path = queue.shift(); path !== undefined && seen.size < filesAtMost; path = queue.shift()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    findings.push(...tokensIn(text, path));
    for (const [, file] of text.matchAll(environmentFile))
      if (file !== undefined) queue.push(...(await filesBelow(file, deepest)));
  }
  return { findings, files: seen.size };
}
