import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { useWords } from '../format/words.ts';

interface BulkBarProps {
  readonly count: number;
  /** Rows that match the search and the filters. */
  readonly matching: number;
  readonly onAll?: (() => void) | undefined;
  readonly busy?: boolean;
  readonly onClear: () => void;
  /** Buttons of what can be done with all of them. */
  readonly children: ReactNode;
}

/** Stands where the filters stood while rows are selected: nothing below it moves. */
export function BulkBar({
  count,
  matching,
  onAll,
  busy = false,
  onClear,
  children,
}: BulkBarProps): ReactNode {
  const t = useT();
  const words = useWords();
  return (
    <div className="bc-list-bar" role="toolbar" aria-label={t('list.bulk')} data-bulk>
      <strong className="bc-number" role="status">
        {t('list.selected', { count })}
      </strong>
      {children}
      <span className="bc-list-bar-end">
        {onAll === undefined || count >= matching ? null : (
          <Button variant="subtle" loading={busy} onClick={onAll}>
            {t('list.selectAll', { shown: words.number(matching) })}
          </Button>
        )}
        <Button variant="subtle" color="gray" onClick={onClear}>
          {t('list.clearSelection')}
        </Button>
      </span>
    </div>
  );
}
