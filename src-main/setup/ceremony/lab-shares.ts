import { readFile } from 'node:fs/promises';
import type { OpenBao } from '../../openbao/openbao.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

/** The shares of a lab, as they stand in `unseal-keys.txt`; undefined where there is no such file. */
export async function labShares({ unsealKeys }: WorkspacePaths): Promise<string[] | undefined> {
  try {
    const lines = (await readFile(unsealKeys, 'utf8')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** As many of them as open this OpenBao; undefined when the file is not there or holds too few. */
export async function labQuorum(openbao: OpenBao, paths: WorkspacePaths): Promise<string[] | undefined> {
  const shares = await labShares(paths);
  if (shares === undefined) return undefined;
  const { threshold } = await openbao.sealStatus();
  return shares.length < threshold ? undefined : shares.slice(0, threshold);
}
