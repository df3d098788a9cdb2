import type { ContainerDifference } from '../../../shared/contract/containers.ts';
import type { ContainerSettings } from '../../docker/shapes.ts';
import { maskSecrets } from '../../workspace/masking.ts';
import type { PlannedProject, PlannedService } from './planned.ts';

type Field = ContainerDifference['fields'][number];
type FieldName = Field['field'];

const sorted = (lines: readonly string[]): string => [...new Set(lines)].sort().join('\n');
const list = (items: readonly string[] | null | undefined): readonly string[] => items ?? [];

/** `127.0.0.1:8200:8200/tcp`, an empty address standing for all. */
const planPorts = ({ ports }: PlannedService): string =>
  sorted(
    (ports ?? []).map(
      ({ host_ip: ip = '', published = '', target, protocol }) =>
        `${ip === '0.0.0.0' ? '' : ip}:${published}:${target}/${protocol}`,
    ),
  );
const runPorts = ({ HostConfig: { PortBindings } }: ContainerSettings): string =>
  sorted(
    Object.entries(PortBindings ?? {}).flatMap(([target, bindings]) =>
      (bindings ?? []).map(
        ({ HostIp, HostPort }) => `${HostIp === '0.0.0.0' ? '' : HostIp}:${HostPort}:${target}`,
      ),
    ),
  );

const planVolumes = ({ volumes }: PlannedService, nameOf: (name: string) => string): string =>
  sorted(
    (volumes ?? []).map(
      ({ type, source = '', target, read_only: fixed = false }) =>
        `${type === 'volume' ? nameOf(source) : source}:${target}${fixed ? ':ro' : ''}`,
    ),
  );
/** What the image itself declares as a volume has no line in the files. */
const runVolumes = ({ Mounts }: ContainerSettings, planned: PlannedService): string => {
  const targets = new Set((planned.volumes ?? []).map(({ target }) => target));
  return sorted(
    Mounts.filter(({ Destination, Type }) => Type === 'bind' || targets.has(Destination)).map(
      ({ Type, Name = '', Source, Destination, RW }) =>
        `${Type === 'volume' ? Name : Source}:${Destination}${RW ? '' : ':ro'}`,
    ),
  );
};

/** Of the running one only what the files name: the rest is the image's. */
function environments(planned: PlannedService, running: ContainerSettings): readonly [string, string] {
  const wanted = Object.entries(planned.environment ?? {});
  const has = new Map(
    list(running.Config.Env).map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const line = (name: string, value: string | null | undefined): string =>
    value === undefined ? '' : maskSecrets(`${name}=${value ?? ''}`);
  return [
    sorted(wanted.map(([name, value]) => line(name, value))),
    sorted(wanted.map(([name]) => line(name, has.get(name))).filter((text) => text !== '')),
  ];
}

function labels(planned: PlannedService, running: ContainerSettings): readonly [string, string] {
  const wanted = Object.entries(planned.labels ?? {});
  const has = running.Config.Labels ?? {};
  return [
    sorted(wanted.map(([name, value]) => `${name}=${value}`)),
    sorted(wanted.flatMap(([name]) => (has[name] === undefined ? [] : [`${name}=${has[name]}`]))),
  ];
}

/** The engine adds names of its own; only one that is missing is a difference. */
function aliases(planned: PlannedService, running: ContainerSettings): readonly [string, string] {
  const wanted = Object.values(planned.networks ?? {}).flatMap((network) => list(network?.aliases));
  const has = Object.values(running.NetworkSettings.Networks).flatMap(({ Aliases }) => list(Aliases));
  return [sorted(wanted), sorted(wanted.filter((name) => has.includes(name)))];
}

/** A service of the host's own network, or of another's, names none. */
function networks(
  { networks: wanted }: PlannedService,
  running: ContainerSettings,
  nameOf: (name: string) => string,
): readonly [string, string] {
  const has = sorted(Object.keys(running.NetworkSettings.Networks));
  return [wanted == null ? has : sorted(Object.keys(wanted).map(nameOf)), has];
}

/** What the files leave to the image is not compared. */
function commands(planned: PlannedService, running: ContainerSettings): readonly [string, string] {
  const { entrypoint, command } = planned;
  const [entry, argv] = [list(running.Config.Entrypoint), list(running.Config.Cmd)];
  return [
    maskSecrets([...list(entrypoint ?? entry), ...list(command ?? argv)].join(' ')),
    maskSecrets([...entry, ...argv].join(' ')),
  ];
}

/**
 * The settings in which a container differs from the files, in words of the files.
 * @param sameHash compose itself finds them equal
 */
export function differencesOf(
  planned: PlannedService,
  running: ContainerSettings,
  project: Pick<PlannedProject, 'volumeName' | 'networkName'>,
  sameHash: boolean,
): readonly Field[] {
  const restart = running.HostConfig.RestartPolicy.Name;
  const pairs: readonly (readonly [FieldName, readonly [string, string]])[] = [
    ['image', [planned.image ?? '', running.Config.Image]],
    ['command', commands(planned, running)],
    ['environment', environments(planned, running)],
    ['ports', [planPorts(planned), runPorts(running)]],
    ['volumes', [planVolumes(planned, project.volumeName), runVolumes(running, planned)]],
    ['user', [planned.user ?? running.Config.User, running.Config.User]],
    ['restart', [planned.restart ?? 'no', restart === '' ? 'no' : restart]],
    ['labels', labels(planned, running)],
    ['networks', networks(planned, running, project.networkName)],
    ['aliases', aliases(planned, running)],
    [
      'capabilities',
      [sorted(list(planned.cap_add).map(bare)), sorted(list(running.HostConfig.CapAdd).map(bare))],
    ],
  ];
  const fields = pairs
    .filter(([, [wanted, has]]) => wanted !== has)
    .map(([field, [wanted, has]]): Field => ({ field, planned: wanted, running: has }));
  // A restart policy is changed on the running container; compose's hash does not know.
  if (fields.length === 0 && !sameHash) return [{ field: 'other', planned: '', running: '' }];
  return fields;
}

const bare = (capability: string): string => capability.replace(/^CAP_/, '');
