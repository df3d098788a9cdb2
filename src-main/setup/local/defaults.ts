import { join } from 'node:path';
import type { SetupLocal } from '../../../shared/contract/setup.ts';
import { transportsOf } from '../../topology/specs.ts';
import { portsOf, type CheckWorld } from './check.ts';

/** The ports that the bootroot tools use, so that a newcomer's address is the documented one wherever it is free. */
const preferred = {
  openbao: 8200,
  openbaoCluster: 8201,
  postgres: 5433,
  stepCa: 9000,
  acmeHttp: 8880,
  responderAdmin: 8080,
  resolver: 8053,
} as const;

/** Answers that work on this machine without a word from the operator: free ports, an unused directory in the home. */
export async function setupDefaults(world: CheckWorld, path: string | undefined): Promise<SetupLocal> {
  const taken = new Set<number>();
  const port = async (name: keyof typeof preferred): Promise<number> => {
    const found = await world.freePort(preferred[name], taken, transportsOf(name));
    taken.add(found);
    return found;
  };
  const defaults: SetupLocal = {
    path: path ?? (await unusedDirectory(world)),
    name: 'Bootroot',
    kind: 'lab',
    domain: 'trusted.domain',
    openbao: {
      shares: 3,
      threshold: 2,
      port: await port('openbao'),
      clusterPort: await port('openbaoCluster'),
    },
    custodians: [],
    postgres: { port: await port('postgres') },
    stepca: { port: await port('stepCa'), acmeHttpPort: await port('acmeHttp') },
    responder: { adminPort: await port('responderAdmin') },
    resolver: { port: await port('resolver') },
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
  return { ...defaults, proposedPorts: Object.fromEntries(portsOf(defaults)) };
}

async function unusedDirectory(world: CheckWorld): Promise<string> {
  const home = await world.home();
  for (let number = 1; ; number += 1) {
    const path = join(home, number === 1 ? 'bootroot' : `bootroot-${number}`);
    const report = await world.inspect(path);
    if (report.empty && !(await world.installed(path))) return path;
  }
}
