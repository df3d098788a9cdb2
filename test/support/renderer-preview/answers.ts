import type { contract, Output, ParsedInput, ProcedureName } from '../../../shared/contract/index.ts';
import { ConsoleError } from '../../../shared/errors.ts';
import { passes } from '../../../src-main/services/filter.ts';
import { adoptReportOf } from './adopt.ts';
import { auditEntries } from './audit.ts';
import { caKeyBoard } from './ca-key.ts';
import { certificateRows, inspection, asn1 } from './certificates.ts';
import { detailOf, serviceOf } from './services.ts';
import { schedulesOf } from './schedules.ts';
import { auditDevicesOf, caDatabaseOf, horizonOf, issuedOf } from './health.ts';
import { hostDefaultsOf, hostDetailOf, hostOf } from './hosts.ts';
import { logsOf, operations } from './operations.ts';
import {
  chartsOf,
  checkViews,
  driftOf,
  monitoringState,
  notificationSettings,
  sentOf,
  stackOf,
} from './monitoring.ts';
import { overviewOf } from './overview.ts';
import { planOf } from './plan.ts';
import { rotated, rotationItems, rotationPlan, timelineOf } from './rotation.ts';
import type { Scenario } from './scenario.ts';
import { containerEvents, containersOf, differences } from './containers.ts';
import { elsewhere } from './elsewhere.ts';
import { clusterOf, helperUnits, logLine, noEngine, renewalAgents, serverStatuses, units } from './infra.ts';
import { versionsOf } from './versions.ts';
import { localDefaults } from './setup.ts';

type Answer<N extends ProcedureName> = (
  input: ParsedInput<N>,
) => (typeof contract)[N]['kind'] extends 'stream' ? Output<N>[] : Output<N>;
export type Answers = { readonly [N in ProcedureName]?: Answer<N> };

const home = '/home/kim/bootroot';

/** Answers of a core that is in the state of the scenario. */
export function answersOf(scenario: Scenario): Answers {
  const now = Date.now();
  const workspace = {
    id: 'a1b2c3d4e5f60718',
    path: `${home}/lab`,
    name: scenario.workspace === 'production' ? 'Customer A, Seoul' : 'Lab on this laptop',
    colour: scenario.workspace === 'production' ? 'violet' : 'teal',
    kind: scenario.workspace === 'production' ? ('production' as const) : ('lab' as const),
    environment: scenario.workspace === 'production' ? ('production' as const) : ('lab' as const),
    topology: scenario.workspace === 'production' ? ('compose' as const) : ('local' as const),
    held: true,
    openbao: scenario.sealed ? ('sealed' as const) : ('ready' as const),
    lastOpenedAt: now - 3_600_000,
    current: scenario.workspace !== 'none',
    reachable: true,
  };
  const openbao = {
    url: 'https://127.0.0.1:8200',
    reachable: true,
    initialised: true,
    sealed: scenario.sealed,
    version: '2.7.2',
    threshold: 3,
    shares: 5,
    progress: scenario.sealed ? 1 : 0,
    storage: 'raft',
    ...(scenario.workspace === 'production' ? clusterOf(scenario.sealed) : {}),
    sharesOnDisk: scenario.workspace === 'lab',
    session: {
      state: scenario.sealed ? ('none' as const) : ('live' as const),
      method: 'approle' as const,
      policies: ['default', 'bootroot-console'],
      isRoot: false,
      expiresAt: now + 2_700_000,
    },
  };
  const guard = (): void => {
    if (scenario.failing)
      throw new ConsoleError('internal', {}, { detail: 'connect ECONNREFUSED 127.0.0.1:5432' });
  };
  const drafts = new Map<string, unknown>();
  let preferences: Output<'session.preferences'> = {
    locale: scenario.locale,
    theme: scenario.theme,
    density: 'dense',
    views: {},
  };
  const all = [...operations(now), rotated(now)];
  let secrets = rotationItems(scenario.rows, now);
  const audit = auditEntries(scenario.rows === 0 ? 0 : Math.max(scenario.rows, 40), now);
  return {
    'monitoring.state': () => monitoringState(now),
    'monitoring.charts': () => chartsOf(now),
    'monitoring.stack': () =>
      scenario.rows === 0 ? { written: false, containers: [], targets: [], password: 'unknown' } : stackOf(),
    'checks.list': () => checkViews(now),
    'notifications.settings': () => notificationSettings(now),
    'notifications.sent': () => sentOf(now),
    'drift.look': () => driftOf(now),
    'adopt.look': () => adoptReportOf(now, scenario.owned),
    'adopt.owned': () => ({ owned: scenario.owned }),
    'health.auditDevices': () => auditDevicesOf(now),
    'health.caDatabase': () => caDatabaseOf(),
    'health.issued': ({ search }) => issuedOf(search === '' ? scenario.rows : 0, now),
    'health.horizon': () => horizonOf(now),
    'session.show': () => ({
      host: 'web',
      version: '0.1.0',
      actor: 'kim@desk (web)',
      idleLockMinutes: 15,
      ...(scenario.workspace === 'none' ? {} : { workspace }),
    }),
    'session.preferences': () => preferences,
    'session.savePreferences': (next) => (preferences = next),
    'session.draft': ({ name }) => ({ draft: drafts.get(name) ?? null }),
    'session.saveDraft': ({ name, draft }) => {
      drafts.set(name, draft);
      return {};
    },
    'session.lock': () => {
      throw new ConsoleError('unauthorised');
    },
    'workspaces.list': () => [
      workspace,
      {
        ...workspace,
        id: 'b',
        name: 'Customer B, a name that is longer than the rail is wide',
        path: '/srv/b',
        kind: 'production',
        environment: 'staging',
        colour: 'orange',
        current: false,
        openbao: 'sealed',
      },
      {
        ...workspace,
        id: 'c',
        name: 'Old laptop',
        path: '/mnt/usb/bootroot',
        kind: 'unknown',
        environment: 'production',
        colour: 'slate',
        current: false,
        held: false,
        openbao: 'unreachable',
        reachable: false,
      },
    ],
    'workspaces.browse': ({ path }) => ({
      path: path ?? home,
      parent: '/home/kim',
      entries: ['lab', 'customer-a', 'notes', 'old-installation'].map((name) => ({
        name,
        path: `${path ?? home}/${name}`,
        writable: name !== 'notes',
        installation: name !== 'notes',
      })),
    }),
    'workspaces.inspect': ({ path }) => ({
      path,
      exists: true,
      writable: true,
      empty: false,
      readOnlyMount: false,
      installation: 'bootroot-older',
      services: 12,
      problems: [],
    }),
    'workspaces.describe': () => workspace,
    'workspaces.open': () => workspace,
    'workspaces.close': () => ({}),
    'setup.defaults': () => localDefaults,
    'setup.check': ({ input }) => {
      const port = (input as typeof localDefaults).postgres?.port;
      return port === 5432
        ? [
            {
              field: 'postgres.port',
              level: 'error',
              message: { key: 'error.no_workspace.what' },
              proposal: 15432,
            },
          ]
        : [];
    },
    'setup.probe': () => ({
      openbao: { ok: true, detail: { key: 'openbao.isUnsealed' }, version: '2.7.2' },
      stepca: {
        ok: true,
        detail: { key: 'setup.external.answered' },
        rootFingerprint: 'ab12'.repeat(16),
        rootPem: 'PEM',
      },
    }),
    'openbao.status': () => openbao,
    'openbao.unsealFromDisk': () => ({ ...openbao, sealed: false }),
    'openbao.unsealWithShare': () => {
      throw new ConsoleError('invalid_input', { field: 'share', problem: 'length' });
    },
    'openbao.ceremony': () => ({
      state: scenario.workspace === 'production' ? 'open' : 'none',
      threshold: 3,
      custodians: ['Kim Min-jun', 'Lee Seo-yeon', 'Park Ji-ho'].map((name, index) => ({
        index,
        name,
        state: index === 0 ? ('confirmed' as const) : ('waiting' as const),
      })),
    }),
    'openbao.ceremonyReveal': () => ({ share: 'f3a9'.repeat(16) + '7c', expiresAt: now + 60_000 }),
    'services.list': ({ search, filters, offset, limit }) => {
      guard();
      const indexes = Array.from({ length: scenario.rows }, (_, index) => index).filter((index) => {
        const service = serviceOf(index, now);
        return service.id.includes(search) && passes(service, filters, now);
      });
      return {
        total: scenario.rows,
        matching: indexes.length,
        items: indexes.slice(offset, offset + limit).map((index) => serviceOf(index, now)),
      };
    },
    'schedules.list': () => {
      guard();
      return { schedules: schedulesOf(now, Math.min(scenario.rows, 2_000)) };
    },
    'schedules.preview': () => {
      guard();
      return Array.from({ length: Math.min(scenario.rows, 1_000) }, (_, index) => ({
        at: now + ((index + 1) * 30 * 86_400_000) / Math.min(scenario.rows, 1_000),
        id: 'secret-ids',
      }));
    },
    'schedules.credential': () => ({
      state: 'narrower',
      path: '/srv/bootroot/secrets/openbao/scheduler/secret_id',
    }),
    'schedules.runners': () => [
      {
        id: 'unit',
        files: [
          { path: '/etc/systemd/system/bootroot-scheduler.service', text: '[Unit]\nDescription=Schedules\n' },
        ],
        commands: ['systemctl daemon-reload', 'systemctl enable --now bootroot-scheduler.service'],
      },
    ],
    'schedules.tokens': () => ({
      findings: [{ path: '/etc/cron.d/bootroot', line: 3, name: 'OPENBAO_ROOT_TOKEN' }],
      files: 31,
    }),
    'hosts.list': ({ search, states, offset, limit }) => {
      guard();
      const all = Array.from({ length: scenario.rows }, (_, index) => hostOf(index, now));
      const matching = all.filter(
        (host) => host.id.includes(search) && (states.length === 0 || states.includes(host.state)),
      );
      return {
        total: all.length,
        matching: matching.length,
        attention: 1,
        collectedAt: now,
        items: matching.slice(offset, offset + limit),
      };
    },
    'hosts.show': ({ id }) => hostDetailOf(id, scenario.rows, now),
    'hosts.collect': () => ({ asked: scenario.rows, answered: scenario.rows, changed: 0 }),
    'hosts.print': ({ id }) => ({
      path: `/srv/bootroot/secrets/remote-bootstrap/services/${id}/handover.txt`,
      lines: 62,
    }),
    'hosts.applySummary': () => ({ changed: ['secret_id'] }),
    'hosts.defaults': hostDefaultsOf,
    'hosts.check': () => ({ identity: '001.edge-proxy-2.edge-node-01.trusted.domain', problems: [] }),
    'services.show': ({ id }) => detailOf(id, now),
    'services.prove': ({ id }) => detailOf(id, now),
    'services.defaults': ({ serviceName }) => ({
      serviceName: serviceName ?? 'edge-proxy-2',
      instanceId: '001',
      hostname: 'edge-node-01',
      domain: 'trusted.domain',
      deployType: 'daemon',
      agentConfigPath: `agents/${serviceName ?? 'service'}/agent.toml`,
      certPath: `certs/${serviceName ?? 'service'}.crt`,
      keyPath: `certs/${serviceName ?? 'service'}.key`,
    }),
    'services.check': ({ input }) => {
      const { instanceId, serviceName, hostname, domain } = input as Record<string, string>;
      return { identity: `${instanceId}.${serviceName}.${hostname}.${domain}`, problems: [] };
    },
    'operations.list': () => {
      guard();
      return scenario.rows === 0 ? [] : all;
    },
    'operations.show': ({ id }) => {
      const operation = all.find((each) => each.id === id) ?? all[0];
      if (operation === undefined) throw new ConsoleError('not_found', { what: 'operation', name: id });
      return { operation, logs: logsOf(operation) };
    },
    'operations.watch': ({ id }) =>
      (scenario.rows === 0 ? [] : all)
        .filter((each) => id === undefined || each.id === id)
        .map((operation) => ({ type: 'operation' as const, operation })),
    'operations.plan': ({ kind }) =>
      kind.startsWith('rotate.') ? rotationPlan(kind, scenario.rows, now) : planOf(kind),
    'recovery.status': () => ({
      interface: 'rotate',
      sharesOnDisk: scenario.workspace === 'lab',
      shares: 3,
      threshold: 2,
      given: { progress: 1, complete: false, doubtful: false, wrong: [] },
      busy: false,
      custodians: ['Kim', 'Lee', 'Park'],
    }),
    'rotationCaKey.board': () => caKeyBoard(scenario.rows, now),
    'rotation.list': () => {
      guard();
      return secrets;
    },
    'rotation.timeline': () => {
      guard();
      return timelineOf(scenario.rows, now);
    },
    'rotation.setPolicy': ({ target, days }) => {
      secrets = secrets.map(({ policyDays: _, ...item }) => {
        if (item.target !== target) return _ === undefined ? item : { ...item, policyDays: _ };
        return days === null ? item : { ...item, policyDays: days };
      });
      return secrets;
    },
    'operations.start': ({ kind }) => {
      const started =
        all.find((each) => each.kind === kind && each.state === 'running') ??
        all.find(({ state }) => state === 'done');
      if (started === undefined) throw new ConsoleError('internal');
      return started;
    },
    'home.overview': () => {
      guard();
      return [overviewOf(scenario, now)];
    },
    'certificates.list': ({ search, filters, cursor = '0', limit }) => {
      guard();
      const end = Number(cursor) + limit;
      const items = certificateRows(scenario.rows, now).filter(
        ({ title, state }) => title.includes(search) && filters.state?.includes(state) !== false,
      );
      return {
        total: scenario.rows,
        matching: items.length,
        items: items.slice(Number(cursor), end),
        ...(end < items.length ? { cursor: String(end) } : {}),
        failed:
          scenario.rows === 3 ? [{ path: 'certs/broken.crt', message: { key: 'certificate.noChain' } }] : [],
        at: now,
      };
    },
    'certificates.inspect': ({ source, password }) =>
      inspection('path' in source ? source.path : source.name, password, now),
    'certificates.asn1': () => asn1,
    'audit.list': ({ before, limit, search }) => {
      guard();
      const rows = audit.filter(
        (entry) => entry.target.includes(search) && (before === undefined || entry.seq < before),
      );
      return { entries: rows.slice(0, limit), total: audit.length };
    },
    'audit.verify': () => ({ intact: true, entries: audit.length }),
    'infra.status': () => {
      guard();
      return [scenario.rows === 0 ? [] : serverStatuses(scenario.sealed, now)];
    },
    'upgrade.versions': () => versionsOf(now),
    'infra.units': () => units(scenario.workspace === 'production'),
    'setup.chooseEngine': (setting) => ({
      ready: true,
      version: '28.3.0',
      said: setting.host === '' ? 'nobody' : 'setting',
      host: setting.host,
      ...(setting.host === '' ? {} : { setting }),
    }),
    'setup.engine': () => ({
      said: 'nobody',
      host: '',
      ready: scenario.workspace === 'production',
      version: '20.10.24',
      ...(scenario.workspace === 'production' ? {} : { problem: noEngine }),
    }),
    'openbao.setMembers': () => openbao,
    'infra.logs': ({ server }) => [
      Array.from({ length: 300 }, (_, index) => ({
        ...logLine(index, now),
        ...(server === undefined ? {} : { server }),
      })),
    ],
    'elsewhere.look': () => elsewhere,
    'infra.agents': () => renewalAgents(now),
    'units.helpers': () => helperUnits(scenario.workspace === 'production'),
    'containers.watch': () => [containersOf(scenario.sealed, now)],
    'containers.differences': () => (scenario.workspace === 'production' ? differences : []),
    'containers.events': () => containerEvents(now),
    'servers.list': () => [
      program('openbao', 'OpenBao', 'verified', '2.7.2'),
      program('postgres', 'PostgreSQL', 'unverifiable', '15.18'),
      program('step-ca', 'step-ca', 'missing', '0.30.2'),
    ],
  };
}

const program = (
  name: 'openbao' | 'postgres' | 'step-ca',
  title: string,
  state: 'verified' | 'unverifiable' | 'missing',
  version: string,
): Output<'servers.list'>[number] => ({
  name,
  title,
  state,
  wanted: version,
  ...(state === 'missing'
    ? {}
    : {
        version,
        path: `/home/kim/.cache/bootroot-console/${name}/${version}/bin/${name}`,
        source: 'cache' as const,
      }),
  command: `bootroot-console servers install ${name}`,
  offlineFile: `/home/kim/.cache/bootroot-console/${name}-${version}`,
  changed: [],
});
