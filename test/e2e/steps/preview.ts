import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { usual, type Scenario } from '../../support/renderer-preview/scenario.ts';
import { startPreview, type Preview } from '../../support/renderer-preview/server.ts';

const built = path.join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist', 'renderer');

/** Opens a page of the built renderer on answers from fixtures. `complaints` fills with what the page complains of. */
export async function openPreview(
  page: Page,
  hash: string,
  scenario: Partial<Scenario> = {},
): Promise<{ preview: Preview; complaints: readonly string[] }> {
  const complaints: string[] = [];
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const preview = await startPreview(built, { ...usual, ...scenario });
  await page.goto(`${preview.url}#${hash}`);
  await page.locator('#content h1, #content h2').first().waitFor();
  return { preview, complaints };
}
