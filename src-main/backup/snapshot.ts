import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { ConsoleError } from '../../shared/errors.ts';

const block = 512;
/** Unpacked, bytes. */
const largest = 4 * 1024 * 1024 * 1024 - 1;

/** Regular files of a tar archive (POSIX ustar), by name. */
function filesOf(tar: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + block <= tar.length;) {
    const text = (from: number, to: number): string =>
      tar
        .subarray(at + from, at + to)
        .toString('utf8')
        .split('\0', 1)[0] ?? '';
    const name = text(0, 100);
    if (name === '') break;
    const size = Number.parseInt(text(124, 136).trim() || '0', 8);
    files.set(name, tar.subarray(at + block, at + block + size));
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}

/**
 * Proves that a Raft snapshot is whole: it unpacks, holds the store and its description, and each has the SHA-256 that the snapshot
 * itself says (`SHA256SUMS`, as `bao operator raft snapshot restore` checks it).
 * @throws `backup_damaged`
 */
export function checkSnapshot(snapshot: Buffer, path: string): void {
  const damaged = (reason: string): ConsoleError => new ConsoleError('backup_damaged', { path, reason });
  let files: ReadonlyMap<string, Buffer>;
  try {
    files = filesOf(gunzipSync(snapshot, { maxOutputLength: largest }));
  } catch (cause) {
    throw new ConsoleError('backup_damaged', { path, reason: 'gzip' }, { cause });
  }
  const sums = files.get('SHA256SUMS')?.toString('utf8') ?? '';
  const listed = [...sums.matchAll(/^([0-9a-f]{64})\s+\*?(\S+)$/gm)];
  for (const wanted of ['meta.json', 'state.bin'])
    if (!listed.some(([, , name]) => name === wanted)) throw damaged(wanted);
  for (const [, sum, name = ''] of listed) {
    const content = files.get(name);
    if (content === undefined || createHash('sha256').update(content).digest('hex') !== sum)
      throw damaged(name);
  }
}
