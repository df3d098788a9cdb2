import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, type ReactNode } from 'react';

/** More rows than that are drawn only where they are in sight. */
const few = 60;
const usualRow = 30;

interface LongListProps {
  readonly label: string;
  readonly count: number;
  readonly row: (index: number) => ReactNode;
}

/** Rows of whatever height. A few are simply drawn; of thousands those in sight, in a box that scrolls by itself. */
export function LongList({ label, count, row }: LongListProps): ReactNode {
  if (count > few) return <Box label={label} count={count} row={row} />;
  return Array.from({ length: count }, (_, index) => <div key={index}>{row(index)}</div>);
}

function Box({ label, count, row }: LongListProps): ReactNode {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => usualRow,
    overscan: 10,
  });
  return (
    <div ref={scroll} className="bc-long" role="group" tabIndex={0} aria-label={label}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => (
          <div
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className="bc-long-row"
            style={{ transform: `translateY(${start}px)` }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
