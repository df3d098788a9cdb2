import { Button } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { EmptyState } from './empty-state.tsx';
import type { ListState } from './use-list-state.ts';

/** Nothing is left of a list: by which search or filters, and the button that takes them away. */
export function NothingFound({ state }: { state: ListState }): ReactNode {
  const t = useT();
  const filtered = Object.keys(state.view.filters).length > 0;
  return (
    <EmptyState
      icon={IconSearchOff}
      text={filtered ? t('list.nothingFits') : t('ui.nothingFound', { search: state.search })}
      action={
        <Button
          variant="default"
          onClick={() =>
            state.look({ ...state.view, search: filtered ? state.view.search : '', filters: {} })
          }
        >
          {filtered ? t('list.clearFilters') : t('ui.clearSearch')}
        </Button>
      }
    />
  );
}
