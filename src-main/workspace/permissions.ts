import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { message, type Message } from '../../shared/message.ts';
import { isStagedName } from './atomic.ts';
import type { WorkspacePaths } from './paths.ts';

export interface PermissionFinding {
  readonly path: string;
  /** Critical: others can read a secret or change what is trusted. Notice: not as formats.md says, but out of reach. */
  readonly severity: 'critical' | 'warning' | 'notice';
  readonly problem: Message;
  /** The permission bits it should have; absent when another cure is needed. */
  readonly mode?: number;
  /** Whose it should be, when that is what is wrong. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Bits that a file or directory may have at most. */
type Allowance = (path: string, directory: boolean) => number;

/** Certificates, and compose overrides: they name secrets by path and hold none. */
const publicFile = /\.(?:crt|pem|cer|yml)$/;
/** A work directory holds hundreds of services at most; a walk must end. */
const mostEntries = 50_000;
const octal = (mode: number): string => `0${(mode & 0o7777).toString(8)}`;

async function* walk(path: string, budget: { left: number }): AsyncGenerator<{ path: string; stats: Stats }> {
  budget.left -= 1;
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined || budget.left < 0) return;
  yield { path, stats };
  if (!stats.isDirectory()) return;
  const names = await readdir(path).catch(() => []);
  for (const name of names.sort()) yield* walk(join(path, name), budget);
}

/** What formats.md allows below the work directory. */
function allowanceFor(paths: WorkspacePaths): readonly (readonly [string, Allowance])[] {
  const secret: Allowance = (path, directory) => (directory ? 0o700 : publicFile.test(path) ? 0o644 : 0o600);
  // With a group for certificates, the newer agent opens directories and keys to that group.
  const certificates: Allowance = (path, directory) =>
    directory ? 0o755 : path.endsWith('.key') ? 0o640 : 0o644;
  const own: Allowance = (_path, directory) => (directory ? 0o700 : 0o600);
  return [
    [paths.state, () => 0o644],
    [paths.rotationState, () => 0o600],
    [paths.env, () => 0o600],
    [paths.agentConfig, () => 0o600],
    [paths.secrets, secret],
    [paths.certs, certificates],
    [paths.console, own],
  ];
}

/** Whether something above, up to the work directory, keeps everyone else out anyway. */
function shielded(path: string, closed: ReadonlySet<string>): boolean {
  return [...closed].some((directory) => path.startsWith(directory + sep));
}

function judge(
  path: string,
  stats: Stats,
  allowed: number,
  closed: ReadonlySet<string>,
): PermissionFinding | undefined {
  const mode = stats.mode & 0o777;
  const extra = mode & ~allowed;
  if ((extra & 0o077) === 0) return undefined;
  const proper = mode & allowed;
  // An open directory by itself gives nothing away but names, unless others can put something into it.
  const grave = extra & (stats.isDirectory() ? 0o002 : 0o006);
  const severity = shielded(path, closed) ? 'notice' : grave !== 0 ? 'critical' : 'warning';
  const params = { path, mode: octal(mode), proper: octal(proper) };
  return { path, severity, mode: proper, problem: message('workspace.permission.too_open', params) };
}

/**
 * Compares modes and owners below a work directory with formats.md (failure modes C22, C23). No effect.
 * Owners are compared with the directory they belong to: everything in `secrets/` with `secrets/`, the rest with the work directory;
 * `certs/` belongs to whoever runs the service and is not compared. Server data in `local/` is the servers' own; only its door is.
 */
export async function auditPermissions(paths: WorkspacePaths): Promise<readonly PermissionFinding[]> {
  const findings: PermissionFinding[] = [];
  const budget = { left: mostEntries };
  const root = await lstat(paths.root).catch(() => undefined);
  for (const [top, allowance] of allowanceFor(paths)) {
    const closed = new Set<string>();
    const owner = top === paths.secrets ? await lstat(top).catch(() => undefined) : root;
    for await (const { path, stats } of walk(top, budget)) {
      if (stats.isSymbolicLink()) {
        findings.push({
          path,
          severity: 'warning',
          problem: message('error.symlink_refused.what', { path }),
        });
        continue;
      }
      if (stats.isDirectory() && (stats.mode & 0o077) === 0) closed.add(path);
      if (stats.isFile() && isStagedName(basename(path)))
        findings.push({
          path,
          severity: 'notice',
          problem: message('workspace.permission.left_over', { path }),
        });
      const finding = judge(path, stats, allowance(path, stats.isDirectory()), closed);
      if (finding !== undefined) findings.push(finding);
      if (top !== paths.certs && owner !== undefined && stats.uid !== owner.uid) {
        const params = { path: relative(paths.root, path) || path, uid: stats.uid, expected: owner.uid };
        const problem = message('workspace.permission.owner', params);
        findings.push({ path, severity: 'warning', problem, owner: { uid: owner.uid, gid: owner.gid } });
      }
    }
  }
  const local = await lstat(paths.local).catch(() => undefined);
  // Others may pass through, never list: PostgreSQL may run as a user of its own.
  const door = local === undefined ? undefined : judge(paths.local, local, 0o711, new Set());
  return door === undefined ? findings : [...findings, door];
}
