import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Precondition } from '../../shared/contract/operations.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { statLink } from '../workspace/descriptors.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';
import { withSecretIds } from './secret-ids.ts';
import type { Credential } from './targets.ts';

/** A question whose failure is the reason why the plan cannot start. A message as answer is a reason too. */
export async function ask(
  id: string,
  title: Message,
  question: () => Promise<Message | undefined>,
): Promise<Precondition> {
  let detail: Message | undefined;
  try {
    detail = await question();
    if (detail === undefined) return { id, title, met: true };
  } catch (error) {
    detail = isConsoleError(error)
      ? message(`error.${error.code}.what`, error.data.params)
      : message('error.internal.what');
  }
  return { id, title, met: false, detail };
}

export const sessionPrecondition = ({ services }: RotationContext): Promise<Precondition> =>
  ask('session', message('service.precondition.session'), async () => {
    await services.client().token.lookupSelf();
    return undefined;
  });

/** Restarting and reloading is only for who started the servers. */
export const managedPrecondition = ({ topology }: RotationContext): Promise<Precondition> =>
  ask('managed', message('rotation.precondition.managed'), async () =>
    (await topology.managed()) ? undefined : message('rotation.precondition.not_managed'),
  );

const directoryProblem = (directory: string): Promise<Message | undefined> =>
  access(directory, constants.W_OK | constants.X_OK).then(
    () => undefined,
    () => message('error.permission_denied.what', { path: directory }),
  );

/**
 * Why a file cannot be replaced, or undefined. One that is not there can be made if its directory can be written.
 * @param ofDirectory what is known of its directory, which many share
 */
export async function fileProblem(
  path: string,
  ofDirectory: (directory: string) => Promise<Message | undefined> = directoryProblem,
): Promise<Message | undefined> {
  try {
    const found = statLink(path);
    if (found.isSymbolicLink()) return message('error.symlink_refused.what', { path });
    if (!found.isFile()) return message('error.not_a_file.what', { path });
    // Only root may give the new file to the old owner, and a reader of another user would be locked out (failure mode C9).
    const self = process.getuid?.() ?? found.uid;
    if (self !== 0 && found.uid !== self)
      return message('rotation.precondition.owner', { path, owner: found.uid, self });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return message('error.permission_denied.what', { path });
  }
  return ofDirectory(dirname(path));
}

export const filesPrecondition = (paths: readonly string[]): Promise<Precondition> =>
  ask('files', message('rotation.precondition.files'), async () => {
    const problems = new Map<string, Message>();
    const directories = new Map<string, Promise<Message | undefined>>();
    const ofDirectory = (directory: string): Promise<Message | undefined> => {
      const known = directories.get(directory) ?? directoryProblem(directory);
      directories.set(directory, known);
      return known;
    };
    await eachBounded([...new Set(paths)], async (path) => {
      const problem = await fileProblem(path, ofDirectory);
      if (problem !== undefined) problems.set(path, problem);
    });
    // The first in the order of the plan, whichever was looked at first.
    const first = paths.find((path) => problems.has(path));
    return first === undefined ? undefined : problems.get(first);
  });

/** The console's own role may mint, look up and end secret_ids of these roles. */
export const mintPrecondition = (
  context: RotationContext,
  credentials: readonly Credential[],
): Promise<Precondition> =>
  ask('mint', message('rotation.precondition.mint'), async () => {
    const roles = [...new Set(credentials.map(({ role }) => role))];
    const [refused] = await withSecretIds(context.secretIds, (ids) => ids.refusedRoles(roles));
    return refused === undefined ? undefined : message('rotation.precondition.policy', { role: refused });
  });

export const somePrecondition = (count: number): Precondition => ({
  id: 'some',
  title: message('rotation.precondition.some'),
  met: count > 0,
});

/** While two generations are trusted, only the phases of that rotation may change trust and keys. */
export const noCaRotationPrecondition = async ({ services }: RotationContext): Promise<Precondition> => ({
  id: 'no-ca-rotation',
  title: message('rotation.precondition.no_ca_rotation'),
  met: await access(services.paths.rotationState).then(
    () => false,
    () => true,
  ),
});
