import { expect, type Locator, type Page } from '@playwright/test';

/** More tab stops than any page has. */
const most = 120;

/** Presses Tab until the target has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let stops = 0; stops < most; stops += 1) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never comes to ${String(target)}`);
}

/** Reaches a button or link and presses it. */
export async function pressOn(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeEnabled();
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Reaches a field and types over what stands in it. */
export async function typeInto(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Unfolds a part of a form; one with a remark in it may have unfolded by itself. */
export async function unfold(page: Page, head: Locator): Promise<void> {
  await expect(async () => {
    if ((await head.getAttribute('aria-expanded')) !== 'true') await pressOn(page, head);
    await expect(head).toHaveAttribute('aria-expanded', 'true', { timeout: 2_000 });
  }).toPass();
}
