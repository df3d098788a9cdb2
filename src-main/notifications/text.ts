import type { Need } from '../../shared/contract/home.ts';
import type { Channel, Sent } from '../../shared/contract/notifications.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import type { MessageKey } from '../../shared/i18n/index.ts';
import type { Message } from '../../shared/message.ts';

/** A notification in words. */
export interface Text {
  readonly kind: Sent['kind'];
  readonly severity: Sent['severity'];
  readonly subject: string;
  readonly lines: readonly string[];
}

export interface About {
  readonly kind: Sent['kind'];
  /** Name of the installation. */
  readonly installation: string;
  readonly needs: readonly Need[];
}

const rank = { critical: 0, warning: 1, notice: 2 } as const;
/** More are counted, not listed. */
const mostLines = 20;

export const worst = (needs: readonly Need[]): Sent['severity'] =>
  [...needs].sort((a, b) => rank[a.severity] - rank[b.severity])[0]?.severity ?? 'notice';

/** Several things that need somebody in one notification: the worst first, in the language of the channel. */
export function textOf({ kind, installation, needs }: About, language: Channel['language']): Text {
  const translator = createTranslator(language);
  const say = (key: MessageKey, params: Message['params'] = {}): string => translator.t(key, params);
  const severity = worst(needs);
  const sorted = [...needs].sort((a, b) => rank[a.severity] - rank[b.severity]);
  const line = ({ title, detail, severity: of }: Need): string => {
    const what = say(title.key, title.params);
    const more = detail === undefined ? '' : ` · ${say(detail.key, detail.params)}`;
    return `${say(`notifications.severity.${of}`)}: ${what}${more}`;
  };
  const first = sorted[0];
  const subject =
    kind === 'test'
      ? say('notifications.test.subject', { installation })
      : say(`notifications.${kind}.subject`, {
          installation,
          count: needs.length,
          title: first === undefined ? '' : say(first.title.key, first.title.params),
        });
  const left = sorted.length - mostLines;
  return {
    kind,
    severity,
    subject,
    lines:
      kind === 'test'
        ? [say('notifications.test.line')]
        : [
            ...sorted.slice(0, mostLines).map(line),
            ...(left > 0 ? [say('notifications.more', { count: left })] : []),
          ],
  };
}
