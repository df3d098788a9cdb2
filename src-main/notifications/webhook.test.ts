import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import type { Text } from './text.ts';
import { postWebhook } from './webhook.ts';

let server: Server;
let port: number;
let status = 200;
const posts: { readonly type: string | undefined; readonly body: unknown }[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      posts.push({ type: request.headers['content-type'], body: JSON.parse(text) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

const text: Text = {
  kind: 'alert',
  severity: 'critical',
  subject: '[lab] OpenBao is sealed',
  lines: ['critical: OpenBao <is> sealed & waits', 'warning: edge'],
};
const send = (shape: 'generic' | 'slack' | 'teams', address: string): Promise<string> =>
  postWebhook(shape, address, text, { at: 0, timeoutMs: 3_000 }).then(
    () => 'sent',
    (error: unknown) => (isConsoleError(error) ? JSON.stringify(error.data) : String(error)),
  );
const secret = '/services/T0/B0/very-secret';

it('each receiver is posted what it takes, with all that was said', async () => {
  for (const shape of ['generic', 'slack', 'teams'] as const)
    expect(await send(shape, `http://127.0.0.1:${port}${secret}`)).toBe('sent');
  expect(posts.map(({ type }) => type)).toEqual(Array(3).fill('application/json'));
  const [generic, slack, teams] = posts.map(({ body }) => body);
  expect(generic).toMatchObject({ severity: 'critical', subject: text.subject, lines: text.lines });
  // https://api.slack.com/reference/surfaces/formatting: these three are markup.
  expect(slack).toMatchObject({
    text: text.subject,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: text.subject } },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: '• critical: OpenBao &lt;is&gt; sealed &amp; waits\n• warning: edge',
        },
      },
    ],
  });
  expect(teams).toMatchObject({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          body: [
            { type: 'TextBlock', text: text.subject, color: 'attention' },
            { type: 'TextBlock', text: text.lines[0] },
            { type: 'TextBlock', text: text.lines[1] },
          ],
        },
      },
    ],
  });
});

it('what is refused or not reached says so without the address, which is a secret', async () => {
  status = 410;
  const answers = [
    await send('teams', `http://127.0.0.1:${port}${secret}`),
    await send('teams', `http://127.0.0.1:1${secret}`),
    await send('teams', `ftp://127.0.0.1${secret}`),
    await send('teams', `http://user:pw@127.0.0.1:${port}${secret}`),
  ];
  expect(answers.map((answer) => (JSON.parse(answer) as { code: string }).code)).toEqual([
    'webhook_refused',
    'webhook_unreachable',
    'webhook_address',
    'webhook_address',
  ]);
  expect(answers.join()).not.toContain('very-secret');
});
