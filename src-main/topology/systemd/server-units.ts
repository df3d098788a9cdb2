import { dirname } from 'node:path';
import type { ProcessSpec } from '../../processes/supervisor.ts';
import { renderService, type ServiceUnit } from '../../systemd/unit.ts';
import type { Layout } from '../layout.ts';
import { serverIds, serverTitles, type ServerId } from '../server-id.ts';
import { portsOf, specOf, stopOptions, type SpecContext } from '../specs.ts';

/** Where an administrator's units belong (systemd.unit(5)). */
export const unitDirectory = '/etc/systemd/system';

/** A unit file of this installation. */
export interface ServerUnit {
  readonly id: ServerId;
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

export const unitName = (prefix: string, id: ServerId): string => `${prefix}-${id}.service`;

/** What a server writes; everything else is read-only to it. */
function writableBy(id: ServerId, { layout, topology }: SpecContext): readonly string[] {
  if (id === 'postgres') return [layout.postgres.home];
  return id === 'openbao' ? [topology.openbao] : [];
}

/** Servers that a server cannot work without. */
const needs: Readonly<Record<ServerId, readonly ServerId[]>> = {
  postgres: [],
  openbao: [],
  resolver: [],
  responder: [],
  'step-ca': ['postgres', 'resolver'],
};

/** What only this server differs in. Node compiles into memory, and so does PostgreSQL for long queries. */
const special: Readonly<Record<ServerId, Partial<ServiceUnit>>> = {
  postgres: { justInTime: true },
  openbao: { locksMemory: true, reloads: true },
  resolver: { justInTime: true },
  responder: { justInTime: true, reloads: true },
  'step-ca': { reloads: true },
};

const inHome = (paths: readonly string[]): boolean =>
  paths.some((path) => /(?:^|=)\/(?:home|root|run\/user)\//.test(path));

function userOf({ user }: ProcessSpec, owner: UnitOwner): Pick<ServiceUnit, 'user' | 'group'> {
  const { uid, gid } = user ?? owner;
  return uid === 0 ? {} : { user: String(uid), group: String(gid) };
}

/** Who owns the work directory: the servers run as him, unless one has a user of its own. */
export interface UnitOwner {
  readonly uid: number;
  readonly gid: number;
}

/** The section that says whose a unit is; systemd ignores it (systemd.unit(5), "X-"). */
export const ownership = (root: string): string => `\n[X-Bootroot]\nWorkDirectory=${root}\n`;

/** The work directory that a unit file is of; undefined: none of ours. */
export const ownerOfUnit = (text: string): string | undefined =>
  /^\[X-Bootroot\]\nWorkDirectory=(.*)$/m.exec(text)?.[1];

/** A server's unit: the very command line that the console would run it with, and no more rights than it needs. */
export function unitOf(id: ServerId, context: SpecContext, prefix: string, owner: UnitOwner): ServerUnit {
  const spec = specOf(id, context);
  const { signal = 'SIGTERM', graceMs } = stopOptions(id);
  const writable = writableBy(id, context);
  const low = portsOf(id, context.layout).some(({ port }) => port < 1_024);
  const name = unitName(prefix, id);
  const text = renderService({
    name,
    description: `${serverTitles[id]} (Bootroot, ${context.paths.root})`,
    command: [spec.command, ...spec.args],
    workingDirectory: spec.cwd,
    environment: spec.env,
    writable,
    after: needs[id].map((other) => unitName(prefix, other)),
    stop: { signal, graceSeconds: graceMs / 1_000 },
    ...userOf(spec, owner),
    ...(inHome([spec.command, ...spec.args, spec.cwd, ...writable]) ? { homes: 'read-only' as const } : {}),
    ...(low ? { lowPorts: true } : {}),
    ...special[id],
  });
  return { id, name, path: `${unitDirectory}/${name}`, text: text + ownership(context.paths.root) };
}

export const unitsOf = (context: SpecContext, prefix: string, owner: UnitOwner): readonly ServerUnit[] =>
  serverIds.map((id) => unitOf(id, context, prefix, owner));

/** The first directory that units hide from what they run, if the installation lies in one: every unit has a `/tmp` of its own. */
export const hiddenBy = (layout: Layout, root: string): string | undefined =>
  [root, layout.postgres.home, ...Object.values(layout.programs).map(({ path }) => dirname(path))]
    .map((path) => /^\/(?:var\/)?tmp(?=\/|$)/.exec(path)?.[0])
    .find((place) => place !== undefined);
