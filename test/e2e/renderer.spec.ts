import { expect, test, type Page } from '@playwright/test';
import type { Scenario } from '../support/renderer-preview/scenario.ts';
import type { Preview } from '../support/renderer-preview/server.ts';
import { views } from '../support/renderer-preview/views.ts';
import { expectNoSidewaysScroll, expectNoViolations, settled } from './steps/page-steps.ts';
import { openPreview } from './steps/preview.ts';

const looks = [
  { locale: 'en', theme: 'light', width: 1440 },
  { locale: 'ko', theme: 'dark', width: 1024 },
] as const;

let preview: Preview | undefined;
test.afterEach(async () => {
  await preview?.close();
  preview = undefined;
});

async function open(page: Page, hash: string, scenario: Partial<Scenario> = {}): Promise<readonly string[]> {
  const opened = await openPreview(page, hash, scenario);
  ({ preview } = opened);
  return opened.complaints;
}

for (const { locale, theme, width } of looks) {
  // Looks take turns, so that each page is seen once and each part in both; all of them on request.
  const every = process.env['BOOTROOT_EVERY_LOOK'] !== undefined;
  const turn = looks.findIndex((look) => look.locale === locale);
  for (const { name, hash, scenario, act } of views.filter((_, index) => every || index % 2 === turn)) {
    test(`${name}: nothing for axe, nothing too wide, no complaint (${locale}, ${theme}, ${width})`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const complaints = await open(page, hash, { ...scenario, locale, theme });
      await act?.(page);
      await settled(page);
      await expectNoViolations(page);
      await expectNoSidewaysScroll(page);
      expect(complaints).toEqual([]);
    });
  }
}

test('a list of 10,000 rows draws a few, reaches its end and finds by search', async ({ page }) => {
  await open(page, '/services', { rows: 10_000 });
  const rows = page.locator('.bc-row');
  await expect(rows.first()).toContainText('edge-proxy');
  expect(await rows.count()).toBeLessThan(80);
  await page.getByRole('grid').focus();
  await page.keyboard.press('End');
  await expect(page.locator('.bc-row[data-current="true"]')).toContainText('auth-9999');
  await page.keyboard.press('/');
  await page.keyboard.type('metrics-98');
  await expect(rows.first()).toContainText('metrics-98');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/services\/metrics-98/);
});

test('every page is reached with g and its letter, and ? tells so', async ({ page }) => {
  await open(page, '/');
  for (const [letter, hash] of [
    ['s', '/services'],
    ['c', '/certificates'],
    ['r', '/rotation'],
    ['o', '/operations'],
    ['v', '/servers'],
    ['a', '/audit'],
    [',', '/settings'],
    ['h', '/'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await expect(page).toHaveURL(new RegExp(`#${hash}$`));
  }
});

test('escape closes a plan and never confirms; what is final must be typed, its secret twice', async ({
  page,
}) => {
  await open(page, '/services/edge-proxy');
  const plan = async (): Promise<void> => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: /Remove/ }).click();
  };
  await plan();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(page).toHaveURL(/#\/services\/edge-proxy$/);

  await plan();
  const confirm = dialog.locator('.bc-plan-footer button').last();
  await dialog.getByRole('textbox', { name: /Type edge-proxy/ }).fill('edge-proxy');
  await expect(confirm).toBeDisabled();
  const [secret, again] = [
    dialog.locator('input[type="password"]').first(),
    dialog.locator('input[type="password"]').nth(1),
  ];
  await secret.fill('a long passphrase');
  await again.fill('another passphrase');
  await expect(confirm).toBeDisabled();
  await again.fill('a long passphrase');
  await expect(confirm).toBeEnabled();
});

test('a share that was hidden is nowhere in the page', async ({ page }) => {
  await open(page, '/openbao/ceremony', { workspace: 'production' });
  await page.locator('input[type="password"]').fill('the passphrase of the set-up');
  await page.getByRole('button', { name: 'Reveal' }).click();
  await expect(page.locator('.bc-secret')).toContainText('f3a9f3a9');
  await page.getByRole('button', { name: 'Hide' }).click();
  expect(await page.content()).not.toContain('f3a9f3a9');
});

test('a file dropped on any page opens in the viewer, and asks for its password', async ({ page }) => {
  await open(page, '/services');
  const transfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'bundle.p12'));
    return transfer;
  })()`);
  await page.dispatchEvent('.bc-main', 'drop', { dataTransfer: transfer });
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('bundle.p12');
  await dialog.locator('input[type="password"]').fill('secret');
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(dialog).toContainText('edge-proxy on edge-node-01');
});

test('when the console goes away the page says so, since when and when it tries again', async ({ page }) => {
  await open(page, '/services');
  await preview?.close();
  await expect(page.locator('.bc-banner[data-severity="critical"]')).toContainText('has not answered');
});

test('a session that ended says what to do', async ({ page }) => {
  await open(page, '/');
  await page.getByRole('button', { name: 'Lock this session' }).click();
  await expect(page.getByRole('heading', { name: 'This session has ended' })).toBeVisible();
  await expect(page.locator('.bc-command')).toBeVisible();
});

test('the operation in hand stands at the foot of every page with its log; pinned it stays, closed it is small', async ({
  page,
}) => {
  await open(page, '/services');
  const drawer = page.getByRole('complementary', { name: 'Operation in hand' });
  await expect(drawer).toContainText('Issue now');
  await expect(drawer.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '55');
  const log = drawer.getByRole('button', { name: 'Log' });
  await expect(log).toHaveAttribute('aria-expanded', 'false');
  await log.click();
  await expect(drawer.getByText('You may leave this page')).not.toHaveCount(0);
  await drawer.getByRole('button', { name: 'Keep open after the end' }).click();
  await page.reload();
  // What was opened and pinned is so again, on another page as well.
  await expect(log).toHaveAttribute('aria-expanded', 'true');
  await expect(drawer.getByRole('button', { name: 'Keep open after the end' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page).toHaveURL(/#\/audit$/);
  await expect(drawer.getByText('You may leave this page')).not.toHaveCount(0);
  await log.click();
  await expect(drawer.getByText('You may leave this page')).toHaveCount(0);
  // Its own page shows it already.
  await drawer.getByRole('link', { name: 'Issue now' }).click();
  await expect(page.getByRole('heading', { name: 'Issue now' })).toBeVisible();
  await expect(drawer).toHaveCount(0);
});

test('the log of a server bears its name, follows, stops for who scrolls up, and closes with escape', async ({
  page,
}) => {
  await open(page, '/servers');
  const card = page.locator('.bc-server', { hasText: 'HTTP-01 responder' });
  await card.getByRole('button', { name: 'Log' }).click();
  const dialog = page.getByRole('dialog', { name: 'Log of HTTP-01 responder' });
  await expect(dialog.getByText('core: event 299')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Follow new lines' })).toHaveCount(0);
  await dialog.getByRole('log').hover();
  await page.mouse.wheel(0, -4000);
  await expect(dialog.getByText('core: event 299')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Follow new lines' }).click();
  await expect(dialog.getByText('core: event 299')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.getByRole('button', { name: 'All logs' }).click();
  await expect(page.getByRole('dialog', { name: 'All logs' })).toBeVisible();
});

test('the log of a renewal agent is that of its service, and its lines stand among all', async ({ page }) => {
  await open(page, '/servers');
  const agent = page.getByRole('list', { name: 'Renewal agents' }).getByRole('listitem').first();
  await agent.getByRole('button', { name: 'Log' }).click();
  const dialog = page.getByRole('dialog', { name: 'Log of renewal agent of edge-proxy' });
  await expect(dialog.getByText('core: event 299')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'All logs' }).click();
  const all = page.getByRole('dialog', { name: 'All logs' });
  await expect(all.getByText('agent:edge-proxy').first()).toBeVisible();
});
