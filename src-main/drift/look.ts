import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ContainerDifference } from '../../shared/contract/containers.ts';
import type { Drift } from '../../shared/contract/drift.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import { errorMessages } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { toErrorData } from '../operations/error-data.ts';
import type { ServicesContext } from '../services/context.ts';
import { servicesOf } from '../services/entry.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { unifiedDiff } from '../workspace/diff.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import { configMend, type DeclaredConfig } from './config.ts';
import { filesDrift } from './files.ts';
import { itemOf, type Found } from './found.ts';
import { openbaoDrift } from './openbao/compare.ts';
import { readTests } from './read-test.ts';
import { stepcaDrift, type ManagedStepCa } from './stepca.ts';
import { toolsDrift } from './tools.ts';
import { upgradeOrder, versionRows } from './versions.ts';

/** What the comparison looks at. */
export interface DriftWorld {
  readonly services: ServicesContext;
  /** Servers that this console runs; empty: it runs none. */
  readonly servers: () => Promise<readonly ServerStatus[]>;
  /** Configuration files that the console declares: what each should be. */
  readonly configs: () => Promise<readonly DeclaredConfig[]>;
  /** Where containers are not what the compose files say; none elsewhere. */
  readonly containers: () => Promise<readonly ContainerDifference[]>;
  /** When a disk of the audit files will be full; undefined: it does not fill, or nobody knows. */
  readonly fullAt: () => Promise<number | undefined>;
  readonly leafMs: () => Promise<number>;
  /** step-ca where this console runs it; undefined: somebody else does. */
  readonly stepCa: () => Promise<ManagedStepCa | undefined>;
}

const day = 86_400_000;

async function configDrift(config: DeclaredConfig): Promise<Found> {
  const { path, text } = config;
  const now = await readFile(path, 'utf8').catch(() => undefined);
  const base = { id: `config:${path}`, area: 'servers', what: path, mend: configMend(config) } as const;
  if (now === text) return { ...base, state: 'agrees' };
  const diff = unifiedDiff(now, text, { path });
  return { ...base, state: now === undefined ? 'missing' : 'differs', diff };
}

async function serversDrift(world: DriftWorld): Promise<Found[]> {
  const area = 'servers' as const;
  const running = (await world.servers()).map(({ name, title, state, problem }): Found => ({
    id: `server:${name}`,
    area,
    what: title,
    state: state === 'ready' ? 'agrees' : 'differs',
    detail: problem ?? message('drift.detail.server', { state }),
  }));
  return [...running, ...(await Promise.all((await world.configs()).map(configDrift)))];
}

async function auditDrift({ services, fullAt }: DriftWorld): Promise<Found[]> {
  const base = { id: 'audit-devices', area: 'audit', what: 'OpenBao audit' } as const;
  try {
    const devices = await services.client().audit.list();
    const end = await fullAt();
    const count: Found = {
      ...base,
      state: devices.length >= 2 ? 'agrees' : 'differs',
      detail: message('drift.detail.audit_devices', { count: devices.length }),
    };
    const room: Found = {
      id: 'audit-room',
      area: 'audit',
      what: devices.map(({ name }) => name).join(', '),
      state: end === undefined || end - services.now() > 14 * day ? 'agrees' : 'differs',
      detail:
        end === undefined
          ? message('drift.detail.no_forecast')
          : message('drift.detail.full_in', { count: Math.floor((end - services.now()) / day) }),
    };
    return [count, room];
  } catch (error) {
    return [{ ...base, state: 'unknown', detail: errorMessages(toErrorData(error)).what }];
  }
}

/** Each container against the compose files; making one anew is a decision of its own, on the page of the servers. */
async function containersDrift({ containers }: DriftWorld): Promise<Found[]> {
  const area = 'servers' as const;
  try {
    return (await containers()).map(({ name, missing, fields }): Found => {
      const side = (of: 'planned' | 'running'): string =>
        fields.map((field) => `${field.field}: ${field[of]}\n`).join('');
      return {
        id: `container:${name}`,
        area,
        what: name,
        state: missing ? 'missing' : 'differs',
        detail: message('drift.detail.container'),
        ...(fields.length === 0
          ? {}
          : { diff: unifiedDiff(side('running'), side('planned'), { path: name }) }),
      };
    });
  } catch (error) {
    const detail = errorMessages(toErrorData(error)).what;
    return [{ id: 'containers', area, what: 'docker compose', state: 'unknown', detail }];
  }
}

/** From when on a leaf of the wanted life no longer fits into what is left of its CA. */
async function horizonDrift({ services: { paths, now }, leafMs }: DriftWorld): Promise<Found[]> {
  const life = await leafMs();
  const found = await Promise.all(
    [paths.rootCert, paths.intermediateCert].map(async (path): Promise<Found[]> => {
      const text = await readFile(path).catch(() => undefined);
      if (text === undefined) return [];
      const { validTo, subject } = new X509Certificate(text);
      const end = Date.parse(validTo) - life;
      const what = /CN=(.+)/.exec(subject)?.[1] ?? subject;
      const left = Math.floor((end - now()) / day);
      const detail =
        left < 0
          ? message('drift.detail.horizon_passed')
          : message('drift.detail.horizon', { count: left, date: new Date(end).toISOString().slice(0, 10) });
      return [
        { id: `horizon:${path}`, area: 'horizon', what, state: left > 90 ? 'agrees' : 'differs', detail },
      ];
    }),
  );
  return found.flat();
}

async function versionsOf({ services, servers }: DriftWorld): Promise<Drift['versions']> {
  const { openbao, paths } = services;
  const status = await openbao.sealStatus().catch(() => undefined);
  const ca = await readFile(paths.rootCert, 'utf8').catch(() => undefined);
  const stepCa = new StepCa({
    url: new URL((await services.endpoints()).directoryUrl).origin,
    ...(ca === undefined ? {} : { ca }),
  });
  const version = await stepCa.version().catch(() => undefined);
  stepCa.close();
  const postgres = (await servers()).find(({ name }) => name === 'postgres');
  return versionRows(
    [
      {
        server: 'openbao',
        version: status?.version,
        ...(status === undefined ? {} : { storage: status.storage }),
      },
      { server: 'step-ca', version },
      ...(postgres === undefined ? [] : [{ server: 'postgres' as const, version: postgres.version }]),
    ],
    services.now(),
  );
}

async function runningVersion({ services }: DriftWorld): Promise<string | undefined> {
  try {
    return (await services.openbao.sealStatus()).version;
  } catch {
    return undefined;
  }
}

/** Every comparison with its cure. No effect. */
export async function findDrift(world: DriftWorld): Promise<Found[]> {
  const { services } = world;
  const { paths } = services;
  const state = await readStateIfPresent(paths.state);
  const all = servicesOf(state, paths);
  const parts = await Promise.all([
    filesDrift(paths, all),
    readTests(paths, all),
    toolsDrift(paths, all, () => runningVersion(world)),
    openbaoDrift(services, state, all),
    stepcaDrift(services, world.stepCa),
    serversDrift(world),
    containersDrift(world),
    auditDrift(world),
    horizonDrift(world),
  ]);
  return parts.flat();
}

/** For everything that is declared: whether the running thing agrees. No effect. */
export async function lookForDrift(world: DriftWorld): Promise<Drift> {
  const [found, versions] = await Promise.all([findDrift(world), versionsOf(world)]);
  return {
    at: world.services.now(),
    items: found.map(itemOf),
    versions,
    upgradeOrder: [...upgradeOrder],
  };
}
