import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';

/**
 * The stable name of a workspace in addresses: 16 hex characters of SHA-256 over its real path. Two ways to one directory are one
 * workspace; a directory that is gone keeps the id of the path it was remembered by.
 */
export async function workspaceId(path: string): Promise<string> {
  const real = await realpath(path).catch(() => resolve(path));
  return createHash('sha256').update(real, 'utf8').digest('hex').slice(0, 16);
}
