import { rungs } from '../../shared/contract/services.ts';
import { needsOf } from '../home/needs.ts';
import { expiryMetrics } from './expiry-metrics.ts';
import { flag, seconds, when, type Metric, type Point } from './metric.ts';

const openbao: readonly Metric[] = [
  {
    name: 'bootroot_openbao_up',
    help: '1 when OpenBao answers.',
    labels: [],
    points: ({ facts }) => (facts.openbao === undefined ? [] : [[{}, flag(facts.openbao.reachable)]]),
  },
  {
    name: 'bootroot_openbao_sealed',
    help: '1 when OpenBao is sealed. Absent while it does not answer.',
    labels: [],
    points: ({ facts }) => (facts.openbao?.sealed === undefined ? [] : [[{}, flag(facts.openbao.sealed)]]),
  },
  {
    name: 'bootroot_openbao_session',
    help: '1 when the console is signed in to OpenBao.',
    labels: [],
    points: ({ facts }) =>
      facts.openbao === undefined ? [] : [[{}, flag(facts.openbao.session.state === 'live')]],
  },
  {
    name: 'bootroot_openbao_audit_devices',
    help: 'Audit devices of OpenBao. Absent while it cannot be asked.',
    labels: [],
    points: ({ auditFiles }) => (auditFiles === undefined ? [] : [[{}, auditFiles.length]]),
  },
  {
    name: 'bootroot_openbao_audit_bytes',
    help: 'Size of the audit files that this host can see.',
    labels: ['device'],
    points: ({ auditFiles = [] }) =>
      auditFiles.flatMap(({ name, bytes }): Point[] =>
        bytes === undefined ? [] : [[{ device: name }, bytes]],
      ),
  },
];

const machines: readonly Metric[] = [
  {
    name: 'bootroot_server_up',
    help: '1 when a server of the installation does its work. A sealed OpenBao runs, so it counts as up.',
    labels: ['server'],
    points: ({ facts }) =>
      facts.servers.map(({ id, state }) => [{ server: id }, flag(state === 'ready' || state === 'sealed')]),
  },
  {
    name: 'bootroot_target_up',
    help: '1 when a target that was declared answers.',
    labels: ['target'],
    points: ({ targets }) => targets.map(({ name, up }) => [{ target: name }, flag(up)]),
  },
  {
    name: 'bootroot_clock_skew_seconds',
    help: 'How far the clock of a server is ahead of this host.',
    labels: ['server'],
    points: ({ skews }) => skews.map(({ server, seconds: skew }) => [{ server }, skew]),
  },
  {
    name: 'bootroot_disk_free_bytes',
    help: 'Bytes free where audit devices and the console write.',
    labels: ['path'],
    points: ({ disks }) => disks.map(({ path, freeBytes }) => [{ path }, freeBytes]),
  },
  {
    name: 'bootroot_disk_size_bytes',
    help: 'Size of these file systems.',
    labels: ['path'],
    points: ({ disks }) => disks.map(({ path, totalBytes }) => [{ path }, totalBytes]),
  },
];

const caDatabase: readonly Metric[] = [
  {
    name: 'bootroot_stepca_database_bytes',
    help: 'Size of the database of step-ca. Absent: this host cannot ask it.',
    labels: [],
    points: ({ caDatabaseBytes: bytes }) => (bytes === undefined ? [] : [[{}, bytes]]),
  },
];

const forecast: readonly Metric[] = [
  {
    name: 'bootroot_disk_full_at_seconds',
    help: 'When a file system will be full at the growth of the last days, unix time. Absent: not within a year, or not known yet.',
    labels: ['path'],
    points: ({ disks }) => disks.flatMap(({ path, fullAt }) => when({ path }, fullAt)),
  },
];

const work: readonly Metric[] = [
  {
    name: 'bootroot_operations',
    help: 'Operations by state: running, those that wait for a decision, failed ones that can be resumed or undone.',
    labels: ['state'],
    points: ({ facts }) =>
      (['running', 'paused', 'interrupted', 'failed'] as const).map((state) => [
        { state },
        facts.operations.filter(
          (one) => one.state === state && (state === 'running' || one.canResume || one.canUndo),
        ).length,
      ]),
  },
  {
    name: 'bootroot_remote_item',
    help: '1 for the present status of what a remote host must fetch.',
    labels: ['service', 'item', 'status'],
    points: ({ hosts }) =>
      hosts.flatMap(({ id, items }) =>
        items.map(({ item, status }): Point => [{ service: id, item, status }, 1]),
      ),
  },
  {
    name: 'bootroot_agent_last_seen_seconds',
    help: 'Last report of a remote host, unix time; 0: it never reported although it took its credentials.',
    labels: ['service', 'host'],
    points: ({ hosts }) =>
      hosts
        .filter(({ handover, lastSeen }) => lastSeen !== undefined || handover.state === 'taken')
        .map(({ id, host, lastSeen }) => [{ service: id, host }, seconds(lastSeen ?? 0)]),
  },
  {
    name: 'bootroot_evidence_proved',
    help: '1 when this rung of a service was proved at the last look, 0 when it was not; absent: never asked.',
    labels: ['service', 'rung'],
    points: ({ facts }) =>
      facts.services.flatMap(({ id, ladder }) =>
        rungs.flatMap((rung): Point[] => {
          const found = ladder.find((one) => one.rung === rung);
          return found === undefined || found.outcome === 'unknown'
            ? []
            : [[{ service: id, rung }, flag(found.outcome === 'proved')]];
        }),
      ),
  },
  {
    name: 'bootroot_check_passed',
    help: '1 when a check passed at its last run, 0 when it failed or could not run.',
    labels: ['check', 'kind'],
    points: ({ checks }) =>
      checks.flatMap(({ id: check, kind, lastRun }): Point[] =>
        lastRun === undefined ? [] : [[{ check, kind }, flag(lastRun.outcome === 'passed')]],
      ),
  },
  {
    name: 'bootroot_check_last_run_seconds',
    help: 'Last run of a check, unix time; 0: never.',
    labels: ['check', 'kind'],
    points: ({ checks }) =>
      checks.map(({ id: check, kind, lastRun }) => [{ check, kind }, seconds(lastRun?.at ?? 0)]),
  },
  {
    name: 'bootroot_check_overdue',
    help: '1 when a check that is switched on did not run when it should have.',
    labels: ['check', 'kind'],
    points: ({ checks }) =>
      checks
        .filter(({ enabled }) => enabled)
        .map(({ id: check, kind, overdueSince }) => [{ check, kind }, flag(overdueSince !== undefined)]),
  },
  {
    name: 'bootroot_backup_proved_seconds',
    help: 'When the restore of a backup was proved last, unix time; 0: never.',
    labels: [],
    points: ({ backup }) => [[{}, seconds(backup.provedAt ?? 0)]],
  },
  {
    name: 'bootroot_backup_taken_seconds',
    help: 'When the last backup was taken, unix time; 0: never.',
    labels: [],
    points: ({ backup }) => [[{}, seconds(backup.takenAt ?? 0)]],
  },
];

const self: readonly Metric[] = [
  {
    name: 'bootroot_console_look_seconds',
    help: 'How long the last look at everything took.',
    labels: [],
    points: ({ ms }) => [[{}, seconds(ms)]],
  },
  {
    name: 'bootroot_console_looked_at_seconds',
    help: 'When the console looked at everything last, unix time.',
    labels: [],
    points: ({ facts }) => [[{}, seconds(facts.at)]],
  },
  {
    name: 'bootroot_console_unreadable',
    help: '1 for each part that the last look could not read.',
    labels: ['part'],
    points: ({ unreadable }) => unreadable.map((part) => [{ part }, 1]),
  },
  {
    name: 'bootroot_console_audit_log_intact',
    help: '1 when the hash chain of the audit log of the console is whole.',
    labels: [],
    points: ({ facts }) => [[{}, flag(facts.auditIntact)]],
  },
  {
    name: 'bootroot_console_needs',
    help: 'Things that need the operator, by severity.',
    labels: ['severity'],
    points: ({ facts }) => {
      const needs = needsOf(facts);
      return (['critical', 'warning', 'notice'] as const).map((severity) => [
        { severity },
        needs.filter((need) => need.severity === severity).length,
      ]);
    },
  },
];

/** Every metric of the console that is made of a picture. */
export const metricTable: readonly Metric[] = [
  ...openbao,
  ...machines,
  ...caDatabase,
  ...forecast,
  ...expiryMetrics,
  ...work,
  ...self,
];
