import { useCallback, useEffect, useMemo, type ReactNode } from 'react';
import { I18nextProvider, useTranslation } from 'react-i18next';
import { createTranslator, type Locale, type MessageKey } from '../../shared/i18n/index.ts';
import type { Message } from '../../shared/message.ts';

export type Params = Record<string, string | number>;
export type Translate = (key: MessageKey, params?: Params) => string;

/** Gives the operator's language to everything below, and to the document for screen readers and fonts. */
export function LanguageProvider({ locale, children }: { locale: Locale; children: ReactNode }): ReactNode {
  const translator = useMemo(() => createTranslator(locale), [locale]);
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return <I18nextProvider i18n={translator}>{children}</I18nextProvider>;
}

export function useT(): Translate {
  const { t } = useTranslation(undefined, { useSuspense: false });
  return useCallback<Translate>((key, params = {}) => t(key, params), [t]);
}

export const useLocale = (): Locale => (useTranslation().i18n.language === 'ko' ? 'ko' : 'en');

/** Turns a message of the core into words. */
export function useMessage(): (message: Message) => string {
  const t = useT();
  return useCallback((message) => t(message.key, message.params), [t]);
}
