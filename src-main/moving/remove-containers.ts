import type { ComposeProject } from '../topology/compose/compose-project.ts';
import { identityLabel } from '../topology/compose/services.ts';

/** Removes the containers, volumes and network of an installation by the identity that each of them carries, and nothing else. */
export async function removeContainers(project: ComposeProject, identity: string): Promise<void> {
  if (identity === '') return;
  const filter = ['--filter', `label=${identityLabel}=${identity}`];
  const listed = async (args: readonly string[]): Promise<string[]> =>
    (await project.docker([...args, ...filter])).split('\n').filter((line) => line !== '');
  for (const id of await listed(['ps', '--all', '--quiet'])) await project.docker(['rm', '--force', id]);
  for (const kind of ['volume', 'network'] as const)
    for (const name of await listed([kind, 'ls', '--quiet'])) await project.docker([kind, 'rm', name]);
}
