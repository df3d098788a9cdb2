import { readFile } from 'node:fs/promises';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { installation, type Installation } from '../support/installation.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import {
  button,
  expectAccessible,
  expectNoSidewaysScroll,
  main,
  settled,
  visit,
} from './steps/page-steps.ts';

/** Real servers restart and prove meanwhile. */
const serverWork = { timeout: 120_000 };

test.describe.configure({ mode: 'serial' });

let stack: Installation;
let web: WebConsole;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  stack = await installation();
  for (const name of ['edge', 'inner']) await stack.must(['service', 'add', name]);
  web = await startWebConsole({ workspace: stack.paths.root });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text());
  });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(web.address);
  await main(page).waitFor();
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await page?.context().close();
  await web?.close();
  await stack?.stop();
});

const row = (text: string | RegExp): Locator => page.locator('.bc-row', { hasText: text });
const dialog = (): Locator => page.getByRole('dialog');
const secretId = (id: string): Promise<string> =>
  readFile(stack.paths.serviceSecret(id, 'secret_id'), 'utf8');

/** Opens the rotation of a row of the due list. */
async function begin(name: string, rotate: string): Promise<void> {
  // From another page, so that no search of before stands in the way.
  await visit(page, '/operations');
  await visit(page, '/rotation');
  await row(name)
    .getByRole('button', { name: `${rotate} ${name}` })
    .click();
  await expect(dialog()).toBeVisible();
}

/** Confirms the plan that is open and waits until the operation is proved. */
async function confirm(words: {
  readonly cancel: string;
  readonly rotate: string;
  readonly done: string;
}): Promise<Locator> {
  const plan = dialog().locator('.bc-plan');
  await expect(plan).toBeVisible(serverWork);
  await expect(button(plan, words.cancel)).toBeFocused();
  await expect(plan.locator('[data-met="false"]')).toHaveCount(0);
  await expectAccessible(page);
  await button(plan, words.rotate).click();
  await expect(page).toHaveURL(/#\/operations\//);
  const state = main(page).locator('.bc-verdict');
  await expect(state).toHaveText(new RegExp(`^${words.done}`, 'i'), serverWork);
  const proofs = main(page).locator('.bc-proofs > li');
  await expect(proofs.first()).toBeVisible();
  await expectAccessible(page);
  return proofs;
}
const english = { cancel: 'Cancel', rotate: 'Rotate', done: 'done' };

test('the due list says the age of everything, and when the secret_ids end by themselves', async () => {
  await visit(page, '/');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page).toHaveURL(/#\/rotation$/);
  const secrets = row('secret_ids of services');
  await expect(secrets).toContainText('In time');
  // A secret_id lives for a day; a moment of it has passed.
  await expect(secrets).toContainText(/in\s23\sh\s5\d\smin/);
  await expect(row('Certificates of services')).toContainText('No policy');
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test('a policy is set from the list, and what is then late is seen, sorted to the top and audited', async () => {
  await button(row('Responder secret'), /^Policy of Responder secret/).click();
  await page.getByRole('menuitem', { name: 'Another number of days' }).click();
  await dialog().getByLabel('Days until it is due').fill('0.05');
  await button(dialog(), 'Set the policy').click();
  await expect(dialog()).toBeHidden();
  await expect(row('Responder secret')).toContainText(/1\sh\s12\smin/);
  await button(row('Responder secret'), /^Policy of Responder secret/).click();
  await page.getByRole('menuitem', { name: 'none' }).click();
  await expect(row('Responder secret')).toContainText('No policy');
  await visit(page, '/audit');
  await expect(main(page).locator('.bc-row', { hasText: 'responder-hmac' })).toHaveCount(2);
});

test('the keys reach a row, its actions and its plan, and escape never confirms', async () => {
  await visit(page, '/rotation');
  await page.keyboard.press('/');
  await page.keyboard.type('database');
  await page.keyboard.press('Escape');
  await expect(page.locator('.bc-row')).toHaveCount(1);
  await page.keyboard.press('j');
  await page.keyboard.press('.');
  await expect(page.getByRole('menuitem', { name: 'Copy as command' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await page.locator('#content').focus();
  await page.keyboard.press('Enter');
  await expect(button(dialog(), 'Cancel')).toBeFocused(serverWork);
  await page.keyboard.press('Escape');
  await expect(dialog()).toBeHidden();
  const { total } = JSON.parse((await stack.must(['operations', 'list', '--json'])).stdout) as {
    total?: number;
  };
  expect(total ?? 0).toBe(0);
});

test('one secret_id is rotated and proved: the old one is refused, nobody else is touched', async () => {
  test.setTimeout(180_000);
  const [edge, inner] = await Promise.all([secretId('edge'), secretId('inner')]);
  await begin('secret_ids of services', 'Rotate…');
  await dialog().getByLabel('Chosen services').check();
  await expect(button(dialog(), 'See the plan')).toBeDisabled();
  await dialog().getByLabel('edge', { exact: true }).check();
  await expectAccessible(page);
  await button(dialog(), 'See the plan').click();
  await expect(dialog().locator('.bc-plan')).toBeVisible(serverWork);
  await button(dialog(), 'What touches what').click();
  await expect(dialog().locator('.react-flow__node', { hasText: 'edge' }).first()).toBeVisible();
  await dialog().locator('.bc-impact').getByText('Text', { exact: true }).click();
  await expect(dialog().locator('.bc-impact-text')).toContainText(/services\/edge\/secret_id → edge/);
  await dialog().locator('.bc-impact').getByText('JSON', { exact: true }).click();
  await expect(dialog().locator('.bc-impact-text')).toContainText('"kind": "rotate.approle-secret-id"');
  await button(dialog(), 'Cancel').focus();
  const proofs = await confirm(english);
  await expect(proofs.filter({ hasText: 'The new secret_ids log in' })).toContainText('proved');
  await expect(proofs.filter({ hasText: 'The old secret_ids are refused' })).toContainText('proved');
  expect(await secretId('edge')).not.toBe(edge);
  expect(await secretId('inner')).toBe(inner);
  // Fingerprints only: no value is anywhere on the page.
  for (const value of [edge, await secretId('edge')])
    await expect(page.locator('body')).not.toContainText(value.trim());
});

test('the database password is rotated and proved by a login, a refusal and an issuance', async () => {
  test.setTimeout(240_000);
  await begin('Database password of step-ca', 'Rotate…');
  const proofs = await confirm(english);
  await expect(proofs.filter({ hasText: 'PostgreSQL accepts the new password' })).toContainText('proved');
  await expect(proofs.filter({ hasText: 'PostgreSQL refuses the old password' })).toContainText('proved');
  await expect(proofs.filter({ hasText: 'step-ca signs a certificate' })).toContainText('proved');
});

test('trust is published as one generation and verifies every leaf', async () => {
  test.setTimeout(240_000);
  await begin('Trust: CA bundle and pins', 'Rotate…');
  const proofs = await confirm(english);
  await expect(proofs.filter({ hasText: 'The published bundle verifies every live leaf' })).toContainText(
    'proved',
  );
});

test('the timeline has every credential, by time and by kind, and opens its page', async () => {
  await visit(page, '/rotation/timeline');
  // Two secret_ids, two leaves, console and two agents, session, root and intermediate.
  await expect(row('edge').first()).toBeVisible();
  await expect(main(page).getByText('10 credentials')).toBeVisible();
  await expect(row('Intermediate').filter({ hasText: /in\s/ })).toHaveCount(1);
  await main(page).getByText('By kind').click();
  await expect(row('Leaf').first()).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Search credentials').fill('inner');
  await expect(row('inner')).toHaveCount(2);
  await expectNoSidewaysScroll(page);
  await row('inner').first().click();
  await expect(page).toHaveURL(/#\/services\/inner$/);
});

test('the history names who, plan and fingerprints, filters by secret and opens the operation', async () => {
  await visit(page, '/rotation/history');
  await expect(page.locator('.bc-row')).toHaveCount(3);
  await expect(row('database')).toContainText(/sha256:[0-9a-f]{8}/);
  await expect(row('database')).toContainText(/web/);
  await expectAccessible(page);
  await page.getByRole('combobox', { name: 'Every secret' }).click();
  await page.getByRole('option', { name: 'Trust: CA bundle and pins' }).click();
  await expect(page.locator('.bc-row')).toHaveCount(1);
  await row('Synchronise trust').getByRole('link').click();
  await expect(page).toHaveURL(/#\/operations\//);
});

test('a sealed OpenBao is seen in the plan, which then cannot be confirmed', async () => {
  test.setTimeout(180_000);
  await visit(page, '/servers');
  await button(page, 'More for OpenBao').click();
  await page.getByRole('menuitem', { name: 'Restart' }).click();
  await button(dialog(), /restart/i).click();
  const banner = page.locator('.bc-banner[data-severity="sealed"]');
  await expect(banner).toBeVisible(serverWork);
  await visit(page, '/rotation');
  await expect(row('Database password of step-ca')).toContainText('Age not known');
  await begin('Database password of step-ca', 'Rotate…');
  const plan = dialog().locator('.bc-plan');
  await expect(plan).toBeVisible(serverWork);
  await expect(plan.locator('[data-met="false"]').first()).toBeVisible();
  await expect(button(plan, 'Rotate')).toBeDisabled();
  await button(plan, 'Cancel').click();
  await button(banner, 'Unseal').click();
  await button(dialog(), 'Unseal now').click();
  await expect(banner).toBeHidden(serverWork);
});

test('in Korean: the responder secret is rotated and proved', async () => {
  test.setTimeout(240_000);
  await page.locator('.bc-header button', { hasText: 'English' }).click();
  await page.getByRole('menuitem', { name: '한국어' }).click();
  await begin('리스폰더 시크릿', '회전…');
  await expectAccessible(page);
  await button(dialog(), '계획 보기').click();
  const proofs = await confirm({ cancel: '취소', rotate: '회전', done: '완료' });
  await expect(proofs).toHaveCount(3);
  await expect(proofs.locator('.bc-badge')).toHaveText(['확인됨', '확인됨', '확인됨']);
  await visit(page, '/rotation/history');
  await expect(row('리스폰더')).toHaveCount(1);
  await settled(page);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});
