import { statfs } from 'node:fs';
import { promisify } from 'node:util';
import type { Precondition } from '../../shared/contract/operations.ts';
import { message } from '../../shared/message.ts';
import type { OperationDefinition } from '../operations/types.ts';
import { ask } from './preconditions.ts';

/** Bytes free on the file system of a path for this user; undefined where the runtime cannot say (Node before 18.15). */
async function freeBytes(path: string): Promise<number | undefined> {
  if (typeof statfs !== 'function') return undefined;
  const { bavail, bsize } = await promisify(statfs)(path);
  return bavail * bsize;
}

/** Room for the journal, the staged values and the new files, with a margin: a disk that fills up midway stops at every step. */
const roomNeeded = 16 * 1024 * 1024;

/** @param free how many bytes there are; replaced by tests */
export const roomPrecondition = (
  path: string,
  free: (path: string) => Promise<number | undefined> = freeBytes,
): Promise<Precondition> =>
  ask('room', message('rotation.precondition.room'), async () => {
    const found = await free(path);
    if (found === undefined || found >= roomNeeded) return undefined;
    const mib = (bytes: number): number => Math.floor(bytes / (1024 * 1024));
    return message('rotation.precondition.no_room', { path, free: mib(found), needed: mib(roomNeeded) });
  });

/** A definition that starts only where there is room. @param path the work directory */
export const withRoom = (definition: OperationDefinition, path: string): OperationDefinition => ({
  ...definition,
  async prepare(input) {
    const [prepared, room] = await Promise.all([definition.prepare(input), roomPrecondition(path)]);
    return { ...prepared, preconditions: [...prepared.preconditions, room] };
  },
});
