import type { ReactNode } from 'react';
import { useT } from '../../app/i18n.tsx';
import { languages } from '../../app/language-menu.tsx';
import { usePreferences } from '../../app/preferences.tsx';
import { Section } from '../../ui/section.tsx';
import { Segmented } from '../../ui/segmented.tsx';

/** Language, theme and density: changed at once, kept by the core. */
export function AppearanceSection(): ReactNode {
  const t = useT();
  const { preferences, change } = usePreferences();
  return (
    <Section title={t('settings.appearance')}>
      <div className="bc-setting">
        <span>{t('header.language')}</span>
        <Segmented
          label={t('header.language')}
          value={preferences.locale}
          options={languages}
          onChange={(locale) => change({ locale })}
        />
      </div>
      <div className="bc-setting">
        <span>{t('settings.theme')}</span>
        <Segmented
          label={t('settings.theme')}
          value={preferences.theme}
          options={(['light', 'dark', 'auto'] as const).map((value) => ({
            value,
            label: t(`settings.themes.${value}`),
          }))}
          onChange={(theme) => change({ theme })}
        />
      </div>
      <div className="bc-setting">
        <span>{t('settings.density')}</span>
        <Segmented
          label={t('settings.density')}
          value={preferences.density}
          options={(['dense', 'comfortable'] as const).map((value) => ({
            value,
            label: t(`settings.densities.${value}`),
          }))}
          onChange={(density) => change({ density })}
        />
      </div>
      <div className="bc-setting">
        <span>{t('settings.zone')}</span>
        <span className="bc-muted">{Intl.DateTimeFormat().resolvedOptions().timeZone}</span>
      </div>
    </Section>
  );
}
