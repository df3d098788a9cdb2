import { ConsoleError } from '../../../shared/errors.ts';
import type { DockerEngine } from '../../docker/engine.ts';
import type { ComposeLayout } from '../layout.ts';
import type { DockerCommand } from './docker-command.ts';

import { identityLabel, suffixOf } from './services.ts';

/**
 * Nothing is touched as long as one container, network or volume with our names is another installation's (failure mode C10).
 * @throws `compose_foreign` naming the first, and what the engine throws
 */
export async function refuseForeign(
  command: DockerCommand,
  engine: DockerEngine,
  { instance, identity }: Pick<ComposeLayout, 'instance' | 'identity'>,
): Promise<void> {
  const names = new Set(Object.values(suffixOf).map((suffix) => `${instance}-${suffix}`));
  for (const { name, labels } of await engine.containers())
    if (
      (names.has(name) || labels['com.docker.compose.project'] === instance) &&
      labels[identityLabel] !== identity
    )
      throw new ConsoleError('compose_foreign', { what: name, instance });
  const format = `{{.Name}}\t{{.Label "${identityLabel}"}}`;
  for (const kind of ['network', 'volume'] as const) {
    const listed = await command.run([kind, 'ls', '--filter', `name=${instance}_`, '--format', format]);
    for (const line of listed.split('\n').filter((text) => text.startsWith(`${instance}_`))) {
      const [name = '', label = ''] = line.split('\t');
      if (label !== identity) throw new ConsoleError('compose_foreign', { what: name, instance });
    }
  }
}
