import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';

interface WizardButtonsProps {
  readonly onBack?: (() => void) | undefined;
  readonly onNext: () => void;
  readonly nextLabel?: string;
  readonly disabled?: boolean;
  readonly busy?: boolean;
}

export function WizardButtons(props: WizardButtonsProps): ReactNode {
  const { onBack, onNext, nextLabel, disabled = false, busy = false } = props;
  const t = useT();
  return (
    <>
      {onBack === undefined ? null : (
        <Button variant="default" size="sm" onClick={onBack}>
          {t('ui.back')}
        </Button>
      )}
      <Button size="sm" disabled={disabled} loading={busy} onClick={onNext} data-next>
        {nextLabel ?? t('ui.next')}
      </Button>
    </>
  );
}
