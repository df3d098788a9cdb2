import { Button } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { EmptyState } from './empty-state.tsx';

interface NoMatchProps {
  /** What was searched for. */
  readonly search: string;
  readonly onClear: () => void;
}

/** Nothing is left of a list by this search; the button takes the search away. */
export function NoMatch({ search, onClear }: NoMatchProps): ReactNode {
  const t = useT();
  return (
    <EmptyState
      icon={IconSearchOff}
      text={t('ui.nothingFound', { search })}
      action={
        <Button variant="default" onClick={onClear}>
          {t('ui.clearSearch')}
        </Button>
      }
    />
  );
}
