import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * A directory as a tar stream whose files are all root's, as images want it.
 * @throws what `use` throws, or that tar failed
 */
export async function withArchive<T>(directory: string, use: (archive: Readable) => Promise<T>): Promise<T> {
  const args = ['-C', directory, '--owner=0', '--group=0', '--numeric-owner', '-cf', '-', '.'];
  const child = spawn('tar', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  try {
    const [answer, code] = await Promise.all([use(child.stdout), ended]);
    if (code !== 0) throw new Error(`tar: ${String(code)}`);
    return answer;
  } finally {
    child.kill();
  }
}
