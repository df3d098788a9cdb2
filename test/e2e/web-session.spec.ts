import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { expectNoViolations } from './steps/page-steps.ts';

let host: WebConsole;
let foreign: Server;
let foreignOrigin = '';
const originOf = (address: string): string => new URL(address).origin;

/** Another site on this computer, with a page that tries what cross-site pages try. */
function startForeignSite(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>elsewhere</title><body>elsewhere</body>');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

test.beforeAll(async () => {
  host = await startWebConsole();
  foreign = await startForeignSite();
  foreignOrigin = `http://localhost:${(foreign.address() as AddressInfo).port}`;
});
test.afterAll(async () => {
  await host.close();
  foreign.close();
});

test('the one-time address opens the console, leaves the address bar, and works once', async ({
  page,
  browser,
}) => {
  const address = await host.newAddress();
  await page.goto(address);
  await expect(page.getByRole('heading').first()).toBeVisible();
  expect(page.url()).not.toContain('start=');
  expect(await page.evaluate('document.cookie')).toBe('');
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });

  await page.reload();
  await expect(page.getByRole('heading').first()).toBeVisible();

  const other = await browser.newContext();
  const second = await other.newPage();
  await second.goto(address);
  const status = await second.evaluate(`fetch('/session').then((answer) => answer.status)`);
  expect(status).toBe(401);
  await other.close();
});

test('told to work in an empty directory, it begins with the first screen and proposes that place', async ({
  page,
}) => {
  const place = mkdtempSync(path.join(tmpdir(), 'bootroot-empty-'));
  const there = await startWebConsole({ workspace: place });
  try {
    await page.goto(there.address);
    await page.getByRole('link', { name: /Set up a certificate authority/ }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await expect(page.getByLabel('Work directory')).toHaveValue(place);
    expect(readdirSync(place)).toEqual([]);
  } finally {
    await there.close();
    rmSync(place, { recursive: true });
  }
});

test('without a session there is a page that says so, and nothing else', async ({ page }) => {
  await page.goto(originOf(host.address));
  await expect(page.locator('#root')).not.toBeEmpty();
  expect(await page.evaluate(`fetch('/rpc').then((answer) => answer.status)`)).toBe(401);
});

test('the policy lets no inline script, no eval and nothing foreign in', async ({ page }) => {
  await page.goto(await host.newAddress());
  await expect(page.getByRole('heading').first()).toBeVisible();
  await page.evaluate(`{
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.head.append(script);
  }`);
  expect(await page.evaluate('window.injected === undefined')).toBe(true);
  expect(await page.evaluate(`fetch('${foreignOrigin}').then(() => 'got it', () => 'refused')`)).toBe(
    'refused',
  );
});

test('another site gets nothing: no answer, no form, no frame, no socket', async ({ page }) => {
  await page.goto(await host.newAddress());
  await expect(page.getByRole('heading').first()).toBeVisible();
  const origin = originOf(host.address);
  const tab = await page.context().newPage();
  await tab.goto(foreignOrigin);

  const read = await tab.evaluate(
    `fetch('${origin}/session', { credentials: 'include' }).then(() => 'read', () => 'refused')`,
  );
  expect(read).toBe('refused');
  const socket = await tab.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket('${origin.replace('http', 'ws')}/rpc');
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('refused');
  })`);
  expect(socket).toBe('refused');
  const framed = await tab.evaluate(`new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.onload = () => { try { resolve(frame.contentDocument === null ? 'opaque' : 'read'); } catch { resolve('opaque'); } };
    frame.src = '${origin}/';
    document.body.append(frame);
  })`);
  expect(framed).toBe('opaque');
  const [, posted] = await Promise.all([
    tab.evaluate(`{
      const form = document.createElement('form');
      form.method = 'post';
      form.action = '${origin}/session';
      document.body.append(form);
      form.submit();
    }`),
    tab.waitForResponse((response) => response.url() === `${origin}/session`),
  ]);
  expect(posted.status()).toBe(403);

  const log = readFileSync(path.join(host.configHome, 'bootroot-console', 'logs', 'web.log'), 'utf8');
  expect(log).toContain('foreign_origin');
});

test('axe finds nothing on the first screen', async ({ page }) => {
  await page.goto(await host.newAddress());
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expectNoViolations(page);
});

test('the private file that opens the browser leads to the console', async ({ page }) => {
  const address = await host.newAddress();
  await page.goto(foreignOrigin);
  // As that file does it: a script of another place sends the browser here.
  await page.evaluate(`location.replace(${JSON.stringify(address)})`);
  await page.waitForURL((url) => url.origin === originOf(address) && !url.href.includes('start='));
  await expect(page.getByRole('heading').first()).toBeVisible();
});
