import { Fragment, useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useNowEvery } from '../../app/now.ts';
import { useProcedure } from '../../app/procedures.ts';
import { useWords } from '../../format/words.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { heatStrip } from '../home/heat.ts';

const days = 90;
/** Squares of one row; the style sheet says the same. */
const daysInRow = 30;
const shownAtMost = 100;

/** A square a day for three months, as dark as much ends on it; a press on it names what. */
export function ExpiryCalendar(): ReactNode {
  const t = useT();
  const words = useWords();
  const now = useNowEvery(60_000);
  const timeline = useProcedure('rotation.timeline', {}, { refetchEvery: 60_000 });
  const [chosen, setChosen] = useState<number>();
  const items = (timeline.data?.items ?? []).flatMap(
    ({ expiresAt, name, kind, to = '/rotation/timeline' }) =>
      expiresAt === undefined
        ? []
        : [
            {
              at: expiresAt,
              what: `${name} · ${t(`monitoring.ends.${kind}`)}`,
              kind: 'credential' as const,
              to,
            },
          ],
  );
  const strip = heatStrip(items, now, days);
  const day =
    strip.find(({ start }) => start === chosen) ?? strip.find(({ expiries }) => expiries.length > 0);
  return (
    <FiveFaces
      count={timeline.data === undefined ? undefined : 1}
      error={timeline.error}
      at={timeline.dataUpdatedAt}
      onRetry={() => void timeline.refetch()}
      empty={null}
    >
      <div className="bc-calendar" role="group" aria-label={t('monitoring.calendar')}>
        {strip.map(({ start, heat, expiries }, at) => (
          <Fragment key={start}>
            {at % daysInRow === 0 ? <span className="bc-calendar-day">{words.day(start)}</span> : null}
            <button
              type="button"
              data-heat={heat}
              aria-pressed={start === day?.start}
              aria-label={`${words.date(start)}: ${t('monitoring.endsCount', { count: expiries.length })}`}
              title={`${words.date(start)}: ${t('monitoring.endsCount', { count: expiries.length })}`}
              onClick={() => setChosen(start)}
            />
          </Fragment>
        ))}
      </div>
      {day === undefined ? (
        <p className="bc-muted">{t('home.nothingEndsAtAll')}</p>
      ) : (
        <>
          <h3>{words.date(day.start)}</h3>
          <ul className="bc-lines" aria-live="polite">
            {[...day.expiries]
              .sort((a, b) => a.at - b.at)
              .slice(0, shownAtMost)
              .map(({ at, what }) => (
                <li key={`${what} ${at}`}>
                  <span className="bc-ellipsis">{what}</span>
                  <RelativeTime at={at} />
                </li>
              ))}
          </ul>
          {day.expiries.length === 0 ? <p className="bc-muted">{t('home.nothingEnds')}</p> : null}
        </>
      )}
    </FiveFaces>
  );
}
