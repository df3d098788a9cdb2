// Pictures of every page, in both languages, both themes and two widths: first every face from the fixtures of the preview,
// then the built console on real servers.
//   npx tsx test/support/screenshots.ts DIRECTORY [FILTER [WIDTHS]]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from '@playwright/test';
import { makeTemporaryHome } from '../e2e/steps/temporary-home.ts';
import { usual } from './renderer-preview/scenario.ts';
import { startPreview } from './renderer-preview/server.ts';
import { views } from './renderer-preview/views.ts';
import { startWebConsole } from './web.ts';

const built = fileURLToPath(new URL('../../dist/renderer', import.meta.url));
const [directory, filter = '', widths = '1440,1024'] = process.argv.slice(2);
const looks = (['en', 'ko'] as const).flatMap((locale) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    widths.split(',').map((width) => ({ locale, theme, width: Number(width) })),
  ),
);

const pages: readonly (readonly [name: string, hash: string])[] = [
  ['home', '/'],
  ['services', '/services'],
  ['service', '/services/edge-proxy'],
  ['service-new', '/services/new'],
  ['certificates', '/certificates'],
  ['certificate', '/certificates/certs%2Fedge-proxy.crt'],
  ['rotation', '/rotation'],
  ['rotation-timeline', '/rotation/timeline'],
  ['rotation-history', '/rotation/history'],
  ['operations', '/operations'],
  ['servers', '/servers'],
  ['audit', '/audit'],
  ['settings', '/settings'],
  ['openbao', '/openbao'],
  ['production', '/openbao/production'],
  ['ceremony', '/openbao/ceremony'],
];

async function press(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('button', { name }).last().click();
}

async function speak(page: Page, language: string): Promise<void> {
  await page.locator('.bc-header button', { hasText: /^(English|한국어)$/ }).click();
  await page.getByRole('menuitem', { name: language }).click();
}

async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(250);
  await page.locator('.bc-skeletons').first().waitFor({ state: 'detached' });
  // Streams bring their first picture a moment after the page.
  await page.waitForTimeout(350);
}

/** The whole page, also what scrolls in it. */
async function picture(page: Page, file: string): Promise<void> {
  const size = page.viewportSize();
  const height: unknown = await page.evaluate(
    `Math.max(innerHeight, ...[...document.querySelectorAll('main')].map((each) => each.scrollHeight + each.offsetTop))`,
  );
  if (size !== null && typeof height === 'number') await page.setViewportSize({ ...size, height });
  await page.screenshot({ path: file, fullPage: true });
  if (size !== null) await page.setViewportSize(size);
}

async function visit(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await settled(page);
}

/** A running installation with two services, the second with a long name; pictures of the wizards on the way. */
async function walk(page: Page, shot: (name: string) => Promise<void>): Promise<void> {
  await page.getByRole('heading', { name: 'Welcome to Bootroot Console' }).waitFor();
  await shot('first-run');
  await page.getByRole('link', { name: /Set up a certificate authority/ }).click();
  await shot('setup-kind');
  await press(page, /^Next$/);
  await shot('setup-settings');
  await press(page, /^See the plan$/);
  await page.getByRole('button', { name: /^Set up / }).waitFor();
  await shot('setup-plan');
  await press(page, /^Set up /);
  await page.getByRole('button', { name: 'Add a service' }).waitFor({ timeout: 240_000 });
  await shot('setup-proof');
  await press(page, /^Add a service$/);
  for (const name of [undefined, 'payments-settlement-reconciliation-worker']) {
    await page.locator('.bc-fields input').first().waitFor();
    if (name !== undefined) await page.locator('.bc-fields input').first().fill(name);
    await settled(page);
    await shot('add-who');
    await press(page, /^Next$/);
    await shot('add-where');
    await press(page, /^See the plan$/);
    await page.getByRole('button', { name: /^Add (edge|payments)/ }).waitFor();
    await shot('add-plan');
    await press(page, /^Add (edge|payments)/);
    await page.getByRole('button', { name: "Open the service's page" }).waitFor({ timeout: 120_000 });
    await shot('add-proof');
    await press(page, name === undefined ? /^Add another$/ : /^Open the service's page$/);
  }
}

/** Every face of every page from fixtures. */
async function shootFaces(browser: Browser, directory: string, filter: RegExp): Promise<void> {
  for (const { locale, theme, width } of looks) {
    for (const view of views) {
      const name = `face-${view.name.replaceAll(/[^A-Za-z]+/g, '-')}-${locale}-${theme}-${width}`;
      if (!filter.test(name)) continue;
      const preview = await startPreview(built, { ...usual, ...view.scenario, locale, theme });
      const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
      await page.goto(`${preview.url}#${view.hash}`);
      await page.locator('#content h1, #content h2').first().waitFor();
      await view.act?.(page);
      await settled(page);
      await picture(page, path.join(directory, `${name}.png`));
      await page.close();
      await preview.close();
    }
  }
}

/** Every page of a real installation. */
async function shootInstallation(browser: Browser, directory: string, filter: RegExp): Promise<void> {
  const home = await makeTemporaryHome();
  const web = await startWebConsole({ configHome: home.configHome, environment: home.environment });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(web.address);
    const shoot = async (name: string): Promise<void> => {
      await settled(page);
      if (filter.test(name)) await picture(page, path.join(directory, `${name}.png`));
    };
    await walk(page, (name) => shoot(`walk-${name}`));
    let spoken = 'en';
    for (const { locale, theme, width } of looks) {
      if (locale !== spoken) await speak(page, '한국어');
      spoken = locale;
      // The theme follows the system until somebody chooses one.
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      for (const [name, hash] of pages) {
        await visit(page, hash);
        await shoot(`${name}-${locale}-${theme}-${width}`);
      }
      await visit(page, '/operations');
      await page.locator('.bc-row-link').first().click();
      await shoot(`operation-${locale}-${theme}-${width}`);
    }
  } finally {
    await web.close();
    await home.dispose();
  }
}

/** Runs until every picture is taken; servers are stopped and the home is removed. */
async function main(directory: string, filter: RegExp): Promise<void> {
  await mkdir(directory, { recursive: true });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    await shootFaces(browser, directory, filter);
    // A filter for faces alone needs no servers.
    if (!filter.source.startsWith('^face')) await shootInstallation(browser, directory, filter);
  } finally {
    await browser.close();
  }
}

if (directory === undefined)
  throw new Error('npx tsx test/support/screenshots.ts DIRECTORY [FILTER [WIDTHS]]');
await main(directory, new RegExp(filter));
