import { describe, expect, test } from 'vitest';
import { ConsoleError, errorDataSchema, errorMessages, isConsoleError } from './errors.ts';
import { catalogues, createTranslator, locales } from './i18n/index.ts';
import { message } from './message.ts';

const codes = Object.keys(catalogues.en).flatMap((key) => {
  const code = /^error\.(.+)\.what(?:_one|_other)?$/.exec(key)?.[1];
  return code === undefined ? [] : [code];
});

test('every error says what happened and what to do next, in every language', () => {
  expect(codes.length).toBeGreaterThan(50);
  for (const locale of locales) {
    const keys = new Set(Object.keys(catalogues[locale]));
    for (const code of codes)
      for (const part of ['what', 'next']) {
        const key = `error.${code}.${part}`;
        expect([locale, key, keys.has(key) || keys.has(`${key}_other`)]).toEqual([locale, key, true]);
      }
  }
});

test('nothing else stands among the errors', () => {
  for (const key of Object.keys(catalogues.en)) {
    if (!key.startsWith('error.') || key.startsWith('error.changed.')) continue;
    expect(key).toMatch(/^error\.[a-z0-9_]+\.(?:what|next)(?:_one|_other)?$/);
  }
});

describe('a ConsoleError', () => {
  test('changed nothing unless it says so, and travels as plain data', () => {
    const error = new ConsoleError('disk_full', { path: '/x' });
    expect(error.data).toEqual({
      code: 'disk_full',
      params: { path: '/x' },
      changed: { key: 'error.changed.nothing' },
    });
    expect(errorDataSchema.parse(JSON.parse(JSON.stringify(error.data)))).toEqual(error.data);
    const told = new ConsoleError('disk_full', { path: '/x' }, { changed: message('error.changed.unknown') });
    expect(told.data.changed.key).toBe('error.changed.unknown');
  });

  test('is put into three sentences in the operator’s language', () => {
    const { what, changed, next } = errorMessages(new ConsoleError('disk_full', { path: '/data' }).data);
    const { t } = createTranslator('en');
    expect([what, changed, next].map(({ key, params }) => t(key as never, params ?? {}))).toEqual([
      'There is no space left on the disk for /data.',
      'Nothing was changed.',
      'Free some space on that disk and try again.',
    ]);
  });

  test('a detail is cut to what a host takes', () => {
    const { data } = new ConsoleError('internal', {}, { detail: 'x'.repeat(9000) });
    expect(data.detail?.length).toBe(4000);
    expect(errorDataSchema.safeParse(data).success).toBe(true);
  });

  test('is told from other errors, and from others of its kind', () => {
    const error: unknown = new ConsoleError('cancelled');
    expect([
      isConsoleError(error),
      isConsoleError(error, 'cancelled'),
      isConsoleError(error, 'internal'),
    ]).toEqual([true, true, false]);
    expect(isConsoleError(new Error('cancelled'))).toBe(false);
    expect(isConsoleError({ data: { code: 'cancelled' } })).toBe(false);
  });
});
