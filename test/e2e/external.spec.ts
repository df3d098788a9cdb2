import { access, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { installation, type Installation } from '../support/installation.ts';
import { freePort } from '../support/child.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { button, expectAccessible, expectNoSidewaysScroll, main, visit } from './steps/page-steps.ts';
import { serverWork } from './steps/servers.ts';
import { makeTemporaryHome, type TemporaryHome } from './steps/temporary-home.ts';

test.describe.configure({ mode: 'serial' });

let stack: Installation;
let home: TemporaryHome;
let web: WebConsole;
let page: Page;
let openbaoUrl: string;
let stepcaUrl: string;
let bundle: string;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  [stack, home] = await Promise.all([installation(), makeTemporaryHome()]);
  const text = (file: string): Promise<string> => readFile(file, 'utf8');
  openbaoUrl = (JSON.parse(await text(stack.paths.state)) as { openbao_url: string }).openbao_url;
  const { address } = JSON.parse(await text(stack.paths.caConfig)) as { address: string };
  stepcaUrl = `https://localhost:${address.split(':').pop() ?? ''}`;
  bundle = await text(stack.paths.bundle);
  web = await startWebConsole({ configHome: home.configHome, environment: home.environment });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(web.address);
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await page?.context().close();
  await web?.close();
  await home?.dispose();
  await stack?.stop();
});

const answers = () => main(page).getByRole('region', { name: 'Answers' });

test('asks running servers, and trusts a root only after its fingerprint was compared', async () => {
  await page.getByRole('link', { name: /Connect to running servers/ }).click();
  await expect(page.getByRole('heading', { name: 'Where do the servers answer?' })).toBeVisible();
  await main(page).getByLabel('OpenBao', { exact: true }).fill(openbaoUrl);
  await main(page)
    .getByLabel('step-ca', { exact: true })
    .fill(`https://localhost:${await freePort()}`);
  await button(page, 'Ask the servers').click();
  await expect(answers().getByText('unreachable')).not.toHaveCount(0, serverWork);
  await expectAccessible(page, false);
  await main(page).getByLabel('step-ca', { exact: true }).fill(stepcaUrl);
  await button(page, 'Ask the servers').click();
  const fingerprint = answers().locator('.bc-identity');
  await expect(fingerprint).toContainText('Compare it', serverWork);
  await button(fingerprint, 'It is the same: trust this root').click();
  await expect(fingerprint.getByText('Trusted by fingerprint')).toBeVisible();
  const pem = await main(page).getByLabel('Trusted roots (PEM)').inputValue();
  expect(bundle.replaceAll('\n', '')).toContain(pem.trim().replaceAll('\n', ''));
  await button(page, 'Ask the servers').click();
  await expect(answers().getByText('answers', { exact: true })).toHaveCount(2, serverWork);
  await expectAccessible(page, false);
  await expectNoSidewaysScroll(page);
});

test('plans, connects and proves, and touches nothing of the servers', async () => {
  const before = await readFile(stack.paths.state, 'utf8');
  await button(page, 'Next').click();
  await main(page).getByLabel('Name').fill('Elsewhere');
  await main(page)
    .getByLabel('Work directory')
    .fill(path.join(home.directory, 'places', 'elsewhere'));
  await expectAccessible(page, false);
  await button(page, 'See the plan').click();
  await expect(main(page).locator('.bc-plan-footer')).toBeVisible();
  await expectAccessible(page, false);
  await expect(access(path.join(home.directory, 'places', 'elsewhere'))).rejects.toThrow('ENOENT');
  await main(page).locator('.bc-plan-footer button').last().click();
  await expect(page.getByRole('heading', { name: 'Connected, and this is the proof' })).toBeVisible(
    serverWork,
  );
  await expect(main(page).locator('.bc-proofs > li').getByText('proved', { exact: true })).not.toHaveCount(0);
  await expectAccessible(page, false);
  expect(await readFile(stack.paths.state, 'utf8')).toBe(before);
  expect(await readdir(path.join(home.directory, 'places', 'elsewhere'))).toContain('state.json');
  await button(page, 'Go to Home').click();
  await expect(page.locator('.bc-kind').first()).toBeVisible();
  await visit(page, '/servers');
  await expectAccessible(page, false);
});

test('opens a work directory that is there, after looking at it without touching it', async () => {
  await visit(page, '/start');
  await page.getByRole('link', { name: /Open an existing work directory/ }).click();
  await main(page).getByLabel('Folder').fill(path.dirname(stack.paths.root));
  await button(page, 'Go').click();
  await expect(button(page, /^work/)).toContainText('Installation');
  await expect(button(page, 'Open')).toBeDisabled();
  await expectAccessible(page, false);
  await button(page, /^work/).click();
  await expect(main(page).getByText('an installation of this console')).toBeVisible();
  await button(page, 'Open').click();
  await expect(page.locator('.bc-kind').first()).toHaveAttribute('data-kind', 'lab');
  await visit(page, '/openbao');
  await expect(main(page).getByText(openbaoUrl).first()).toBeVisible();
  await expectAccessible(page, false);
  await visit(page, '/start');
  await expect(main(page).getByRole('button', { name: /Elsewhere/ })).toBeVisible();
});
