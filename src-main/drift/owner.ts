import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { message } from '../../shared/message.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Mend } from './found.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Only root gives files away. */
export const mayGive = process.getuid?.() === 0;

/** Gives exactly this file or directory to somebody: a symlink in its place is refused. */
async function setOwner(path: string, { uid, gid }: Owner): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.chown(uid, gid);
  } finally {
    await handle.close();
  }
}

async function ownerOf(path: string): Promise<Owner> {
  const { uid, gid } = await stat(path);
  return { uid, gid };
}

export const ownerMend = (path: string, owner: Owner): Mend => ({
  title: message('drift.step.owner', { path, ...owner }),
  effects: [{ kind: 'file', path, action: 'change' }],
  check: async () => (await ownerOf(path)).uid === owner.uid,
  apply: () => setOwner(path, owner),
  async before() {
    const { uid, gid } = await ownerOf(path);
    return `${uid}:${gid}`;
  },
  async undo(before) {
    const [uid, gid] = (before ?? '').split(':').map(Number);
    if (uid !== undefined && gid !== undefined) await setOwner(path, { uid, gid });
  },
});

/** The cure of a file whose owner agrees by now: what was done can be taken back. */
export async function agreedOwner(paths: WorkspacePaths, id: string): Promise<Mend | undefined> {
  const path = resolve(paths.root, id.slice('owner:'.length));
  if (!id.startsWith('owner:') || !path.startsWith(paths.root + sep)) return undefined;
  return ownerMend(path, await ownerOf(path));
}
