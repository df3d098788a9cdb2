import { createTranslator, type Locale, type MessageKey } from '../../shared/i18n/index.ts';
import type { Message } from '../../shared/message.ts';
import type { Report } from './report.ts';

/** A cell of a table: no bar and no line break may end it. */
const cell = (text: string): string => text.replace(/[\\|]/g, '\\$&').replace(/\s*\n\s*/g, ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.map(cell).join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
];

/** ISO 8601 in UTC, to the minute. */
const time = (at: number | undefined): string =>
  at === undefined ? '–' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A report for people, in their language. */
export function reportMarkdown(report: Report, language: Locale): string {
  const translator = createTranslator(language);
  const say = (key: MessageKey, params: Message['params'] = {}): string => translator.t(key, params);
  const text = (of: Message | undefined): string => (of === undefined ? '' : say(of.key, of.params));
  const { installation, at, rotations, expiries, verify } = report;
  const waiting = rotations.filter(({ due }) => due === 'due' || due === 'overdue').length;
  const lines = [
    `# ${say('report.heading', { installation })}`,
    '',
    say('report.sentence', { at: time(at), due: waiting, proved: verify.proved, looked: verify.looked }),
    '',
    `## ${say('report.rotations')}`,
    '',
    ...table(
      [
        say('report.column.secret'),
        say('report.column.state'),
        say('report.column.changed'),
        say('report.column.due'),
      ],
      rotations.map(({ title, due, changedAt, dueAt }) => [
        text(title),
        say(`report.due.${due}`),
        time(changedAt),
        time(dueAt),
      ]),
    ),
    '',
    `## ${say('report.expiries')}`,
    '',
    ...table(
      [say('report.column.name'), say('report.column.kind'), say('report.column.ends')],
      expiries.map(({ name, kind, expiresAt, problem }) => [
        name,
        say(`rotation.kind.${kind}`),
        problem === undefined ? time(expiresAt) : text(problem),
      ]),
    ),
    '',
    `## ${say('report.services')}`,
    '',
  ];
  if (verify.error !== undefined) lines.push(say(`error.${verify.error.code}.what`, verify.error.params), '');
  else if (verify.findings.length === 0) lines.push(say('report.all_proved', { looked: verify.looked }), '');
  else
    lines.push(
      ...table(
        [say('report.column.service'), say('report.column.problem')],
        verify.findings.map(({ service, problem }) => [service, text(problem)]),
      ),
      '',
    );
  return lines.join('\n');
}
