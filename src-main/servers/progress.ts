import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { message, type Message } from '../../shared/message.ts';

/** What the operator sees while a program is got. */
export interface InstallProgress {
  /** What is being done. */
  readonly message: Message;
  /** 0 to 1, never going back. */
  readonly fraction: number;
}
export type OnProgress = (progress: InstallProgress) => void;

/** Bytes of all files below a directory; 0 when there is none. What vanishes while it is counted does not count. */
export async function bytesBelow(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await bytesBelow(path);
    else
      total += await lstat(path).then(
        (stats) => stats.size,
        () => 0,
      );
  }
  return total;
}

/**
 * Progress of a download whose client says nothing when its output is no terminal: by what has arrived in its directory.
 * @param expected size of the whole, bytes
 * @returns ends the watching
 */
export function watchDownload(
  directory: string,
  expected: number,
  onFraction: (fraction: number) => void,
): () => void {
  let most = 0;
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void bytesBelow(directory).then((bytes) => {
      busy = false;
      most = Math.max(most, Math.min(0.99, bytes / expected));
      onFraction(most);
    });
  }, 300);
  return () => clearInterval(timer);
}

/** Maps a part of the work (its own 0 to 1) onto a stretch of the whole. */
export function stretch(
  onProgress: OnProgress,
  text: Message,
  from: number,
  to: number,
): (fraction: number) => void {
  let most = -1;
  return (fraction) => {
    const value = from + (to - from) * Math.min(1, Math.max(0, fraction));
    if (value <= most) return;
    most = value;
    onProgress({ message: text, fraction: value });
  };
}

export const downloading = (server: string, version: string): Message =>
  message('servers.progress.download', { server, version });
export const unpacking = (server: string): Message => message('servers.progress.unpack', { server });
export const building = (server: string, version: string): Message =>
  message('servers.progress.build', { server, version });
export const verifying = (server: string): Message => message('servers.progress.verify', { server });
