import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { caDatabaseSize } from '../../health/ca-database/look.ts';
import { checksOf } from '../../monitoring/checks/of-workspace.ts';
import { Exporter } from '../../monitoring/exporter.ts';
import { fullAt } from '../../monitoring/forecast.ts';
import { gatherPicture } from '../../monitoring/gather.ts';
import { monitoringHandlers, type MonitoringDeps } from '../../monitoring/handlers.ts';
import { History } from '../../monitoring/history/history.ts';
import { Recorder } from '../../monitoring/history/recorder.ts';
import { Monitor } from '../../monitoring/monitor.ts';
import { kept } from '../../monitoring/kept.ts';
import { pause } from '../../operations/pause.ts';
import { readMonitoringSettings } from '../../monitoring/settings.ts';
import { Channels } from '../../notifications/channels.ts';
import { notificationHandlers, type NotificationDeps } from '../../notifications/handlers.ts';
import { Notifier } from '../../notifications/notifier.ts';
import { SentRecord } from '../../notifications/record.ts';
import { rotationHandlers } from '../../rotation/handlers.ts';
import type { BootrootConsole } from '../console.ts';
import { gatherFacts } from '../facts.ts';
import { hostFacts } from '../rotation-facts.ts';
import { serviceCheckWorld } from '../service-check-world.ts';
import type { OpenWorkspace } from '../open-workspace.ts';
import { auditDirectories, auditWorldOf, databaseWorldOf } from './health.ts';
import type { HandlersOf } from './part.ts';

/** What asks every credential of the servers is not asked more often. */
const slowMs = 5 * 60_000;
const scrapeMs = 5_000;
const hostsAtMost = 500;
const operationsAtMost = 500;

interface Watch extends MonitoringDeps, NotificationDeps {
  close(): void;
}

function watchOf(workspace: OpenWorkspace): Watch {
  const { services, topology, settings, store, audit, leaves, engine, paths, now } = workspace;
  const checks = checksOf(workspace);
  const history = new History(store);
  const rotation = rotationHandlers(() => ({
    services,
    leaves,
    settings,
    audit,
    operations: () => engine.list(operationsAtMost),
  }));
  const call = { actor: 'monitor' };
  const bundle = (): Promise<string | undefined> =>
    readFile(paths.infraBundle, 'utf8')
      .catch(() => readFile(paths.bundle, 'utf8'))
      .catch(() => undefined);
  const rotations = kept(slowMs, now, () => rotation['rotation.list']({}, call));
  // Without servers of its own the console may have no way to PostgreSQL, which is no fault.
  const caDatabaseBytes = kept(slowMs, now, async () =>
    (await topology.readLayout()) === undefined ? undefined : caDatabaseSize(databaseWorldOf(workspace)),
  );
  const timeline = kept(slowMs, now, () => rotation['rotation.timeline']({}, call));
  const picture = (): ReturnType<typeof gatherPicture> => {
    const rows = kept(slowMs, now, () => hostFacts(workspace));
    return gatherPicture({
      facts: () => gatherFacts(workspace, rows),
      rotations,
      timeline,
      hosts: async () => (await rows()).slice(0, hostsAtMost),
      checks: () => checks.views(),
      settings: () => readMonitoringSettings(settings),
      client: () => services.client(),
      auditPath: auditWorldOf(workspace).hostPath,
      async clocks() {
        const { directoryUrl } = await services.endpoints();
        const openbao = workspace.openbao;
        return [
          { server: 'step-ca', url: directoryUrl },
          ...(openbao === undefined ? [] : [{ server: 'openbao', url: `${openbao.url}/v1/sys/health` }]),
        ];
      },
      bundle,
      caDatabaseBytes,
      disks: async () => [...(await auditDirectories(workspace)), paths.console],
      fullAt: (disk) => fullAt(history, disk, now()),
      now,
    });
  };
  const channels = new Channels(settings, paths.secrets);
  const record = new SentRecord(store);
  const installation = (): string => workspace.installation?.name ?? paths.root;
  const notifier = new Notifier({ channels, record, settings, installation, now });
  const recorder = new Recorder();
  const exporter = new Exporter();
  const world = serviceCheckWorld(workspace);
  const lockPath = join(paths.console, 'monitor.lock.db');
  const monitor = new Monitor({
    picture,
    checks,
    world,
    history,
    recorder,
    tell: (needs) => notifier.tell(needs),
    settings,
    lockPath,
    now,
    sleep: pause,
  });
  return {
    picture: kept(scrapeMs, now, picture),
    exporter,
    checks,
    world,
    history,
    monitor,
    settings,
    bundle,
    audit,
    lockPath,
    stack: { paths, instance: workspace.id },
    now,
    channels,
    record,
    notifier,
    close() {
      recorder.close();
      exporter.close();
    },
  };
}

type Parts = HandlersOf<'monitoring'> & HandlersOf<'checks'> & HandlersOf<'notifications'>;

/** Monitoring, checks and notifications of the workspace that is open; hosts that stay open watch it too. */
export const monitoringPart = (console: BootrootConsole): Parts => {
  const known = new WeakMap<OpenWorkspace, Watch>();
  const watch = (workspace: OpenWorkspace): Watch => {
    const found = known.get(workspace);
    if (found !== undefined) return found;
    const made = watchOf(workspace);
    known.set(workspace, made);
    workspace.onClose(() => made.close());
    return made;
  };
  console.onOpened = (workspace) => {
    const end = new AbortController();
    const ended = watch(workspace).monitor.background(end.signal);
    workspace.onClose(async () => {
      end.abort();
      await ended;
    });
  };
  return {
    ...monitoringHandlers(() => watch(console.required())),
    ...notificationHandlers(() => watch(console.required())),
  };
};
