import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { marks, placeOf } from './timeline-rows.ts';

const percent = (place: number): string => `${(place * 100).toFixed(2)}%`;

/** The scale over the rows: from now to ten years. */
export function TimelineScale(): ReactNode {
  const t = useT();
  return (
    <span className="bc-scale" aria-hidden>
      <i style={{ left: 0 }} data-first="true">
        {t('rotation.mark.now')}
      </i>
      {marks.map(({ id, at }) => (
        <i key={id} style={{ left: percent(placeOf(at)) }}>
          {t(`rotation.mark.${id}`)}
        </i>
      ))}
    </span>
  );
}

/** One credential on the scale. Drawn for the eye; the words are in the cell beside it. */
export function TimelineBar({ left, urgent }: { left: number; urgent: boolean }): ReactNode {
  const place = percent(placeOf(left));
  return (
    <span className="bc-axis" aria-hidden>
      {marks.map(({ id, at }) => (
        <i key={id} style={{ left: percent(placeOf(at)) }} />
      ))}
      <b style={{ width: place }} data-urgent={urgent} />
    </span>
  );
}
