import { expect, type Locator, type Page } from '@playwright/test';
import { button, main } from './page-steps.ts';
import { serverWork } from './servers.ts';

/** The cards of the custodians, in their order. */
export const custodians = (page: Page): Locator =>
  main(page)
    .getByRole('region')
    .filter({ hasText: /^\d+\. / });

/** Reads the share that one custodian reveals, and hides it again. */
export async function readShare(page: Page, card: Locator): Promise<string> {
  await button(card, 'Reveal').click();
  // The recovery file is opened with a slow key on purpose; a busy machine takes its time.
  await expect(card.locator('.bc-secret')).toBeVisible(serverWork);
  const share = await card.locator('.bc-secret').innerText();
  await button(card, 'Hide').click();
  await expect(card.locator('.bc-secret')).toBeHidden();
  return share.trim();
}

/** One custodian notes the share and proves the note. Answers the share. */
export async function takeShare(page: Page, card: Locator): Promise<string> {
  const share = await readShare(page, card);
  await card.getByLabel('Last six characters').fill(share.slice(-6));
  await button(card, 'Confirm the note').click();
  await expect(card.getByText('confirmed', { exact: true })).toBeVisible(serverWork);
  return share;
}
