import type { z } from 'zod';
import type { hostsContract } from '../../shared/contract/hosts.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { acknowledgeInFile } from '../remote/sync-state.ts';
import { parseSummary } from '../remote/summary.ts';
import { checkHostAdd, hostDefaults } from './check.ts';
import { collect } from './collect.ts';
import type { FleetContext } from './context.ts';
import { listHosts, showHost } from './list.ts';
import { writePrintout } from './printout.ts';

export interface FleetDeps extends FleetContext {
  readonly audit: Pick<AuditLog, 'append'>;
}

type Contract = typeof hostsContract;
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: { readonly actor: string },
) => Promise<z.output<Contract[N]['output']>>;
export type HostHandlers = { readonly [N in keyof Contract]: Handler<N> };

/** The procedures of remote hosts. */
export const fleetHandlers = (deps: () => FleetDeps): HostHandlers => ({
  'hosts.list': async (query) => listHosts(deps(), query),
  'hosts.show': async ({ id }) => showHost(deps(), id),
  'hosts.defaults': async ({ serviceName }) => hostDefaults(deps().rotation.services, serviceName),
  'hosts.check': async ({ input }) => checkHostAdd(deps().rotation.services, input),
  async 'hosts.collect'(_input, call) {
    const context = deps();
    const { asked, answered, changed } = await collect(context);
    // Looking is nothing to put on record; taking something over is.
    if (changed.length > 0)
      await context.audit.append({
        actor: call.actor,
        action: 'hosts.collect',
        target: changed.slice(0, 20).join(', '),
        outcome: 'done',
        details: { changed: changed.length },
      });
    return { asked, answered, changed: changed.length };
  },
  async 'hosts.print'({ id, locale }, call) {
    const context = deps();
    const { t } = createTranslator(locale);
    const written = await writePrintout(context.rotation.services, id, ({ key, params = {} }) =>
      t(key, params),
    );
    await context.audit.append({
      actor: call.actor,
      action: 'hosts.print',
      target: id,
      outcome: 'done',
      details: {},
    });
    return written;
  },
  async 'hosts.applySummary'({ id, summary }, call) {
    const context = deps();
    const { paths, now } = context.rotation.services;
    const parsed = parseSummary(summary, 'summary');
    const changed = await acknowledgeInFile(paths.state, id, parsed, Math.floor(now() / 1000));
    await context.audit.append({
      actor: call.actor,
      action: 'hosts.applySummary',
      target: id,
      outcome: 'done',
      details: { changed: changed.join(', ') },
    });
    return { changed: [...changed] };
  },
});
