import { ensureServer, type EnsureOptions } from '../../servers/ensure-server.ts';
import { catalogue, compareVersions, factsOf } from '../../servers/catalogue.ts';
import { findServer, type FoundServer } from '../../servers/find-server.ts';

/** The last release that reads `file` storage; 2.7 does not (failure mode C34). It serves nobody: it migrates, and is compared with. */
const lastWithFile = '2.6.2';
const firstWithout = '2.7.0';

type Options = Pick<EnsureOptions, 'signal' | 'onProgress'>;

export const findMigrator = (): Promise<FoundServer | undefined> =>
  findServer('openbao', { version: lastWithFile });

/** Got like the servers themselves unless it is there. Throws as `ensureServer`. */
export const ensureMigrator = (options: Options = {}): Promise<FoundServer> =>
  ensureServer('openbao', { ...options, version: lastWithFile });

/** The OpenBao that is started afterwards: the one of this host if it is new enough, else the pinned one. */
export async function findCurrent(): Promise<FoundServer | undefined> {
  const found = await findServer('openbao');
  if (found !== undefined && compareVersions(found.version, firstWithout) >= 0) return found;
  return findServer('openbao', { version: catalogue.openbao.version });
}

export const ensureCurrent = async (options: Options = {}): Promise<FoundServer> =>
  (await findCurrent()) ?? ensureServer('openbao', { ...options, version: catalogue.openbao.version });

/** What the plan says of what is missing. */
export function downloadOf(which: 'old' | 'current') {
  const {
    title: name,
    version,
    command: how,
  } = factsOf('openbao', which === 'old' ? lastWithFile : undefined);
  return { kind: 'download', name, version, how } as const;
}
