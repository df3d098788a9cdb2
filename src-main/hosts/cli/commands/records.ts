import { ConsoleError } from '../../../../shared/errors.ts';
import { locales } from '../../../../shared/i18n/index.ts';
import type { Registry } from '../context.ts';
import { wholeNumber } from '../numbers.ts';
import { runOperation } from '../run-operation.ts';

interface ReportOptions {
  readonly keep: string;
  readonly language: string;
}

/** `backup take` and `report write`: what is kept, by hand or on a schedule. */
export function registerRecords({ program, core, say }: Registry): void {
  core<{ readonly keep: string }>(
    program
      .command('backup')
      .description(say('cli.backup.description'))
      .command('take')
      .description(say('cli.backup.take'))
      .option('--keep <n>', say('cli.backup.keep'), '14'),
    ({ operation }, { keep }) =>
      runOperation('backup.take', { keep: wholeNumber(keep, '--keep', 1, 1000) }, operation),
  );
  core<ReportOptions>(
    program
      .command('report')
      .description(say('cli.report.description'))
      .command('write')
      .description(say('cli.report.write'))
      .option('--keep <n>', say('cli.report.keep'), '30')
      .option('--language <code>', say('cli.report.language'), 'en'),
    ({ operation }, { keep, language: code }) => {
      const language = locales.find((known) => known === code);
      if (language === undefined) throw new ConsoleError('cli_usage', { problem: locales.join(' | ') });
      return runOperation(
        'report.write',
        { keep: wholeNumber(keep, '--keep', 1, 1000), language },
        operation,
      );
    },
  );
}
