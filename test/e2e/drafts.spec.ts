import { expect, test, type Page } from '@playwright/test';
import type { Preview } from '../support/renderer-preview/server.ts';
import { button, main, visit } from './steps/page-steps.ts';
import { openPreview } from './steps/preview.ts';

let preview: Preview | undefined;
test.afterEach(async () => {
  await preview?.close();
  preview = undefined;
});

const host = (page: Page) => main(page).getByLabel('Host name');

test('a wizard that is left at once keeps the last letter, and comes back to its step', async ({ page }) => {
  ({ preview } = await openPreview(page, '/services/new'));
  await host(page).fill('edge-node-77');
  // Before the draft is sent by itself.
  await visit(page, '/services');
  await visit(page, '/services/new');
  await expect(host(page)).toHaveValue('edge-node-77');
  await button(page, 'Next').click();
  await visit(page, '/');
  await page.reload();
  await visit(page, '/services/new');
  await expect(page.getByRole('heading', { level: 2, name: 'Where do its files go?' })).toBeVisible();
  await button(page, 'Back').click();
  await expect(host(page)).toHaveValue('edge-node-77');
});

test('a wizard that is finished starts anew, also when it is left in the same moment', async ({ page }) => {
  ({ preview } = await openPreview(page, '/services/new'));
  await host(page).fill('edge-node-77');
  await button(page, 'Next').click();
  await button(page, 'See the plan').click();
  await main(page).locator('.bc-plan-footer button').last().click();
  await button(page, "Open the service's page").click({ timeout: 5_000 });
  await visit(page, '/services/new');
  await expect(host(page)).toHaveValue('edge-node-01');
  await page.reload();
  await visit(page, '/services/new');
  await expect(host(page)).toHaveValue('edge-node-01');
});
