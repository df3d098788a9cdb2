import { ConsoleError } from '../../shared/errors.ts';
import type { CheckWorld } from '../monitoring/checks/run-check.ts';
import { rotationContext } from '../rotation/bind.ts';
import { isRemote } from '../rotation/targets.ts';
import { proveIssuance } from '../rotation/trial-issuance.ts';
import { findService, servicesOf } from '../services/entry.ts';
import { prove } from '../services/ladder/prove.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** The services of this host, as checks and reports look at them. */
export function serviceCheckWorld({ services, topology, paths, now }: OpenWorkspace): CheckWorld {
  return {
    async services() {
      const all = servicesOf(await readStateIfPresent(paths.state), paths);
      return all.filter((service) => !isRemote(service));
    },
    prove: async (id) => prove(services, await findService(id, paths)),
    async issue(signal) {
      const context = rotationContext(services, topology, async () => undefined);
      const quiet = { signal, log: () => undefined, prove: () => undefined };
      const leaf = await proveIssuance(context, quiet);
      if (leaf === undefined) throw new ConsoleError('issuance_no_service');
      return { serial: leaf.serialNumber };
    },
    now,
  };
}
