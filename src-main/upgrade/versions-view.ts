import { readFile } from 'node:fs/promises';
import type { ServerVersion, Versions } from '../../shared/contract/upgrade.ts';
import {
  catalogue,
  compareVersions,
  obtainable,
  serverNames,
  type ServerName,
} from '../servers/catalogue.ts';
import { endOf, remarksOn, upgradeOrder } from '../servers/known-versions.ts';
import { clusterOf } from '../openbao/cluster.ts';
import type { ServicesContext } from '../services/context.ts';
import { StepCa } from '../stepca/step-ca.ts';
import type { Topology } from '../topology/topology.ts';
import { adviseUpgrade } from './cluster/advice.ts';
import { readFormer } from './former.ts';

export interface VersionsWorld {
  readonly services: ServicesContext;
  readonly topology: Topology;
}

/** What answers at each server's address; of PostgreSQL only where this console runs it. */
async function running({ services, topology }: VersionsWorld): Promise<ReadonlyMap<ServerName, string>> {
  const found = new Map<ServerName, string>();
  const layout = await topology.readLayout();
  if (layout !== undefined) {
    for (const { name, version } of await topology.statuses())
      if (version !== undefined && name in catalogue) found.set(name as ServerName, version);
    return found;
  }
  const openbao = await services.openbao.version().catch(() => undefined);
  if (openbao !== undefined) found.set('openbao', openbao);
  const ca = await readFile(services.paths.rootCert, 'utf8').catch(() => undefined);
  const url = new URL((await services.endpoints()).directoryUrl).origin;
  const stepCa = new StepCa({ url, ...(ca === undefined ? {} : { ca }) });
  const version = await stepCa.version().catch(() => undefined);
  stepCa.close();
  if (version !== undefined) found.set('step-ca', version);
  return found;
}

/** Absent where OpenBao is a single server. */
async function clusterView({ services }: VersionsWorld): Promise<Pick<Versions, 'cluster'>> {
  if (services.openbao.members().length < 2) return {};
  const { members } = await clusterOf(services.openbao);
  return { cluster: { members: [...members], ...adviseUpgrade(members, catalogue.openbao.version) } };
}

/** `upgrade.versions`. */
export async function versionsView(world: VersionsWorld): Promise<Versions> {
  const { services, topology } = world;
  const versions = await running(world);
  const status = await services.openbao.sealStatus().catch(() => undefined);
  const managed = (await topology.readLayout()) !== undefined;
  const now = services.now();
  const order: readonly string[] = upgradeOrder;
  const servers = await Promise.all(
    serverNames.map(async (server): Promise<ServerVersion> => {
      const version = versions.get(server);
      const { title, version: recommended } = catalogue[server];
      const former = await readFormer(services.paths, server);
      const endsAt = version === undefined ? undefined : endOf(server, version);
      const storage = server === 'openbao' && status !== undefined ? { storage: status.storage } : {};
      return {
        server,
        title,
        recommended,
        choices: obtainable(server)
          .filter((one) => version !== undefined && compareVersions(one, version) > 0)
          .reverse(),
        remarks: version === undefined ? [] : [...remarksOn(server, version, { now, ...storage })],
        ...(version === undefined ? {} : { version }),
        ...(endsAt === undefined ? {} : { endsAt }),
        ...(former === undefined
          ? {}
          : { former: { from: former.from.version, to: former.to, at: former.at } }),
      };
    }),
  );
  servers.sort((a, b) => order.indexOf(a.title) - order.indexOf(b.title));
  return { managed, servers, order: [...upgradeOrder], ...(await clusterView(world)) };
}
