import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';

const day = 86_400_000;

/** From when on a leaf of the wanted life no longer fits into what is left of each CA certificate. */
export function HorizonSection(): ReactNode {
  const t = useT();
  const words = useWords();
  const horizon = useProcedure('health.horizon', {}, { staleTime: 60_000 });
  const { data, dataUpdatedAt: now } = horizon;
  return (
    <Section title={t('health.horizon.title')}>
      <FiveFaces
        count={data?.authorities.length}
        error={horizon.error}
        at={now}
        onRetry={() => void horizon.refetch()}
        rows={2}
        empty={<p className="bc-muted">{t('health.horizon.none')}</p>}
      >
        <ul className="bc-proofs">
          {data?.authorities.map(({ name, path, notAfter, horizonAt }) => (
            <li key={path}>
              <StatusBadge
                status={horizonAt <= now ? 'overdue' : horizonAt - now < 90 * day ? 'due' : 'proved'}
                label={words.date(horizonAt)}
              />
              <div>
                <strong>{name}</strong>
                <div className="bc-muted">
                  {t(horizonAt <= now ? 'health.horizon.passed' : 'health.horizon.fits', {
                    life: words.duration(data.leafMs),
                  })}
                </div>
              </div>
              <span className="bc-muted">
                {t('health.horizon.ends')} <RelativeTime at={notAfter} />
              </span>
            </li>
          ))}
        </ul>
      </FiveFaces>
    </Section>
  );
}
