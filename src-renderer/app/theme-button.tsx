import { ActionIcon, Tooltip, useComputedColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from './i18n.tsx';
import { usePreferences } from './preferences.tsx';

export function ThemeButton(): ReactNode {
  const t = useT();
  const { change } = usePreferences();
  const shown = useComputedColorScheme('light');
  const next = shown === 'light' ? 'dark' : 'light';
  const Icon = next === 'dark' ? IconMoon : IconSun;
  return (
    <Tooltip label={t(`header.theme.${next}`)}>
      <ActionIcon size="lg" aria-label={t(`header.theme.${next}`)} onClick={() => change({ theme: next })}>
        <Icon size={18} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
