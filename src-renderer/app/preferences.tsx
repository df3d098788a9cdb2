import { useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Preferences } from '../../shared/contract/session.ts';
import { LanguageProvider } from './i18n.tsx';
import { Overlays } from './overlays.tsx';
import { useMutationProcedure, useProcedure } from './procedures.ts';

interface PreferencesState {
  readonly preferences: Preferences;
  readonly change: (part: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<PreferencesState | undefined>(undefined);

const guessed: Preferences = {
  locale: navigator.language.startsWith('ko') ? 'ko' : 'en',
  theme: 'auto',
  density: 'dense',
  views: {},
};

/** Language, theme and density: from the core, changed at once and saved behind. */
export function PreferencesProvider({ children }: { children: ReactNode }): ReactNode {
  const saved = useProcedure('session.preferences', {}, { staleTime: Infinity });
  const save = useMutationProcedure('session.savePreferences');
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Partial<Preferences>>({});
  const { setColorScheme } = useMantineColorScheme();
  const preferences = useMemo<Preferences>(
    () => ({ ...(saved.data ?? guessed), ...chosen }),
    [saved.data, chosen],
  );

  useEffect(() => setColorScheme(preferences.theme), [preferences.theme, setColorScheme]);
  useEffect(() => {
    document.documentElement.dataset['density'] = preferences.density;
  }, [preferences.density]);

  const { mutate } = save;
  const change = useCallback(
    (part: Partial<Preferences>) => {
      setChosen((before) => ({ ...before, ...part }));
      const next = { ...preferences, ...part };
      mutate(next, { onSuccess: (stored) => queries.setQueryData(['session.preferences', {}], stored) });
    },
    [mutate, preferences, queries],
  );
  const value = useMemo(() => ({ preferences, change }), [preferences, change]);
  return (
    <PreferencesContext value={value}>
      <LanguageProvider locale={preferences.locale}>
        {children}
        <Overlays />
      </LanguageProvider>
    </PreferencesContext>
  );
}

export function usePreferences(): PreferencesState {
  const state = use(PreferencesContext);
  if (state === undefined) throw new Error('no preferences above this component');
  return state;
}
