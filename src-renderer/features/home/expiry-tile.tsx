import { Tooltip } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Overview } from '../../../shared/contract/home.ts';
import { useT } from '../../app/i18n.tsx';
import { useNowEvery } from '../../app/now.ts';
import { useWords } from '../../format/words.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { heatStrip } from './heat.ts';
import { Tile } from './tile.tsx';

const days = 30;

/** What ends in the coming thirty days: a strip, and the next ones by name. */
export function ExpiryTile({ expiries }: { expiries: Overview['expiries'] }): ReactNode {
  const t = useT();
  const words = useWords();
  const router = useRouter();
  const now = useNowEvery(60_000);
  const strip = heatStrip(expiries, now, days);
  const count = strip.reduce((sum, day) => sum + day.expiries.length, 0);
  const next = [...expiries].sort((a, b) => a.at - b.at).slice(0, 4);
  return (
    <Tile title={t('home.tile.expiries')} to="/certificates" aside={t('home.inDays', { count: days })}>
      <div className="bc-heat" role="img" aria-label={t('home.expiriesInWords', { count, days })}>
        {strip.map((day, index) => (
          <Tooltip
            key={day.start}
            label={`${words.date(day.start)}: ${
              day.expiries.length === 0
                ? t('home.nothingEnds')
                : day.expiries
                    .slice(0, 6)
                    .map(({ what }) => what)
                    .join(', ')
            }`}
          >
            <span data-heat={day.heat} data-soon={day.heat > 0 && index < 2} />
          </Tooltip>
        ))}
      </div>
      <div className="bc-heat-scale" aria-hidden>
        <span>{t('home.today')}</span>
        <span>{t('home.dayAhead', { count: 10 })}</span>
        <span>{t('home.dayAhead', { count: 20 })}</span>
        <span>{t('home.dayAhead', { count: days })}</span>
      </div>
      <ul className="bc-lines">
        {next.map((expiry, index) => (
          <li key={`${expiry.what} ${index}`}>
            <a
              className="bc-link bc-ellipsis"
              href={`#${expiry.to}`}
              onClick={(event) => {
                event.preventDefault();
                router.history.push(expiry.to);
              }}
            >
              {expiry.what}
            </a>
            <span className="bc-muted">{t(`home.expiryKind.${expiry.kind}`)}</span>
            <RelativeTime at={expiry.at} />
          </li>
        ))}
      </ul>
      {next.length === 0 ? <p className="bc-muted">{t('home.nothingEndsAtAll')}</p> : null}
    </Tile>
  );
}
