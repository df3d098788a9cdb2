import type { ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useNowEvery } from '../../app/now.ts';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Status } from '../../ui/status.ts';

const dayMs = 86_400_000;
const statusOf: Record<'ok' | 'due' | 'overdue' | 'unknown', Status> = {
  ok: 'proved',
  due: 'due',
  overdue: 'overdue',
  unknown: 'unknown',
};

/** How old each secret is, as a bar against its policy: half of it is the policy, and twice as old fills it. */
export function SecretAges(): ReactNode {
  const t = useT();
  const say = useMessage();
  const words = useWords();
  const now = useNowEvery(60_000);
  const rotations = useProcedure('rotation.list', {}, { refetchEvery: 60_000 });
  return (
    <FiveFaces
      count={rotations.data?.length}
      error={rotations.error}
      at={rotations.dataUpdatedAt}
      onRetry={() => void rotations.refetch()}
      empty={<p className="bc-muted">{t('monitoring.chart.none')}</p>}
    >
      <table className="bc-ages">
        <thead>
          <tr>
            <th scope="col">{t('monitoring.secret')}</th>
            <th scope="col">{t('monitoring.age')}</th>
            <th scope="col">{t('monitoring.policy')}</th>
            <th scope="col">{t('monitoring.againstPolicy')}</th>
            <th scope="col">{t('monitoring.state')}</th>
          </tr>
        </thead>
        <tbody>
          {rotations.data?.map(({ target, title, changedAt, policyDays, due }) => {
            const age = changedAt === undefined ? undefined : now - changedAt;
            const share =
              age === undefined || policyDays === undefined ? 0 : Math.min(1, age / (2 * policyDays * dayMs));
            return (
              <tr key={target}>
                <th scope="row">{say(title)}</th>
                <td>{age === undefined ? t('status.unknown') : words.duration(Math.max(0, age))}</td>
                <td>{policyDays === undefined ? '–' : words.duration(policyDays * dayMs)}</td>
                <td>
                  <svg viewBox="0 0 120 8" className="bc-age-bar" aria-hidden>
                    <rect width="120" height="8" rx="3" />
                    <rect width={120 * share} height="8" rx="3" data-due={due} />
                    {policyDays === undefined ? null : <line x1="60" x2="60" y1="0" y2="8" />}
                  </svg>
                </td>
                <td>
                  <StatusBadge status={statusOf[due]} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </FiveFaces>
  );
}
