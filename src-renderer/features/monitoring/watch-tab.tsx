import { IconEye } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { NeedList } from '../home/need-list.tsx';
import { ChecksSection } from './checks-section.tsx';
import { StackSection } from './stack-section.tsx';

/** Alarms, who watches, checks, and what the watch looks at beside the services. */
export function WatchTab(): ReactNode {
  const t = useT();
  const words = useWords();
  const state = useProcedure('monitoring.state', {}, { refetchEvery: 15_000 });
  const { data } = state;
  return (
    <FiveFaces
      count={data === undefined ? undefined : 1}
      error={state.error}
      at={state.dataUpdatedAt}
      onRetry={() => void state.refetch()}
      empty={null}
    >
      {data === undefined ? null : (
        <>
          <Section title={t('monitoring.alarms')}>
            <p className="bc-lead">
              {data.watcher === undefined
                ? t('monitoring.nobody')
                : t('monitoring.watchedBy', { pid: data.watcher.pid })}{' '}
              {data.lastTickAt === undefined ? null : <RelativeTime at={data.lastTickAt} />}
            </p>
            {data.alarms.length === 0 ? (
              <EmptyState icon={IconEye} text={t('monitoring.noAlarm')} />
            ) : (
              <NeedList needs={data.alarms} />
            )}
          </Section>
          <ChecksSection />
          <StackSection />
          <Section title={t('monitoring.surroundings')}>
            <table className="bc-ages">
              <thead>
                <tr>
                  <th scope="col">{t('monitoring.what')}</th>
                  <th scope="col">{t('monitoring.value')}</th>
                  <th scope="col">{t('monitoring.state')}</th>
                </tr>
              </thead>
              <tbody>
                {data.disks.map(({ path, freeBytes, totalBytes, fullAt }) => (
                  <tr key={path}>
                    <th scope="row">{t('monitoring.diskOf', { path })}</th>
                    <td>
                      {t('monitoring.free', {
                        free: words.bytes(freeBytes),
                        percent: Math.floor((100 * freeBytes) / Math.max(1, totalBytes)),
                      })}
                      {fullAt === undefined ? null : (
                        <>
                          {' · '}
                          {t('monitoring.fullAt')} <RelativeTime at={fullAt} />
                        </>
                      )}
                    </td>
                    <td>
                      <StatusBadge
                        status={data.alarms.some(({ id }) => id === `disk-${path}`) ? 'overdue' : 'proved'}
                      />
                    </td>
                  </tr>
                ))}
                {data.skews.map(({ server, seconds }) => (
                  <tr key={server}>
                    <th scope="row">{t('monitoring.clockOf', { server })}</th>
                    <td>{t('monitoring.seconds', { seconds: words.number(Math.round(seconds)) })}</td>
                    <td>
                      <StatusBadge
                        status={data.alarms.some(({ id }) => id === `skew-${server}`) ? 'overdue' : 'proved'}
                      />
                    </td>
                  </tr>
                ))}
                {data.targets.map(({ name, url, up, problem }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{up ? url : `${url} · ${problem ?? ''}`}</td>
                    <td>
                      <StatusBadge status={up ? 'proved' : 'unreachable'} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Section>
        </>
      )}
    </FiveFaces>
  );
}
