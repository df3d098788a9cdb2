import { expect, test, type Page } from '@playwright/test';
import type { Scenario } from '../support/renderer-preview/scenario.ts';
import type { Preview } from '../support/renderer-preview/server.ts';
import { button, expectAccessible, main } from './steps/page-steps.ts';
import { openPreview } from './steps/preview.ts';

let preview: Preview | undefined;
test.afterEach(async () => {
  await preview?.close();
  preview = undefined;
});

async function open(page: Page, hash: string, scenario: Partial<Scenario> = {}): Promise<void> {
  ({ preview } = await openPreview(page, hash, scenario));
  await expect(page.locator('.bc-row').first()).toBeVisible();
}

const rows = (page: Page) => page.locator('.bc-row');
const chips = (page: Page) => page.getByRole('list', { name: 'Filters in force' });

test('filters are chips that narrow the list and go away one by one', async ({ page }) => {
  await open(page, '/services', { rows: 10_000 });
  await button(page, 'Filter').click();
  await page.getByRole('menuitemcheckbox', { name: 'contradicted' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'remote bootstrap' }).click();
  await expect(page.getByRole('menuitemcheckbox', { name: 'contradicted' })).toHaveAttribute(
    'aria-checked',
    'true',
  );
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(page.locator('.bc-count').first()).toHaveText('667 of 10,000');
  await expect(rows(page).first()).toContainText('metrics-8');
  await expectAccessible(page);
  await chips(page)
    .getByRole('button', { name: /Delivery/ })
    .click();
  await expect(page.locator('.bc-count').first()).toHaveText('2,000 of 10,000');
  await expect(rows(page).first()).toContainText('metrics');
  await button(page, 'Clear filters').click();
  await expect(page.locator('.bc-count').first()).toHaveText('10,000');
  await expect(chips(page)).toHaveCount(0);
});

test('x selects, the bar of all counts, and the plan of the whole selection is shown', async ({ page }) => {
  await open(page, '/services', { rows: 20 });
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  const bar = page.getByRole('toolbar', { name: 'Actions for the selected rows' });
  await expect(bar).toContainText('2 selected');
  await expect(page.locator('.bc-row[data-selected="true"]')).toHaveCount(2);
  await expectAccessible(page);
  await page.keyboard.press('x');
  await expect(bar).toContainText('1 selected');
  await rows(page).nth(4).getByRole('checkbox').click();
  await expect(page).toHaveURL(/#\/services$/);
  await expect(bar).toContainText('2 selected');
  await button(bar, 'Select all 20').click();
  await expect(bar).toContainText('20 selected');
  await button(bar, 'Rotate secret_ids').click();
  await expect(page.getByRole('dialog')).toContainText('Plan');
  await page.keyboard.press('Escape');
  await button(bar, 'Clear selection').click();
  await expect(bar).toHaveCount(0);
});

test('. opens the actions of the row and does not open the row', async ({ page }) => {
  await open(page, '/certificates');
  await page.keyboard.press('j');
  await page.keyboard.press('.');
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: 'Open certificate' })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await page.getByRole('button', { name: /^Actions of edge-proxy/ }).click();
  await expect(page).toHaveURL(/#\/certificates$/);
  await menu.getByRole('menuitem', { name: "Open the service's page" }).click();
  await expect(page).toHaveURL(/#\/services\/edge-proxy$/);
});

test('selected certificates are copied as a table, as fingerprints and as PEM', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '/certificates');
  await rows(page).nth(0).getByRole('checkbox').click();
  await rows(page).nth(2).getByRole('checkbox').click();
  const bar = page.getByRole('toolbar');
  const clipboard = (): Promise<unknown> => page.evaluate('navigator.clipboard.readText()');
  await button(bar, 'Copy as CSV').click();
  const table = String(await clipboard())
    .trim()
    .split('\r\n');
  expect(table).toHaveLength(3);
  expect(table[0]).toMatch(/^title,kind,state/);
  expect(table[2]).toContain('edge-proxy');
  await button(bar, 'Copy fingerprints').click();
  expect(String(await clipboard()).split('\n')).toHaveLength(2);
  await button(bar, 'Copy PEM').click();
  await expect(bar.getByText('Copied')).not.toHaveCount(0);
});

test('a view is saved under a name, found again later, and forgotten', async ({ page }) => {
  await open(page, '/services', { rows: 100 });
  await button(page, 'Filter').click();
  await page.getByRole('menuitemcheckbox', { name: 'contradicted' }).click();
  await page.keyboard.press('Escape');
  await main(page).getByLabel('Search services').fill('metrics-9');
  await button(page, 'Views').click();
  await page.getByRole('menuitem', { name: 'Save this view' }).click();
  await page.getByLabel('Name of the view').fill('In trouble');
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(button(page, 'In trouble')).toBeVisible();

  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.reload();
  // Keys are heard once the page is there.
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(rows(page).first()).toContainText('edge-proxy');
  await button(page, 'Views').click();
  await page.getByRole('menuitem', { name: 'In trouble' }).click();
  await expect(main(page).getByLabel('Search services')).toHaveValue('metrics-9');
  await expect(chips(page)).toContainText('contradicted');
  await expect(rows(page).first()).toContainText('metrics-9');
  await button(page, 'In trouble').click();
  await page.getByRole('menuitem', { name: /^Forget/ }).click();
  await expect(button(page, 'Views')).toBeVisible();
});

test('a list that filters have emptied says so, and gives its rows back', async ({ page }) => {
  await open(page, '/certificates');
  await button(page, 'Filter').click();
  await page.getByRole('menuitemcheckbox', { name: 'not yet valid' }).click();
  await page.keyboard.press('Escape');
  await expect(main(page).getByText('Nothing fits these filters.')).toBeVisible();
  await main(page).locator('.bc-empty').getByRole('button', { name: 'Clear filters' }).click();
  await expect(rows(page)).toHaveCount(3);
});
