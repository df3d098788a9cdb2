import { Modal } from '@mantine/core';
import { createContext, use, useCallback, useState, type ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { UnsealForm } from './unseal-form.tsx';

const UnsealContext = createContext<(() => void) | undefined>(undefined);

/** The one dialog that unseals, opened from wherever sealing stands in the way. */
export function UnsealProvider({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  const [opened, setOpened] = useState(false);
  const open = useCallback(() => setOpened(true), []);
  const close = useCallback(() => setOpened(false), []);
  return (
    <UnsealContext value={open}>
      {children}
      <Modal
        opened={opened}
        onClose={close}
        size="lg"
        title={t('openbao.unsealTitle')}
        closeButtonProps={{ 'aria-label': t('ui.close') }}
      >
        {opened ? <UnsealForm onDone={close} /> : null}
      </Modal>
    </UnsealContext>
  );
}

export function useUnseal(): () => void {
  const open = use(UnsealContext);
  if (open === undefined) throw new Error('no unseal dialog above this component');
  return open;
}
