import type { Oddity } from '../../../shared/contract/adopt.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { DockerEngine } from '../../docker/engine.ts';
import type { Container, ContainerSettings, InspectedContainer } from '../../docker/shapes.ts';
import { containerProblem } from '../../topology/compose/container-problem.ts';
import { differencesOf } from '../../topology/compose/differences.ts';
import type { PlannedProject, PlannedService } from '../../topology/compose/planned.ts';
import { identityLabel } from '../../topology/compose/services.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { ownerOf, projectLabel, serviceLabel } from './declared.ts';

const odd = (
  kind: string,
  name: string,
  severity: Oddity['severity'],
  text: Message,
  diff?: string,
): Oddity => ({
  id: `container-${kind}:${name}`,
  severity,
  what: name,
  text,
  ...(diff === undefined ? {} : { diff }),
});

type Fields = ReturnType<typeof differencesOf>;

/** Ports that the container publishes on every address of the host and the files on none such. */
function exposed(fields: Fields): string | undefined {
  const ports = fields.find(({ field }) => field === 'ports');
  const open = (text: string): string[] => text.split('\n').filter((line) => line.startsWith(':'));
  const declared = open(ports?.planned ?? '');
  const more = open(ports?.running ?? '').filter((line) => !declared.includes(line));
  return more.length === 0 ? undefined : more.map((line) => line.slice(1)).join(', ');
}

function differing(name: string, service: string, fields: Fields): Oddity {
  const side = (of: 'planned' | 'running'): string =>
    fields.map((field) => `${field.field}: ${field[of]}\n`).join('');
  const diff = unifiedDiff(side('running'), side('planned'), { path: name });
  const ports = exposed(fields);
  if (ports !== undefined)
    return odd(
      'differs',
      name,
      'critical',
      message('adopt.text.container_exposed', { ports, service }),
      diff,
    );
  const sealed = service === 'openbao' ? '_openbao' : '';
  return odd('differs', name, 'warning', message(`adopt.text.container_differs${sealed}`, { service }), diff);
}

/** How it is: missing, ended, paused, in a loop. The remedy is a command: what other tools run is not the console's to start. */
function condition(found: InspectedContainer, service: string, now: number): Oddity[] {
  const { name } = found;
  const text = containerProblem(found, true, now);
  if (text === undefined) return [];
  const looping = text.key === 'topology.container.crash_loop';
  return [odd(looping ? 'loops' : 'state', name, looping ? 'critical' : 'warning', text)].map((each) =>
    service === 'openbao' && found.state !== 'running' ? { ...each, severity: 'critical' } : each,
  );
}

export interface Running {
  readonly engine: DockerEngine;
  readonly listed: readonly Container[];
  /** Those of them that Compose made from files of this directory. */
  readonly made: readonly Container[];
}

/** The container that a service of the files should have, whoever made it. */
const containerFor = (
  service: string,
  { container_name: own }: PlannedService,
  { listed, made }: Running,
): Container | undefined =>
  own === undefined
    ? made.find(({ labels }) => labels[serviceLabel] === service)
    : listed.find(({ name }) => name === own);

async function compareOne(
  service: string,
  planned: PlannedService,
  project: PlannedProject,
  running: Running,
  now: number,
): Promise<readonly Oddity[]> {
  const name = planned.container_name ?? `${project.name}-${service}-1`;
  const container = containerFor(service, planned, running);
  if (container === undefined)
    return [odd('missing', name, 'warning', message('adopt.text.container_missing', { service }))];
  const { engine, made } = running;
  const { labels } = container;
  const byCompose = labels[projectLabel] !== undefined;
  if ((byCompose && !made.includes(container)) || labels[identityLabel] !== undefined) {
    const text = message('adopt.text.container_foreign', { owner: ownerOf(container), service });
    return [odd('foreign', container.name, 'critical', text)];
  }
  const [inspected, settings]: [InspectedContainer, ContainerSettings] = await Promise.all([
    engine.inspect(container.id),
    engine.settings(container.id),
  ]);
  const hand = byCompose
    ? []
    : [odd('by-hand', name, 'warning', message('adopt.text.container_by_hand', { service }))];
  // Compose's own hash changes with its version; what an operator can see of a difference are the settings.
  const fields = differencesOf(planned, settings, project, true);
  const differences = fields.length === 0 ? [] : [differing(name, service, fields)];
  const image = settings.Config.Image;
  const named = await engine.imageIdOf(image);
  const moved =
    named === undefined || named === inspected.imageId
      ? []
      : [odd('image', name, 'warning', message('adopt.text.container_image', { image }))];
  return [...condition(inspected, service, now), ...hand, ...differences, ...moved];
}

/** What Compose made here for a service that is no longer declared. */
function strays(project: PlannedProject, { made }: Running): Oddity[] {
  return made
    .filter((one) => project.services[one.labels[serviceLabel] ?? ''] === undefined)
    .map(({ name, labels }) =>
      odd(
        'orphan',
        name,
        'notice',
        message('adopt.text.container_orphan', { service: labels[serviceLabel] ?? '?' }),
      ),
    );
}

/** Each container that the files declare against what the engine has. No effect. */
export async function compareContainers(
  project: PlannedProject,
  running: Running,
  now: number,
): Promise<readonly Oddity[]> {
  const each = await Promise.all(
    Object.entries(project.services).map(([service, planned]) =>
      planned === undefined ? Promise.resolve([]) : compareOne(service, planned, project, running, now),
    ),
  );
  return [...each.flat(), ...strays(project, running)];
}
