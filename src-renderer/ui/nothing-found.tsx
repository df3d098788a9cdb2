import { Button } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { EmptyState } from './empty-state.tsx';
import { NoMatch } from './no-match.tsx';
import type { ListState } from './use-list-state.ts';

/** Nothing is left of a list: by which search or filters, and the button that takes them away. */
export function NothingFound({ state }: { state: ListState }): ReactNode {
  const t = useT();
  if (Object.keys(state.view.filters).length === 0)
    return <NoMatch search={state.search} onClear={() => state.look({ ...state.view, search: '' })} />;
  return (
    <EmptyState
      icon={IconSearchOff}
      text={t('list.nothingFits')}
      action={
        <Button variant="default" onClick={() => state.look({ ...state.view, filters: {} })}>
          {t('list.clearFilters')}
        </Button>
      }
    />
  );
}
