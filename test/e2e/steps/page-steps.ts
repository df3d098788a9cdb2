import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';

export const main = (page: Page): Locator => page.getByRole('main');
export const button = (page: Page | Locator, name: string | RegExp): Locator =>
  page.getByRole('button', { name });

/** Goes to a page of the console by its path behind `#`, without loading anew. */
export async function visit(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.locator('#content h1').first().waitFor();
  await settled(page);
}

/** Nothing is being loaded any more. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('.bc-skeletons')).toHaveCount(0);
}

/** Every rule of axe over the page as it stands. */
export async function expectNoViolations(page: Page): Promise<void> {
  // The pages have no frames, for which a second page would be opened, and what is in order is not asked for: a quarter of the time.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
    page.url(),
  ).toEqual([]);
}

/** The same, once the page is there: the next one may still be on its way. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await settled(page);
  await expectNoViolations(page);
}

/** Nothing of the page lies outside the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
}

/** Lets a file fall on the page, as a file manager does. Answers the viewer's dialog. */
export async function dropFile(page: Page, name: string, bytes: Buffer): Promise<Locator> {
  const dataTransfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(bytes.toString('base64'))}), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    return transfer;
  })()`);
  for (const event of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('#content', event, { dataTransfer });
  const dialog = page.getByRole('dialog', { name });
  await expect(dialog).toBeVisible();
  return dialog;
}

export async function closeDialog(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await expect(dialog).toBeHidden();
}
