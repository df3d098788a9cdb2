import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { useWords } from '../../format/words.ts';
import type { LogBuffer } from './log-buffer.ts';

const rowHeight = 20;
/** Rows above and below those in sight. */
const spare = 12;

interface LogRowsProps {
  readonly buffer: LogBuffer;
  readonly following: boolean;
  readonly onFollow: (following: boolean) => void;
  /** Number of the line that is shown in whole. */
  readonly chosen: number | undefined;
  readonly onChoose: (number: number) => void;
  readonly withSource: boolean;
}

/** Rows of one height, of which only those in sight are drawn: a hundred thousand cost what fifty do. */
export function LogRows(props: LogRowsProps): ReactNode {
  const { buffer, following, onFollow, chosen, onChoose, withSource } = props;
  const t = useT();
  const words = useWords();
  const scroll = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const gone = useRef(0);
  const { rows, droppedRows } = buffer;

  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null) return;
    setHeight(box.clientHeight);
    if (following) box.scrollTop = rows * rowHeight;
    // What is read stays where it is while the oldest lines go.
    else if (droppedRows > gone.current) box.scrollTop -= (droppedRows - gone.current) * rowHeight;
    gone.current = droppedRows;
  }, [following, rows, droppedRows]);

  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const last = Math.min(rows, Math.ceil((top + height) / rowHeight) + spare);
  const inSight = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);

  const onKeyDown = (event: KeyboardEvent): void => {
    const at = inSight.find((index) => buffer.numberAt(index) === chosen);
    const now = at ?? Math.floor(top / rowHeight);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: rows - 1 }[event.key];
    if (to === undefined || rows === 0) return;
    event.preventDefault();
    const row = Math.min(Math.max(to, 0), rows - 1);
    const number = buffer.numberAt(row);
    if (number !== undefined) onChoose(number);
    onFollow(event.key === 'End');
    const box = scroll.current;
    if (box === null) return;
    if (row * rowHeight < box.scrollTop) box.scrollTop = row * rowHeight;
    else if ((row + 1) * rowHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = (row + 1) * rowHeight - box.clientHeight;
  };

  return (
    <div
      ref={scroll}
      className="bc-log-drawer"
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={t('servers.logs')}
      onKeyDown={onKeyDown}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onWheel={(event) => {
        if (event.deltaY < 0) onFollow(false);
      }}
    >
      <div style={{ height: rows * rowHeight, position: 'relative' }}>
        {inSight.map((index) => {
          const line = buffer.rowAt(index);
          const number = buffer.numberAt(index);
          if (line === undefined || number === undefined) return null;
          return (
            <div
              key={number}
              className="bc-server-line"
              data-level={line.level}
              data-chosen={number === chosen}
              style={{ transform: `translateY(${index * rowHeight}px)` }}
              onClick={() => {
                onFollow(false);
                onChoose(number);
              }}
            >
              <span className="bc-muted">{line.at === undefined ? '' : words.clock(line.at)}</span>
              {withSource ? <span className="bc-muted">{line.server}</span> : null}
              <span>{line.text}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
