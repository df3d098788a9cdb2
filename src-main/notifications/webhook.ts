import type { Delivery } from '../../shared/contract/notifications.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { ConnectionFailure } from '../tls/failure.ts';
import { httpRequest } from '../tls/http-request.ts';
import type { Text } from './text.ts';

type Shape = Extract<Delivery, { type: 'webhook' }>['shape'];

const colours = { critical: 'attention', warning: 'warning', notice: 'default' } as const;

/** What each receiver wants to be posted. */
export function webhookBody(shape: Shape, text: Text, at: number): unknown {
  const { subject, lines, severity, kind } = text;
  switch (shape) {
    case 'generic':
      return { version: 1, at: new Date(at).toISOString(), kind, severity, subject, lines };
    case 'slack': {
      // Slack reads these three as markup.
      const plain = (line: string): string =>
        line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
      return {
        text: plain(subject),
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: subject.slice(0, 150) } },
          {
            type: 'section',
            text: {
              type: 'mrkdwn',
              text: lines
                .map((line) => `• ${plain(line)}`)
                .join('\n')
                .slice(0, 2900),
            },
          },
        ],
      };
    }
    case 'teams':
      return {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              body: [
                {
                  type: 'TextBlock',
                  size: 'Medium',
                  weight: 'Bolder',
                  color: kind === 'resolved' ? 'good' : colours[severity],
                  text: subject,
                  wrap: true,
                },
                ...lines.map((line) => ({ type: 'TextBlock', text: line, wrap: true })),
              ],
            },
          },
        ],
      };
  }
}

/**
 * Posts a notification. The address is a secret: whoever has it can write there, so it is in no error.
 * @throws ConsoleError `webhook_address`, `webhook_unreachable`, `webhook_refused`
 */
export async function postWebhook(
  shape: Shape,
  address: string,
  text: Text,
  options: { readonly at: number; readonly timeoutMs?: number },
): Promise<void> {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new ConsoleError('webhook_address');
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '')
    throw new ConsoleError('webhook_address');
  const host = url.host;
  try {
    const { status } = await httpRequest({
      url: address,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'bootroot-console' },
      body: JSON.stringify(webhookBody(shape, text, options.at)),
      timeoutMs: options.timeoutMs ?? 10_000,
    });
    if (status < 200 || status >= 300) throw new ConsoleError('webhook_refused', { host, status });
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) throw error;
    throw new ConsoleError('webhook_unreachable', { host, reason: error.code });
  }
}
