import { readStateIfPresent } from '../../workspace/state.ts';
import { checkServiceAdd } from '../../services/check.ts';
import { serviceDefaults } from '../../services/defaults.ts';
import { findService } from '../../services/entry.ts';
import { prove } from '../../services/ladder/prove.ts';
import { headline } from '../../services/ladder/rungs.ts';
import { listServices, showService } from '../../services/list.ts';
import type { BootrootConsole } from '../console.ts';
import type { HandlersOf } from './part.ts';

export const serviceHandlers = (console: BootrootConsole): HandlersOf<'services'> => ({
  async 'services.list'(query) {
    const { services, leaves } = console.required();
    return listServices(services, leaves, query);
  },
  async 'services.show'({ id }) {
    const { services, leaves } = console.required();
    return showService(services, leaves, id);
  },
  'services.defaults': async ({ serviceName }) => serviceDefaults(console.required().services, serviceName),
  async 'services.check'({ input }) {
    const { paths } = console.required();
    return checkServiceAdd(input, await readStateIfPresent(paths.state), paths);
  },
  async 'services.prove'({ id }, call) {
    const { services, leaves, audit, paths } = console.required();
    const ladder = await prove(services, await findService(id, paths));
    const low = headline(ladder);
    await audit.append({
      actor: call.actor,
      action: 'services.prove',
      target: id,
      outcome: low === undefined ? 'done' : 'failed',
      details: low === undefined ? {} : { rung: low.rung },
    });
    return showService(services, leaves, id);
  },
});
