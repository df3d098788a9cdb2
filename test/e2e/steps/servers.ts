import { expect, type Locator, type Page } from '@playwright/test';
import { button, visit } from './page-steps.ts';

/** Up to a minute and a half, for what runs real servers. */
export const serverWork = { timeout: 90_000 };

/** The banner that stands on every page while OpenBao is sealed. */
export const sealedBanner = (page: Page): Locator => page.locator('.bc-banner[data-severity="sealed"]');

/** Restarts OpenBao from the page of the servers; it comes back sealed. */
export async function restartOpenBao(page: Page): Promise<void> {
  await visit(page, '/servers');
  await button(page, 'More for OpenBao').click();
  await page.getByRole('menuitem', { name: 'Restart' }).click();
  const dialog = page.getByRole('dialog');
  await button(dialog, /restart/i).waitFor();
  // Asked in a production installation.
  const label = dialog.getByText(/^Type .+ to confirm$/);
  const name = (await label.count()) === 0 ? undefined : (await label.innerText()).slice(5, -11);
  if (name !== undefined) await dialog.getByRole('textbox').fill(name);
  await button(dialog, /restart/i).click();
  await expect(sealedBanner(page)).toContainText('OpenBao is sealed.', serverWork);
}

/** Gives one share in the dialog that unseals. */
export async function giveShare(dialog: Locator, share: string): Promise<void> {
  await dialog.getByLabel('Unseal key share', { exact: true }).fill(share);
  await button(dialog, 'Give share').click();
}
