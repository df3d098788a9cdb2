import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogues, createTranslator, locales, type Locale } from './index.ts';

const directory = new URL('.', import.meta.url);

/** Keys of each catalogue file by its name. */
function filesOf(locale: Locale): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const names = readdirSync(new URL(`${locale}/`, directory)).filter((name) => name.endsWith('.json'));
  return new Map(
    names.map((name) => [
      name,
      JSON.parse(readFileSync(new URL(`${locale}/${name}`, directory), 'utf8')) as Record<string, string>,
    ]),
  );
}

/** A key as a message names it: without its plural form. */
const baseOf = (key: string): string => key.replace(/_(?:zero|one|two|few|many|other)$/, '');

/** Names of the parameters, without their formats. */
const paramsOf = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*([^},\s]+)/g)].map(([, name]) => name ?? '').sort();

const keysOf = (locale: Locale): string[] => Object.keys(catalogues[locale]);
const bases = (locale: Locale): Set<string> => new Set(keysOf(locale).map(baseOf));

test('every file of a language is part of its catalogue, and no key is in two files', () => {
  for (const locale of locales) {
    const seen = new Map<string, string>();
    for (const [file, texts] of filesOf(locale))
      for (const [key, text] of Object.entries(texts)) {
        expect([key, seen.get(key)]).toEqual([key, undefined]);
        seen.set(key, file);
        expect([file, key, catalogues[locale][key]]).toEqual([file, key, text]);
      }
    expect(keysOf(locale).length).toBe(seen.size);
  }
});

test('both languages say the same things in the same files', () => {
  expect([...bases('ko')].sort()).toEqual([...bases('en')].sort());
  const [english, korean] = [filesOf('en'), filesOf('ko')];
  expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [file, texts] of english)
    expect([file, [...new Set(Object.keys(korean.get(file) ?? {}).map(baseOf))].sort()]).toEqual([
      file,
      [...new Set(Object.keys(texts).map(baseOf))].sort(),
    ]);
});

test('both languages use the same parameters', () => {
  const params = (locale: Locale): ReadonlyMap<string, readonly string[]> => {
    const found = new Map<string, Set<string>>();
    for (const [key, text] of Object.entries(catalogues[locale])) {
      const names = found.get(baseOf(key)) ?? new Set();
      for (const name of paramsOf(text)) names.add(name);
      found.set(baseOf(key), names);
    }
    return new Map([...found].map(([key, names]) => [key, [...names].sort()]));
  };
  const korean = params('ko');
  for (const [key, names] of params('en')) expect([key, korean.get(key)]).toEqual([key, names]);
});

describe('plural forms', () => {
  test('are whole: English has one and other, Korean other alone, and nobody else looks like one', () => {
    const english = new Set(keysOf('en'));
    for (const key of english) {
      const base = baseOf(key);
      if (base === key) continue;
      expect([key, english.has(`${base}_one`), english.has(`${base}_other`), english.has(base)]).toEqual([
        key,
        true,
        true,
        false,
      ]);
      expect(key).toMatch(/_(?:one|other)$/);
      expect([base, catalogues.ko[`${base}_other`] === undefined]).toEqual([base, false]);
    }
    const korean = keysOf('ko').filter((key) => baseOf(key) !== key);
    for (const key of korean) expect([key, english.has(`${baseOf(key)}_one`)]).toEqual([key, true]);
    expect(korean.filter((key) => !key.endsWith('_other'))).toEqual([]);
  });

  test('count something', () => {
    for (const locale of locales)
      for (const [key, text] of Object.entries(catalogues[locale]))
        if (key.endsWith('_other'))
          expect([key, paramsOf(text)]).toEqual([key, expect.arrayContaining(['count'])]);
  });
});

test('every text is put into words whole', () => {
  for (const locale of locales) {
    const { t } = createTranslator(locale);
    for (const [key, text] of Object.entries(catalogues[locale])) {
      const count = key.endsWith('_one') ? 1 : 2;
      const values = Object.fromEntries([...paramsOf(text), 'count'].map((name) => [name, count]));
      const said = t(baseOf(key) as never, values);
      expect([key, said]).not.toEqual([key, baseOf(key)]);
      expect([key, said.includes('{{') || said.includes('}}')]).toEqual([key, false]);
    }
  }
});

describe('the tone', () => {
  test('is calm: no exclamation mark, no begging', () => {
    for (const locale of locales)
      for (const [key, text] of Object.entries(catalogues[locale]))
        expect([key, /[!！]|\bplease\b|부탁/i.test(text)]).toEqual([key, false]);
  });

  test('Korean is Korean wherever English is a sentence', () => {
    for (const [key, text] of Object.entries(catalogues.en)) {
      const words = text.replace(/\{\{[^}]*\}\}|`[^`]*`/g, ' ').match(/\b[a-z]{3,}\b/g) ?? [];
      const korean = catalogues.ko[key] ?? catalogues.ko[`${baseOf(key)}_other`] ?? '';
      if (words.length >= 4) expect([key, /[가-힣]/.test(korean)]).toEqual([key, true]);
    }
  });

  test('English has no Korean left in it', () => {
    for (const [key, text] of Object.entries(catalogues.en))
      if (!key.startsWith('language.'))
        expect([key, /[가-힣]/.test(text) && text !== '한국어']).toEqual([key, false]);
  });
});

test("the console's own servers have a name in each language, products keep theirs", () => {
  const started = (locale: Locale, server: string): string =>
    createTranslator(locale).t('topology.step.start', { server });
  expect(started('en', 'DNS resolver')).toBe('Start DNS resolver');
  expect(started('ko', 'DNS resolver')).toBe('DNS 리졸버 시작');
  expect(started('ko', 'HTTP-01 responder')).toBe('HTTP-01 리스폰더 시작');
  expect(started('ko', 'PostgreSQL')).toBe('PostgreSQL 시작');
});
