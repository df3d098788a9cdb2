import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { message } from '../../shared/message.ts';
import { isRemote } from '../rotation/targets.ts';
import type { Service } from '../services/entry.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { auditPermissions } from '../workspace/permissions.ts';
import type { Found, Mend } from './found.ts';
import { mayGive, ownerMend } from './owner.ts';

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** Sets the bits of exactly this file: a symlink in its place is refused. */
async function setMode(path: string, mode: number): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

const modeMend = (path: string, mode: number): Mend => ({
  title: message('drift.step.mode', { path, mode: octal(mode) }),
  effects: [{ kind: 'file', path, action: 'change', mode: octal(mode) }],
  check: async () => (await modeOf(path)) === mode,
  apply: () => setMode(path, mode),
  before: async () => octal(await modeOf(path)),
  undo: async (before) => {
    if (before !== undefined) await setMode(path, Number.parseInt(before, 8));
  },
});

/**
 * The cure of a file whose mode agrees by now: there is nothing to do, and what was done can be taken back. state.json may be open, as
 * the umask gave it; whoever asks for it by name wants it closed.
 */
export async function agreedMode(paths: WorkspacePaths, id: string): Promise<Mend | undefined> {
  const path = resolve(paths.root, id.slice('mode:'.length));
  if (!id.startsWith('mode:') || !path.startsWith(paths.root + sep)) return undefined;
  if (path === paths.state) return modeMend(path, 0o600);
  return modeMend(path, await modeOf(path));
}

const missing = async (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  );

/** Files that state.json declares of each service on this host, and modes and owners of the whole tree. */
export async function filesDrift(paths: WorkspacePaths, services: readonly Service[]): Promise<Found[]> {
  const declared = await Promise.all(
    services
      .filter((service) => !isRemote(service))
      .map(async ({ id, cert, key, bundle, agentConfig, roleIdPath, secretIdPath }): Promise<Found[]> => {
        const files = [cert, key, bundle, agentConfig, roleIdPath, secretIdPath];
        const gone = (await Promise.all(files.map(missing))).flatMap((lost, index) =>
          lost ? [files[index] ?? ''] : [],
        );
        const detail = message('drift.detail.service_file', { service: id });
        if (gone.length === 0)
          return [{ id: `service-files:${id}`, area: 'files', what: id, state: 'agrees', detail }];
        return gone.map((path) => ({
          id: `file:${path}`,
          area: 'files',
          what: path,
          state: 'missing',
          detail,
        }));
      }),
  );
  const findings = await auditPermissions(paths);
  const modes = findings.map(({ path, problem, mode, owner }): Found => {
    const what = relative(paths.root, path) || path;
    return {
      id: `${owner === undefined ? 'mode' : 'owner'}:${what}`,
      area: 'files',
      what,
      state: 'differs',
      detail: problem,
      ...(mode === undefined ? {} : { mend: modeMend(path, mode) }),
      ...(owner === undefined || !mayGive ? {} : { mend: ownerMend(path, owner) }),
    };
  });
  const tree: Found = { id: 'tree', area: 'files', what: paths.root, state: 'agrees' };
  return [...declared.flat(), ...(modes.length === 0 ? [tree] : modes)];
}
