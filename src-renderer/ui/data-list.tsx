import { Checkbox, UnstyledButton } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { usePreferences } from '../app/preferences.tsx';
import { useListKeys } from '../app/use-list-keys.ts';

export interface Column<T> {
  readonly id: string;
  readonly label: string;
  /** Drawn in the head instead of the label, which is still read out; null: nothing. */
  readonly head?: ReactNode;
  /** A track of CSS grid, for example `minmax(160px, 2fr)`. */
  readonly width: string;
  readonly sortable?: boolean;
  readonly align?: 'start' | 'end';
  /** Gives way when there is no room for every column, or only when the list is tight, or narrow. */
  readonly spare?: boolean | 'tight' | 'narrow';
  readonly cell: (row: T) => ReactNode;
}

export interface Sorting {
  readonly by: string;
  readonly descending: boolean;
}

interface DataListProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly count: number;
  /** Undefined while that row is on its way. */
  readonly rowAt: (index: number) => T | undefined;
  readonly keyOf: (row: T) => string;
  readonly onOpen?: ((row: T) => void) | undefined;
  readonly sorting?: Sorting | undefined;
  readonly onSort?: ((sorting: Sorting) => void) | undefined;
  /** The rows that are in sight, so that windows of a long list can be fetched. */
  readonly onRange?: ((first: number, last: number) => void) | undefined;
  readonly selected?: Pick<ReadonlySet<string>, 'has'> | undefined;
  readonly onSelect?: ((key: string, row: T) => void) | undefined;
  /** What a row is called where its box is read out. */
  readonly nameOf?: ((row: T) => string) | undefined;
  /** Opens the actions of a row; absent: the menu that stands in it. */
  readonly onActions?: ((row: T) => void) | undefined;
  /** A row that is one cell over the whole width, for example the head of a group; undefined: a row of columns. */
  readonly span?: ((row: T) => ReactNode) | undefined;
}

/** Width of a list in which every column has room, pixels. */
const roomy = 1_090;
/** Below this a list keeps only what names a row and says how it is. */
const tight = 820;
/** Below this the last of a row, what can be done with it, would be out of sight. */
const narrow = 720;
const enough = { true: roomy, tight, narrow } as const;

const rowHeight = { dense: 36, comfortable: 46 } as const;

/** Virtual rows with fixed heads. `j k` move, `enter` opens, `x` selects, `.` shows the actions; the list itself takes the focus. */
export function DataList<T>(props: DataListProps<T>): ReactNode {
  const { count, rowAt, keyOf, onOpen, sorting, onSort, onRange, selected, onSelect, onActions, span } =
    props;
  const t = useT();
  const { density } = usePreferences().preferences;
  const { ref: measured, width } = useElementSize();
  const columns = props.columns.filter(({ spare }) => width === 0 || !spare || width >= enough[`${spare}`]);
  const scroll = useRef<HTMLDivElement>(null);
  const place = useMergedRef(scroll, measured);
  const [current, setCurrent] = useState(-1);
  const id = useId();
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight[density],
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [virtual, density]);

  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const move = (to: number): void => {
    const next = Math.min(Math.max(to, 0), count - 1);
    setCurrent(next);
    virtual.scrollToIndex(next);
  };
  const rowId = (index: number): string => `${id}-${index}`;
  const here = (): T | undefined => (current < 0 ? undefined : rowAt(current));
  const open = (): void => {
    const row = here();
    if (row !== undefined) onOpen?.(row);
  };
  const select = (): void => {
    const row = here();
    if (row !== undefined) onSelect?.(keyOf(row), row);
  };
  const actions = (): void => {
    const row = here();
    if (row === undefined) return;
    if (onActions === undefined)
      // After the key has come up to everybody: the menu would take it as its own.
      setTimeout(
        () =>
          document
            .getElementById(rowId(current))
            ?.querySelector<HTMLElement>('[aria-haspopup="menu"]')
            ?.click(),
        60,
      );
    else onActions(row);
  };
  useListKeys({ next: () => move(current + 1), previous: () => move(current - 1), open, select, actions });

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(Math.floor((scroll.current?.clientHeight ?? 360) / rowHeight[density]) - 2, 1);
    const jumps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: count - 1,
    };
    const to = jumps[event.key];
    if (to === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    move(to);
  };

  const boxes = onSelect !== undefined;
  const template = [...(boxes ? ['20px'] : []), ...columns.map((column) => column.width)].join(' ');
  return (
    <div
      ref={place}
      className="bc-list"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={count + 1}
      aria-multiselectable={onSelect === undefined ? undefined : true}
      aria-activedescendant={items.some(({ index }) => index === current) ? rowId(current) : undefined}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="bc-list-head">
        <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
          {boxes ? (
            <div role="columnheader">
              <span className="bc-hidden">{t('list.selection')}</span>
            </div>
          ) : null}
          {columns.map((column) => (
            <Head key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rowAt(item.index);
          const whole = row === undefined ? undefined : span?.(row);
          const isSelected = row !== undefined && selected?.has(keyOf(row)) === true;
          return (
            <div
              key={item.key}
              id={rowId(item.index)}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={onSelect === undefined ? undefined : isSelected}
              className="bc-row"
              data-current={item.index === current}
              data-selected={isSelected}
              data-opens={onOpen !== undefined}
              style={{
                gridTemplateColumns: template,
                height: item.size,
                transform: `translateY(${item.start}px)`,
              }}
              onClick={() => {
                setCurrent(item.index);
                if (row !== undefined) onOpen?.(row);
              }}
            >
              {boxes && whole === undefined ? (
                <div role="gridcell" className="bc-row-box">
                  {row === undefined ? null : (
                    <Checkbox
                      size="xs"
                      tabIndex={-1}
                      aria-label={t('list.select', { name: (props.nameOf ?? keyOf)(row) })}
                      checked={isSelected}
                      onClick={(event) => event.stopPropagation()}
                      onChange={() => {
                        setCurrent(item.index);
                        onSelect(keyOf(row), row);
                      }}
                    />
                  )}
                </div>
              ) : null}
              {whole === undefined ? (
                columns.map((column) => (
                  <div key={column.id} role="gridcell" data-align={column.align ?? 'start'}>
                    {row === undefined ? <span className="bc-ghost" /> : column.cell(row)}
                  </div>
                ))
              ) : (
                <div role="gridcell" aria-colspan={columns.length + (boxes ? 1 : 0)} className="bc-row-whole">
                  {whole}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface HeadProps<T> {
  readonly column: Column<T>;
  readonly sorting: Sorting | undefined;
  readonly onSort: ((sorting: Sorting) => void) | undefined;
}

function Head<T>({ column, sorting, onSort }: HeadProps<T>): ReactNode {
  const active = sorting?.by === column.id;
  const Arrow = sorting?.descending === true ? IconArrowDown : IconArrowUp;
  if (column.sortable !== true || onSort === undefined) {
    return (
      <div role="columnheader" data-align={column.align ?? 'start'}>
        {column.head === undefined ? column.label : <span className="bc-hidden">{column.label}</span>}
        {column.head}
      </div>
    );
  }
  return (
    <div
      role="columnheader"
      data-align={column.align ?? 'start'}
      aria-sort={active ? (sorting.descending ? 'descending' : 'ascending') : 'none'}
    >
      <UnstyledButton
        onClick={() => onSort({ by: column.id, descending: active ? !sorting.descending : false })}
      >
        {column.label}
        {active ? <Arrow size={13} aria-hidden /> : null}
      </UnstyledButton>
    </div>
  );
}
