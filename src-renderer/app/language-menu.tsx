import { Button, Menu } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from './i18n.tsx';
import { usePreferences } from './preferences.tsx';

/** Each language under its own name. */
export const languages = [
  { value: 'en', label: 'English' },
  { value: 'ko', label: '한국어' },
] as const;

export function LanguageMenu(): ReactNode {
  const t = useT();
  const { preferences, change } = usePreferences();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          aria-label={t('header.language')}
          leftSection={<IconLanguage size={16} />}
        >
          {languages.find(({ value }) => value === preferences.locale)?.label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {languages.map(({ value, label }) => (
          <Menu.Item key={value} lang={value} onClick={() => change({ locale: value })}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
