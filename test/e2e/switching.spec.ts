import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { freePort } from '../support/child.ts';
import { installation, type Installation } from '../support/installation.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { button, expectAccessible, main, visit } from './steps/page-steps.ts';
import { serverWork } from './steps/servers.ts';
import { makeTemporaryHome, type TemporaryHome } from './steps/temporary-home.ts';

test.describe.configure({ mode: 'serial' });

let stack: Installation;
let home: TemporaryHome;
let web: WebConsole;
let one: Page;
let other: Page;
let seoul: string | undefined;

/** A work directory with one service, whose OpenBao does not run. */
async function quietInstallation(root: string): Promise<void> {
  const service = {
    registration_id: 'ledger',
    service_name: 'ledger',
    delivery_mode: 'local-file',
    hostname: 'node-01',
    domain: 'trusted.domain',
    instance_id: '001',
    agent_config_path: 'agent-ledger.toml',
    cert_path: 'certs/ledger.crt',
    key_path: 'certs/ledger.key',
    post_renew_hooks: [],
    notes: null,
    approle: {
      role_name: 'bootroot-service-ledger',
      role_id: 'of nothing that runs',
      secret_id_path: 'secrets/services/ledger/secret_id',
      policy_name: 'bootroot-service-ledger',
    },
  };
  const state = {
    openbao_url: `http://127.0.0.1:${await freePort()}`,
    kv_mount: 'secret',
    secrets_dir: 'secrets',
    services: { ledger: service },
  };
  await writeFile(new WorkspacePaths(root).state, JSON.stringify(state), { mode: 0o600 });
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  [stack, home] = await Promise.all([installation(), makeTemporaryHome()]);
  seoul = await mkdtemp(path.join(tmpdir(), 'bootroot-seoul-'));
  await quietInstallation(seoul);
  web = await startWebConsole({
    workspace: stack.paths.root,
    configHome: home.configHome,
    environment: home.environment,
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  one = await context.newPage();
  await one.emulateMedia({ reducedMotion: 'reduce' });
  await one.goto(web.address);
  await one.locator('#content h1').first().waitFor(serverWork);
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await one?.context().close();
  await web?.close();
  await home?.dispose();
  if (seoul !== undefined) await rm(seoul, { recursive: true });
  await stack?.stop();
});

const switcher = (page: Page) => page.locator('.bc-installation');

/** Gives the open installation a name, a colour and an environment. */
async function describeAs(page: Page, name: string, colour: string, environment: string): Promise<void> {
  await visit(page, '/settings');
  const field = page.getByLabel('Name', { exact: true });
  const form = main(page).locator('form').filter({ has: field });
  await form.getByLabel('Name', { exact: true }).fill(name);
  const save = button(form, 'Save');
  if (await save.isEnabled()) await save.click();
  await expect(switcher(page)).toContainText(name);
  await main(page).getByRole('radio', { name: colour }).click();
  await expect(switcher(page).locator('.bc-dot')).toHaveAttribute('data-colour', colour.toLowerCase());
  await main(page).getByText(environment, { exact: true }).click();
  await expect(switcher(page).locator('.bc-kind')).toHaveAttribute('data-kind', environment.toLowerCase());
}

async function expectShown(page: Page, name: string, colour: string, environment: string): Promise<void> {
  await expect(switcher(page)).toContainText(name);
  await expect(switcher(page).locator('.bc-dot')).toHaveAttribute('data-colour', colour);
  await expect(switcher(page).locator('.bc-kind')).toHaveAttribute('data-kind', environment);
}

async function switchTo(page: Page, name: string): Promise<void> {
  await switcher(page).click();
  await page.getByRole('menuitem', { name: new RegExp(name) }).click();
  await expect(switcher(page)).toContainText(name);
}

const rows = (page: Page) => main(page).locator('.bc-row');
/** What stopping all servers asks of the operator; nothing is confirmed. */
async function stopAllAsks(page: Page): Promise<number> {
  await visit(page, '/servers');
  await button(main(page), 'Stop all').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.locator('.bc-plan-footer')).toBeVisible(serverWork);
  const fields = await dialog.getByRole('textbox').count();
  if (fields > 0) await expect(dialog.locator('.bc-plan-footer button').last()).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  return fields;
}

test('each installation has its name, colour and environment; production asks for its name as well', async () => {
  await describeAs(one, 'Busan', 'Violet', 'Test');
  expect(await stopAllAsks(one)).toBe(0);
  await describeAs(one, 'Busan', 'Violet', 'Production');
  expect(await stopAllAsks(one)).toBe(1);

  await visit(one, '/start/open');
  await one.getByLabel('Folder').fill(seoul ?? '');
  await button(main(one), 'Go').click();
  await button(main(one), 'Open').click();
  await expect(switcher(one)).toBeVisible(serverWork);
  await describeAs(one, 'Seoul', 'Orange', 'Lab');
});

test('switching shows the other one, its lists and nothing of the former, and does not wait', async () => {
  await visit(one, '/services');
  await expect(rows(one)).toHaveCount(1);
  await expect(rows(one)).toContainText('ledger');
  const begun = Date.now();
  await switchTo(one, 'Busan');
  await expect(one.getByRole('heading', { level: 1 })).toBeVisible();
  // Its servers answer; the other's do not, and nobody waits for that.
  expect(Date.now() - begun).toBeLessThan(5_000);
  await expectShown(one, 'Busan', 'violet', 'production');
  await visit(one, '/services');
  await expect(rows(one)).toHaveCount(0);
  await expect(main(one)).not.toContainText('ledger');
  await expectAccessible(one);
});

test('a second page holds another one at the same time, and each changes only its own', async () => {
  other = await one.context().newPage();
  await other.goto(new URL('/', web.address).href);
  await expectShown(other, 'Busan', 'violet', 'production');
  await switchTo(other, 'Seoul');
  await expectShown(one, 'Busan', 'violet', 'production');
  // Also after the page was loaded anew, though the other was opened last.
  await one.reload();
  await expectShown(one, 'Busan', 'violet', 'production');

  await visit(one, '/monitoring/notifications');
  await main(one).getByPlaceholder('expiry-*').fill('edge-*');
  await main(one).getByPlaceholder('expiry-*').press('Enter');
  await expect(main(one)).toContainText('edge-*');
  await visit(other, '/monitoring/notifications');
  await expect(main(other)).not.toContainText('edge-*');
  await visit(other, '/audit');
  await expect(main(other)).not.toContainText('silence');
  await visit(one, '/audit');
  await expect(main(one)).toContainText('silence');
});

test('a page whose installation was closed says so, changes nothing, and goes on with either', async () => {
  await switchTo(other, 'Busan');
  await visit(other, '/settings');
  await button(main(other), 'Close this installation').click();
  await expect(other.getByRole('heading', { name: 'Welcome to Bootroot Console' })).toBeVisible();
  await button(main(other), /^Seoul/).click();
  await expectShown(other, 'Seoul', 'orange', 'lab');

  await visit(one, '/services').catch(() => undefined);
  await expect(one.getByRole('heading', { name: 'Another installation is open' })).toBeVisible();
  await expect(one.getByText('This page shows Busan')).toBeVisible();
  await expectAccessible(one);
  await button(one, /^Open Busan again/).click();
  await expectShown(one, 'Busan', 'violet', 'production');
  await expectShown(other, 'Seoul', 'orange', 'lab');

  await visit(other, '/settings');
  await button(main(other), 'Close this installation').click();
  await expect(other.getByRole('heading', { name: 'Welcome to Bootroot Console' })).toBeVisible();
  await button(main(other), /^Busan/).click();
  await expectShown(other, 'Busan', 'violet', 'production');
  await visit(other, '/settings');
  await button(main(other), 'Close this installation').click();
  await expect(other.getByRole('heading', { name: 'Welcome to Bootroot Console' })).toBeVisible();
  await button(main(other), /^Seoul/).click();
  await visit(one, '/services').catch(() => undefined);
  await button(one, /^Go on with Seoul/).click();
  await expectShown(one, 'Seoul', 'orange', 'lab');
  expect(one.url()).toMatch(/#\/$/);
});

test('nothing was written into the wrong directory', async () => {
  const state = JSON.parse(await readFile(new WorkspacePaths(seoul ?? '').state, 'utf8')) as {
    services: object;
  };
  expect(Object.keys(state.services)).toEqual(['ledger']);
});
