import type * as z from 'zod';
import type {
  checksContract,
  MonitoringState,
  monitoringContract,
} from '../../shared/contract/monitoring.ts';
import { ConsoleError } from '../../shared/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { readLockNote } from '../workspace/exclusive-lock.ts';
import { alarmsNow, readAlarmNote } from './alarm-note.ts';
import type { Checks } from './checks/checks.ts';
import { runCheck, type CheckWorld } from './checks/run-check.ts';
import type { Exporter } from './exporter.ts';
import type { History } from './history/history.ts';
import { watched, type Monitor } from './monitor.ts';
import type { Picture } from './picture.ts';
import { charts } from './prometheus.ts';
import { accessTo } from './stack/answers.ts';
import type { StackWorld } from './stack/compose.ts';
import { readDeployed } from './stack/deployed.ts';
import { prometheusPassword, stackStatus } from './stack/status.ts';
import { readMonitoringSettings, writeMonitoringSettings, type SettingsStore } from './settings.ts';

type Contract = typeof monitoringContract & typeof checksContract;
interface Call {
  readonly actor: string;
  readonly signal: AbortSignal;
}
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: Call,
) => Contract[N]['kind'] extends 'stream'
  ? AsyncIterable<z.output<Contract[N]['output']>>
  : Promise<z.output<Contract[N]['output']>>;
export type MonitoringHandlers = { readonly [N in keyof Contract]: Handler<N> };

export interface MonitoringDeps {
  /** At most some seconds old. */
  readonly picture: () => Promise<Picture>;
  readonly exporter: Exporter;
  readonly checks: Checks;
  readonly world: CheckWorld;
  readonly history: History;
  readonly monitor: Monitor;
  readonly settings: SettingsStore;
  readonly bundle: () => Promise<string | undefined>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly lockPath: string;
  readonly stack: StackWorld;
  readonly now: () => number;
}

async function state(deps: MonitoringDeps): Promise<MonitoringState> {
  const { picture, checks, settings, lockPath, now } = deps;
  const [seen, tick, held] = await Promise.all([picture(), readAlarmNote(settings), watched(lockPath)]);
  const note = held ? await readLockNote(lockPath) : undefined;
  return {
    at: now(),
    ...(note === undefined ? {} : { watcher: note }),
    ...(tick === undefined ? {} : { lastTickAt: tick.at, tickMs: tick.ms }),
    alarms: [...(await alarmsNow(settings, await checks.views(), now()))],
    targets: [...seen.targets],
    skews: [...seen.skews],
    disks: [...seen.disks],
  };
}

/** @param deps of the workspace that is open, asked at each call. Throws `no_workspace` */
export const monitoringHandlers = (deps: () => MonitoringDeps): MonitoringHandlers => ({
  'monitoring.state': async () => state(deps()),
  'monitoring.stack': async () => stackStatus(deps().stack),
  'monitoring.settings': async () => readMonitoringSettings(deps().settings),
  async 'monitoring.saveSettings'(value, { actor }) {
    const { settings, audit } = deps();
    await writeMonitoringSettings(settings, value);
    const details = { targets: value.targets.length, prometheus: value.prometheusUrl ?? '' };
    await audit.append({ actor, action: 'monitoring.settings', target: '', outcome: 'done', details });
    return value;
  },
  async 'monitoring.charts'({ hours }) {
    const { history, settings, bundle, stack, now } = deps();
    const { prometheusUrl: url } = await readMonitoringSettings(settings);
    if (url === undefined) return charts(history, undefined, hours, now());
    const deployed = await readDeployed(stack.paths);
    const password = deployed && (await prometheusPassword(stack.paths, deployed));
    return charts(history, await accessTo(url, deployed, password, await bundle()), hours, now());
  },
  async 'monitoring.metrics'() {
    const { exporter, picture } = deps();
    exporter.show(await picture());
    return { contentType: exporter.registry.contentType, text: await exporter.text() };
  },
  async *'monitoring.watch'({ once }, { signal }) {
    yield* deps().monitor.watch(signal, once);
  },
  'checks.list': async () => deps().checks.views(),
  async 'checks.save'(check, { actor }) {
    const { checks, audit } = deps();
    await checks.save(check);
    const { id: target, kind, everyMinutes, enabled } = check;
    const details = { kind, everyMinutes, enabled: enabled ? 1 : 0 };
    await audit.append({ actor, action: 'checks.save', target, outcome: 'done', details });
    return checks.views();
  },
  async 'checks.remove'({ id }, { actor }) {
    const { checks, audit } = deps();
    await checks.remove(id);
    await audit.append({ actor, action: 'checks.remove', target: id, outcome: 'done', details: {} });
    return checks.views();
  },
  async 'checks.run'({ id }, { actor, signal }) {
    const { checks, world, audit } = deps();
    const check = (await checks.all()).find((one) => one.id === id);
    if (check === undefined) throw new ConsoleError('check_unknown', { id });
    const run = await runCheck(check.kind, world, signal);
    await checks.record(id, run);
    const outcome = run.outcome === 'passed' ? 'done' : 'failed';
    const details = { looked: run.looked, proved: run.proved };
    await audit.append({ actor, action: 'checks.run', target: id, outcome, details });
    return checks.views();
  },
});
