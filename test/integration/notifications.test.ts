import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { sendMail, type SmtpServer } from '../../src-main/notifications/smtp.ts';
import { startMailServer, type MailServer } from '../support/smtp.ts';
import { testPki } from '../support/pki.ts';

let directory: string;
let ca: string;
let secure: MailServer;
let plain: MailServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mail-'));
  const pki = await testPki('Mail');
  ca = pki.bundle;
  const leaf = await pki.leaf(['localhost']);
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  await writeFile(cert, leaf.cert + pki.intermediate.pem);
  await writeFile(key, leaf.key, { mode: 0o600 });
  secure = await startMailServer({ cert, key, password: 'mail-Pa55' });
  plain = await startMailServer({});
});
afterAll(async () => {
  await secure?.stop();
  await plain?.stop();
  await rm(directory, { recursive: true, force: true });
});

const mail = (change: object = {}) => ({
  from: 'console@example.com',
  to: ['kim@example.com', 'lee@example.com'],
  subject: '[lab] OpenBao가 봉인되어 있습니다\r\nBcc: eve@example.com',
  lines: ['심각: OpenBao가 봉인되어 있습니다', '.', 'x'.repeat(2000)],
  at: Date.UTC(2026, 10, 23, 12),
  ...change,
});
const submission = (change: Partial<SmtpServer> = {}): SmtpServer => ({
  host: 'localhost',
  port: secure.port,
  security: 'starttls',
  username: 'console',
  password: 'mail-Pa55',
  ca,
  timeoutMs: 8_000,
  ...change,
});
const refusal = (server: SmtpServer, change: object = {}): Promise<string> =>
  sendMail(server, mail(change)).then(
    () => 'sent',
    (error: unknown) =>
      isConsoleError(error) ? `${error.code} ${JSON.stringify(error.data)}` : String(error),
  );

describe('mail by a real server', () => {
  it('arrives whole after STARTTLS and a login, and nobody is added by a line break in a subject', async () => {
    await sendMail(submission(), mail());
    const taken = await secure.mail(0);
    expect(taken).toMatchObject({
      from: 'console@example.com',
      to: ['kim@example.com', 'lee@example.com'],
      tls: true,
      user: 'console',
    });
    const [head = '', body = ''] = taken.data.split(/\r?\n\r?\n/);
    const subject = head
      .replace(/\r?\n /g, '')
      .split(/\r?\n/)
      .find((line) => line.startsWith('Subject: '));
    const words = [...(subject ?? '').matchAll(/=\?UTF-8\?B\?([^?]+)\?=/g)].map(([, word = '']) => word);
    expect(Buffer.concat(words.map((word) => Buffer.from(word, 'base64'))).toString()).toBe(
      '[lab] OpenBao가 봉인되어 있습니다 Bcc: eve@example.com',
    );
    expect(head).not.toMatch(/^Bcc:/m);
    const text = Buffer.from(body, 'base64').toString();
    expect(text).toBe(`심각: OpenBao가 봉인되어 있습니다\r\n\r\n.\r\n\r\n${'x'.repeat(2000)}\r\n`);
  });

  it('goes without a login where the server wants none', async () => {
    const open: SmtpServer = { host: 'localhost', port: plain.port, security: 'none' };
    await sendMail(open, mail({ subject: 'plain' }));
    expect(await plain.mail(0)).toMatchObject({ tls: false, user: null });
  });

  it('that is refused says at which step, and never the password', async () => {
    const wrong = await refusal(submission({ password: 'wrong-Pa55' }));
    expect(wrong).toMatch(/^smtp_login_refused .*535/);
    expect(wrong).not.toContain('wrong-Pa55');
    expect(await refusal(submission(), { to: ['nobody@example.com'] })).toMatch(/^smtp_refused .*RCPT.*550/);
    expect(await refusal(submission({ port: plain.port }))).toMatch(/^smtp_no_tls/);
    const system: SmtpServer = { host: 'localhost', port: secure.port, security: 'starttls' };
    expect(await refusal(system)).toMatch(/^smtp_untrusted/);
    expect(await refusal(submission({ host: '127.0.0.1' }))).toMatch(/^smtp_untrusted/);
    expect(await refusal(submission({ port: 1 }))).toMatch(/^smtp_unreachable .*ECONNREFUSED/);
    expect(await refusal(submission({ security: 'none', port: secure.port }))).toMatch(
      /^smtp_(?:no_login|refused)/,
    );
  });

  it('is given up when the server never answers', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    expect(await refusal(submission({ host: '127.0.0.1', port, timeoutMs: 300 }))).toMatch(
      /^smtp_unreachable .*ETIMEDOUT/,
    );
    silent.close();
  });
});
