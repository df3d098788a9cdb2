import { ActionIcon, Kbd, Tooltip, UnstyledButton } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { IconKeyboard, IconLock, IconSearch } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { RunningOperations } from './running-operations.tsx';
import { LanguageMenu } from './language-menu.tsx';
import { ThemeButton } from './theme-button.tsx';
import { useMutationProcedure } from './procedures.ts';
import { useT } from './i18n.tsx';

/** Palette, running operations, keys, language, theme, lock. */
export function Header({ showKeys }: { showKeys: () => void }): ReactNode {
  const t = useT();
  const lock = useMutationProcedure('session.lock');
  return (
    <section className="bc-header" aria-label={t('header.label')}>
      <UnstyledButton className="bc-palette-button" onClick={() => spotlight.open()}>
        <IconSearch size={15} aria-hidden />
        <span>{t('header.palette')}</span>
        <Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      <div className="bc-header-end">
        <RunningOperations />
        <Tooltip label={t('keys.title')}>
          <ActionIcon size="lg" aria-label={t('keys.title')} onClick={showKeys}>
            <IconKeyboard size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
        <LanguageMenu />
        <ThemeButton />
        <Tooltip label={t('header.lock')}>
          <ActionIcon size="lg" aria-label={t('header.lock')} onClick={() => lock.mutate({})}>
            <IconLock size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </div>
    </section>
  );
}
