import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page } from '@playwright/test';
import { usual, type Scenario } from '../../support/renderer-preview/scenario.ts';
import { startPreview, type Preview } from '../../support/renderer-preview/server.ts';

const built = path.join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist', 'renderer');

/** Chromium drops what it loads when an interface of the machine comes or goes: containers of another test began or ended. */
const networkChanged = 'net::ERR_NETWORK_CHANGED';

/** Opens a page of the built renderer on answers from fixtures. `complaints` fills with what the page complains of. */
export async function openPreview(
  page: Page,
  hash: string,
  scenario: Partial<Scenario> = {},
): Promise<{ preview: Preview; complaints: readonly string[] }> {
  const complaints: string[] = [];
  let cut = false;
  page.on('console', (line) => {
    if (line.text().includes(networkChanged)) cut = true;
    else if (line.type() === 'error') complaints.push(line.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const preview = await startPreview(built, { ...usual, ...scenario });
  await page.goto(`${preview.url}#${hash}`);
  const there = page.locator('#content h1, #content h2').first();
  await expect
    .poll(async () => {
      if (cut) {
        cut = false;
        await page.reload().catch(() => undefined);
      }
      return there.isVisible();
    })
    .toBe(true);
  return { preview, complaints };
}
