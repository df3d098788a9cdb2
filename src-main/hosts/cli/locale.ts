import { ConsoleError } from '../../../shared/errors.ts';
import { locales, type Locale } from '../../../shared/i18n/index.ts';

const isLocale = (text: string): text is Locale => (locales as readonly string[]).includes(text);

function flagOf(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((argument) => argument === '--lang' || argument.startsWith('--lang='));
  const flag = argv[at];
  if (flag === undefined) return undefined;
  return flag.startsWith('--lang=') ? flag.slice('--lang='.length) : (argv[at + 1] ?? '');
}

/**
 * `--lang`, then BOOTROOT_LANG, then the locale of the shell; English when none is Korean.
 * Throws `cli_usage` for a language that was asked for and does not exist.
 */
export function chooseLocale(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Locale {
  const asked = flagOf(argv) ?? environment['BOOTROOT_LANG'];
  if (asked !== undefined && asked !== '') {
    if (isLocale(asked)) return asked;
    throw new ConsoleError('cli_usage', { problem: `--lang ${asked.slice(0, 20)}` });
  }
  const shell = environment['LC_ALL'] ?? environment['LC_MESSAGES'] ?? environment['LANG'] ?? '';
  return shell.startsWith('ko') ? 'ko' : 'en';
}
