import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SetupLocal } from '../../../shared/contract/setup.ts';
import type { CheckWorld } from './check.ts';

/** The ports that the bootroot tools use, so that a newcomer's address is the documented one wherever it is free. */
const preferred = {
  openbao: 8200,
  openbaoCluster: 8201,
  postgres: 5433,
  stepca: 9000,
  acmeHttp: 8880,
  responderAdmin: 8080,
  resolver: 8053,
} as const;

/** Answers that work on this machine without a word from the operator: free ports, an unused directory in the home. */
export async function setupDefaults(world: CheckWorld, path: string | undefined): Promise<SetupLocal> {
  const taken = new Set<number>();
  const port = async (wanted: number): Promise<number> => {
    const found = await world.freePort(wanted, taken);
    taken.add(found);
    return found;
  };
  return {
    path: path ?? (await unusedDirectory(world)),
    name: 'Bootroot',
    kind: 'lab',
    domain: 'trusted.domain',
    openbao: {
      shares: 3,
      threshold: 2,
      port: await port(preferred.openbao),
      clusterPort: await port(preferred.openbaoCluster),
    },
    custodians: [],
    postgres: { port: await port(preferred.postgres) },
    stepca: { port: await port(preferred.stepca), acmeHttpPort: await port(preferred.acmeHttp) },
    responder: { adminPort: await port(preferred.responderAdmin) },
    resolver: { port: await port(preferred.resolver) },
    ca: {
      name: 'Bootroot CA',
      keyType: 'ec-p256',
      rootYears: 10,
      intermediateYears: 5,
      pathLength: 1,
      permittedNames: [],
      leafHours: 24,
    },
  };
}

async function unusedDirectory(world: CheckWorld): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(homedir(), number === 1 ? 'bootroot' : `bootroot-${number}`);
    const report = await world.inspect(path);
    if (report.empty && !(await world.installed(path))) return path;
  }
}
