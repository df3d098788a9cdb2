import type { CheckView } from '../../shared/contract/monitoring.ts';
import type { Need } from '../../shared/contract/home.ts';
import { message } from '../../shared/message.ts';
import { largeAuditFile, largeCaDatabase, roomyBytes, type Picture } from './picture.ts';

const page = (to = '/monitoring') =>
  ({ type: 'page', label: message('monitoring.action.open'), to }) as const;

/** A declared check that did not run is an alarm by itself; so is one that ran and found something. */
export function checkAlarms(checks: readonly CheckView[]): Need[] {
  return checks
    .filter(({ enabled }) => enabled)
    .flatMap(({ id, overdueSince, lastRun }): Need[] => {
      if (overdueSince !== undefined)
        return [
          {
            id: `check-overdue-${id}`,
            severity: 'warning',
            title: message('monitoring.need.check_overdue', { id }),
            detail: message('monitoring.need.check_overdue_detail'),
            since: overdueSince,
            action: page(),
          },
        ];
      if (lastRun === undefined || lastRun.outcome === 'passed') return [];
      const [first] = lastRun.findings;
      const { error } = lastRun;
      const detail =
        first?.problem ??
        (error === undefined ? undefined : message(`error.${error.code}.what`, error.params));
      return [
        {
          id: `check-${id}`,
          severity: 'warning',
          title:
            lastRun.outcome === 'refused'
              ? message('monitoring.need.check_refused', { id })
              : message('monitoring.need.check_failed', {
                  id,
                  count: lastRun.findings.length,
                  service: first?.service ?? '',
                }),
          ...(detail === undefined ? {} : { detail }),
          since: lastRun.at,
          action: page(),
        },
      ];
    });
}

/** Several paths on one disk are one thing to do. */
const oncePerDevice = (disks: Picture['disks']): Picture['disks'] =>
  disks.filter(
    ({ device }, index) => device === undefined || disks.findIndex((one) => one.device === device) === index,
  );

function diskAlarms({ disks, settings }: Picture): Need[] {
  return oncePerDevice(disks).flatMap(({ path, freeBytes, totalBytes }): Need[] => {
    const percent = (freeBytes / Math.max(1, totalBytes)) * 100;
    if (percent >= settings.diskFloorPercent || freeBytes >= roomyBytes) return [];
    return [
      {
        id: `disk-${path}`,
        severity: percent < settings.diskFloorPercent / 3 ? 'critical' : 'warning',
        title: message('monitoring.need.disk', { path, percent: Math.floor(percent) }),
        detail: message('monitoring.need.disk_detail'),
        action: page('/monitoring/drift'),
      },
    ];
  });
}

const day = 86_400_000;
/** Time to get a disk, or a word with whoever fills it. */
const forecastDays = 14;

/** Long before a full disk stops OpenBao (failure mode C31). */
function forecastAlarms({ disks, facts }: Picture): Need[] {
  return oncePerDevice(disks).flatMap(({ path, fullAt }): Need[] => {
    const days = fullAt === undefined ? Infinity : (fullAt - facts.at) / day;
    if (days > forecastDays) return [];
    return [
      {
        id: `disk-forecast-${path}`,
        severity: days < 2 ? 'critical' : 'warning',
        title: message('monitoring.need.disk_forecast', { path, count: Math.max(0, Math.floor(days)) }),
        detail: message('monitoring.need.disk_detail'),
        action: page('/openbao'),
      },
    ];
  });
}

function auditAlarms({ auditFiles = [] }: Picture): Need[] {
  return auditFiles
    .filter(({ bytes = 0 }) => bytes > largeAuditFile)
    .map(({ name }): Need => ({
      id: `audit-file-${name}`,
      severity: 'warning',
      title: message('monitoring.need.audit_large', { name }),
      detail: message('monitoring.need.audit_large_detail'),
      action: {
        type: 'operation',
        label: message('health.audit.rotate'),
        kind: 'openbao.rotate-audit',
        input: {},
      },
    }));
}

function databaseAlarms({ caDatabaseBytes = 0 }: Picture): Need[] {
  if (caDatabaseBytes <= largeCaDatabase) return [];
  return [
    {
      id: 'ca-database',
      severity: 'warning',
      title: message('monitoring.need.ca_database', { gib: Math.floor(caDatabaseBytes / 2 ** 30) }),
      detail: message('monitoring.need.ca_database_detail'),
      action: { type: 'operation', label: message('health.prune.confirm'), kind: 'stepca.prune', input: {} },
    },
  ];
}

/** What only the watch can see: clocks, disks, declared targets. Everything else Home judges by itself. */
export function watchAlarms(picture: Picture): Need[] {
  const { skews, settings, targets } = picture;
  return [
    ...diskAlarms(picture),
    ...forecastAlarms(picture),
    ...auditAlarms(picture),
    ...databaseAlarms(picture),
    ...targets
      .filter(({ up }) => !up)
      .map(({ name, url, problem = '' }): Need => ({
        id: `target-${name}`,
        severity: 'warning',
        title: message('monitoring.need.target_down', { name }),
        detail: message('monitoring.need.target_down_detail', { url, problem }),
        action: page(),
      })),
    ...skews
      .filter(({ seconds }) => Math.abs(seconds) > settings.skewSeconds)
      .map(({ server, seconds }): Need => ({
        id: `skew-${server}`,
        severity: 'warning',
        title: message('monitoring.need.skew', { server, seconds: Math.round(seconds) }),
        detail: message('monitoring.need.skew_detail'),
        action: page(),
      })),
  ];
}
