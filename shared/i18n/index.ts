import i18next, { type i18n } from 'i18next';
import { en } from './en/index.ts';
import { ko } from './ko/index.ts';

/** The operator's languages. */
export const locales = ['en', 'ko'] as const;
export type Locale = (typeof locales)[number];

type Catalogue = typeof en;
type RawKey = keyof Catalogue;
type WithoutPlural<K extends string> = K extends `${infer Base}_${'one' | 'other'}` ? Base : K;

/** Every text of the product: a key that is missing in English does not compile. */
export type MessageKey = WithoutPlural<RawKey>;

/** Korean has no singular, so it has every key but the `_one` forms. A missing one fails the type check. */
const korean: Record<Exclude<RawKey, `${string}_one`>, string> = ko;

export const catalogues: Record<Locale, Record<string, string>> = { en, ko: korean };

/** Product names are not translated; the console's own two servers are. `{{server, server}}` in a text asks for it. */
const ownServers = ['topology.server.resolver', 'topology.server.responder'] as const;

function serverName(title: unknown, locale: string | undefined): string {
  const key = ownServers.find((own) => en[own] === title);
  return key === undefined || locale !== 'ko' ? String(title) : korean[key];
}

/**
 * One i18next instance with flat keys and both catalogues, for the core, the command line or the renderer.
 * @param locale language to start in
 */
export function createTranslator(locale: Locale): i18n {
  const instance = i18next.createInstance();
  void instance.init({
    lng: locale,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: catalogues.en }, ko: { translation: catalogues.ko } },
  });
  instance.services.formatter?.add('server', serverName);
  // A parameter that is a key: `{{because, text}}` stands for that text, with the same parameters.
  instance.services.formatter?.add('text', (key: unknown, _locale, params: Record<string, unknown>) =>
    typeof key === 'string' ? instance.t(key, params) : '',
  );
  return instance;
}
