import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { openWindow, type TestWindow } from '../support/electron.ts';
import { expectNoViolations } from './steps/page-steps.ts';

let window: TestWindow;

test.beforeAll(async () => {
  window = await openWindow();
});
test.afterAll(async () => {
  await window.close();
});

test('opens the first-run screen under its own origin', async () => {
  const { page } = window;
  await expect(page.getByRole('heading').first()).toBeVisible();
  expect(await page.evaluate('location.origin')).toBe('app://console');
  expect(await page.title()).toContain('Bootroot Console');
});

test('calls the core through the bridge, and only what the contract knows', async () => {
  const { page } = window;
  const answer: unknown = await page.evaluate(`new Promise((resolve) => {
    const remove = window.bootroot.onFrame((frame) => { if (frame.id === 987654) { remove(); resolve(frame); } });
    window.bootroot.send({ t: 'req', id: 987654, p: 'session.show', i: {} });
  })`);
  expect(answer).toMatchObject({ t: 'ok', id: 987654, o: { host: 'electron' } });
  await expect(
    page.evaluate(`window.bootroot.send({ t: 'req', id: 2, p: 'constructor', i: {} })`),
  ).rejects.toThrow();
  expect(await page.evaluate('Object.keys(window.bootroot).sort().join()')).toBe('host,onFrame,send');
});

test('has no node in the page', async () => {
  const names = ['require', 'process', 'module', 'Buffer', '__dirname', 'global', 'ipcRenderer', 'electron'];
  const found: unknown = await window.page.evaluate(
    `${JSON.stringify(names)}.filter((name) => name in window)`,
  );
  expect(found).toEqual([]);
});

test('runs in a sandbox with isolation on', async () => {
  const preferences = await window.app.evaluate(({ BrowserWindow }) => {
    const [first] = BrowserWindow.getAllWindows();
    return (
      first?.webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> }
    ).getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  });
});

test('refuses to navigate away, also by redirect of a form', async () => {
  const { page } = window;
  for (const target of [
    'https://example.com/',
    'file:///etc/passwd',
    'app://other/',
    'data:text/html,hello',
  ]) {
    await page.evaluate(`location.href = ${JSON.stringify(target)}`).catch(() => undefined);
    await page.waitForTimeout(200);
    expect(await page.evaluate('location.origin')).toBe('app://console');
  }
});

test('refuses new windows and web views', async () => {
  const { app, page } = window;
  expect(await page.evaluate(`window.open('app://console/') === null`)).toBe(true);
  expect(await page.evaluate(`window.open('https://example.com/') === null`)).toBe(true);
  await page.evaluate(`{
    const view = document.createElement('webview');
    view.src = 'https://example.com/';
    document.body.append(view);
    view.remove();
  }`);
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
});

test('refuses permissions and requests to other places', async () => {
  const { page } = window;
  const states: unknown = await page.evaluate(`Promise.all(
    ['geolocation', 'notifications', 'camera', 'microphone'].map((name) =>
      navigator.permissions.query({ name }).then(({ state }) => state)))`);
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied']);
  expect(
    await page.evaluate(
      `navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'got it', () => 'refused')`,
    ),
  ).toBe('refused');
  expect(await page.evaluate(`fetch('https://example.com/').then(() => 'got it', () => 'refused')`)).toBe(
    'refused',
  );
});

test('runs no inline script and no eval', async () => {
  const { page } = window;
  await page.evaluate(`{
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.head.append(script);
  }`);
  expect(await page.evaluate('window.injected === undefined')).toBe(true);
  expect(
    await page.evaluate(`new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
    const image = new Image();
    image.src = 'https://example.com/x.png';
  })`),
  ).toBe('img-src');
});

test('refuses a message from a foreign frame and logs it', async () => {
  const { app, configHome } = window;
  await app.evaluate(({ ipcMain, BrowserWindow }) => {
    const [first] = BrowserWindow.getAllWindows();
    const forged = { sender: first?.webContents, senderFrame: { parent: {}, url: 'https://example.com/' } };
    ipcMain.emit('bootroot:frame', forged, '{"t":"req","id":1,"p":"session.show","i":{}}');
  });
  const log = path.join(configHome, 'bootroot-console', 'logs', 'electron.log');
  await expect.poll(() => readFileSync(log, 'utf8')).toContain('"reason":"foreign_frame"');
});

test('axe finds nothing on the first screen', async () => {
  await expectNoViolations(window.page);
});

test('a second start of the same profile leaves one window', async () => {
  const { app, configHome } = window;
  await expect(openWindow({ configHome })).rejects.toThrow();
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('keeps size and place of the window', async () => {
  const first = await openWindow();
  try {
    await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(1111, 777));
    const ended = first.app.waitForEvent('close');
    await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await ended;
    const again = await openWindow({ configHome: first.configHome });
    const size = await again.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getSize());
    await again.close();
    expect(size).toEqual([1111, 777]);
  } finally {
    await first.close();
  }
});
