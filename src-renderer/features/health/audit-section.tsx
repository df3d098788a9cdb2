import { Button, Group } from '@mantine/core';
import { IconRotateClockwise } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { AuditDeviceView } from '../../../shared/contract/health.ts';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { Mono } from '../../ui/mono.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';
import { usePlanner } from '../operations/planner.tsx';
import { NightlyButton } from './nightly-button.tsx';

const day = 86_400_000;
const keep = 30;

/** Two weeks are enough for a disk to be got. */
function roomStatus({ disk }: AuditDeviceView, at: number): Status {
  if (disk === undefined) return 'unknown';
  if (disk.fullAt !== undefined && disk.fullAt - at < 14 * day) return 'due';
  return disk.freeBytes / Math.max(1, disk.totalBytes) < 0.05 ? 'overdue' : 'proved';
}

/** Audit devices of OpenBao: their files, the room that is left, and rotation by a signal. */
export function AuditSection(): ReactNode {
  const t = useT();
  const plan = usePlanner();
  const devices = useProcedure('health.auditDevices', {}, { refetchEvery: 60_000 });
  const { data } = devices;
  return (
    <Section
      title={t('health.audit.devices')}
      actions={
        data?.canRotate === true ? (
          <Group gap="xs">
            <NightlyButton
              kind="openbao.rotate-audit"
              id="audit-files"
              input={{ keep }}
              label={t('health.audit.daily')}
            />
            <Button
              variant="default"
              leftSection={<IconRotateClockwise size={15} aria-hidden />}
              onClick={() => plan({ kind: 'openbao.rotate-audit', input: { keep } })}
            >
              {t('health.audit.rotate')}
            </Button>
          </Group>
        ) : null
      }
    >
      <FiveFaces
        count={data?.devices.length}
        error={devices.error}
        at={devices.dataUpdatedAt}
        onRetry={() => void devices.refetch()}
        rows={2}
        empty={<p className="bc-muted">{t('health.audit.none')}</p>}
      >
        {data !== undefined && data.devices.length < 2 ? (
          <p className="bc-lead">{t('health.audit.few')}</p>
        ) : null}
        <table className="bc-ages">
          <thead>
            <tr>
              <th scope="col">{t('health.audit.file')}</th>
              <th scope="col">{t('health.audit.size')}</th>
              <th scope="col">{t('health.audit.lastRotation')}</th>
              <th scope="col">{t('health.audit.room')}</th>
              <th scope="col">{t('health.audit.full')}</th>
            </tr>
          </thead>
          <tbody>
            {data?.devices.map((device) => (
              <DeviceRow key={device.name} device={device} at={devices.dataUpdatedAt} />
            ))}
          </tbody>
        </table>
      </FiveFaces>
    </Section>
  );
}

function DeviceRow({ device, at }: { readonly device: AuditDeviceView; readonly at: number }): ReactNode {
  const t = useT();
  const words = useWords();
  const { name, file, path, bytes, rotated, disk } = device;
  const status = roomStatus(device, at);
  return (
    <tr>
      <th scope="row">
        {name}
        <div className="bc-muted">
          <Mono value={path ?? file ?? device.type} length={46} />
        </div>
      </th>
      <td>{bytes === undefined ? t('health.audit.elsewhere') : words.bytes(bytes)}</td>
      <td>
        {rotated[0] === undefined ? t('health.audit.never') : <RelativeTime at={rotated[0].at} />}
        {rotated.length === 0 ? null : (
          <div className="bc-muted">{t('health.audit.keptFiles', { count: rotated.length })}</div>
        )}
      </td>
      <td>
        {disk === undefined
          ? '–'
          : t('health.audit.free', {
              percent: Math.floor((100 * disk.freeBytes) / Math.max(1, disk.totalBytes)),
              free: words.bytes(disk.freeBytes),
            })}
      </td>
      <td>
        <StatusBadge
          status={status}
          label={
            disk === undefined
              ? undefined
              : disk.fullAt !== undefined
                ? words.date(disk.fullAt)
                : t(status === 'overdue' ? 'health.audit.almost' : 'health.audit.noEnd')
          }
        />
      </td>
    </tr>
  );
}
