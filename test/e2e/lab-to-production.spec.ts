import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { installation, type Installation } from '../support/installation.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { custodians, takeShare } from './steps/ceremony.ts';
import { button, expectAccessible, expectNoSidewaysScroll, main, visit } from './steps/page-steps.ts';
import { giveShare, restartOpenBao, sealedBanner, serverWork } from './steps/servers.ts';

const passphrase = 'a passphrase for the recovery file';
const names = ['Kim', 'Lee', 'Park'] as const;

test.describe.configure({ mode: 'serial' });

let lab: Installation;
let web: WebConsole;
let page: Page;
let old: readonly string[];
let shares: readonly string[];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  lab = await installation();
  old = (await readFile(lab.paths.unsealKeys, 'utf8')).trim().split('\n');
  web = await startWebConsole({ workspace: lab.paths.root });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(web.address);
  await page.locator('#content h1').waitFor();
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await page?.context().close();
  await web?.close();
  await lab?.stop();
});

const mark = (kind: string): Promise<void> =>
  expect(page.locator('.bc-rail .bc-kind, .bc-header .bc-kind').first()).toHaveAttribute('data-kind', kind);

test('a lab says so, keeps its shares in a file of 0600, and offers the way to production', async () => {
  await mark('lab');
  expect((await stat(lab.paths.unsealKeys)).mode & 0o777).toBe(0o600);
  await visit(page, '/openbao');
  await expect(main(page).getByText('in the work directory (lab)')).toBeVisible();
  await main(page).getByRole('link', { name: 'Move to production' }).click();
  await expect(page.getByRole('heading', { name: 'Move to production', level: 1 })).toBeVisible();
});

test('asks who keeps the shares, and takes no custodian twice', async () => {
  await main(page).getByRole('textbox', { name: 'Shares', exact: true }).fill('3');
  await main(page).getByLabel('Needed to unseal').fill('2');
  for (const [index, name] of names.entries())
    await main(page)
      .getByLabel(`Custodian ${index + 1} of 3`)
      .fill(index === 2 ? 'Kim' : name);
  await expect(button(page, 'See the plan')).toBeDisabled();
  await expectAccessible(page);
  await main(page).getByLabel('Custodian 3 of 3').fill('Park');
  await button(page, 'See the plan').click();
  await expect(main(page).getByText(path.basename(lab.paths.unsealKeys)).first()).toBeVisible();
  await expectAccessible(page);
});

test('moves to production under a passphrase, with the old shares refused', async () => {
  await main(page).getByLabel('Passphrase of the recovery file').fill(passphrase);
  await main(page).getByLabel('The same once more').fill(passphrase);
  await expect(button(page, 'Move to production')).toBeDisabled();
  await main(page).getByLabel('Type PRODUCTION to confirm').fill('PRODUCTION');
  await button(page, 'Move to production').click();
  await button(page, 'Hand out the shares')
    .or(page.getByRole('link', { name: 'Hand out the shares' }))
    .waitFor(serverWork);
  await expect(main(page).getByText('The new shares')).not.toHaveCount(0);
  await expectAccessible(page);
  await mark('production');
  await expect(access(lab.paths.unsealKeys)).rejects.toThrow('ENOENT');
  expect((await stat(lab.paths.recoveryFile)).mode & 0o777).toBe(0o600);
});

test('hands each share to its custodian, who proves the note', async () => {
  await page.getByRole('link', { name: 'Hand out the shares' }).click();
  await main(page).getByLabel('Passphrase of the set-up', { exact: true }).fill('not this passphrase');
  const cards = custodians(page);
  await expect(cards).toHaveCount(3);
  await button(cards.first(), 'Reveal').click();
  await expect(cards.first().getByRole('alert')).toContainText('does not open the recovery file');
  await main(page).getByLabel('Passphrase of the set-up', { exact: true }).fill(passphrase);
  await expect(button(cards.nth(1), 'Reveal')).toHaveCount(0);
  const taken: string[] = [];
  for (const index of names.keys()) taken.push(await takeShare(page, cards.nth(index)));
  shares = taken;
  expect(new Set([...shares, ...old]).size).toBe(shares.length + old.length);
  await expect(main(page).getByText('Every custodian has confirmed.')).toBeVisible();
  await expectAccessible(page);
  expect(await page.content()).not.toContain(shares[2]);
  await expect(access(lab.paths.recoveryFile)).rejects.toThrow('ENOENT');
});

test('after a restart old shares do not open OpenBao, two of the new ones do', async () => {
  await restartOpenBao(page);
  await button(sealedBanner(page), 'Unseal').click();
  const dialog = page.getByRole('dialog');
  await expect(button(dialog, 'Unseal now')).toHaveCount(0);
  await expectAccessible(page);
  await giveShare(dialog, old[0] ?? '');
  await expect(dialog.getByText('1 of 2 given')).toBeVisible();
  await giveShare(dialog, old[1] ?? shares[0] ?? '');
  await expect(dialog.getByRole('alert')).toContainText('at least one of them is wrong');
  await giveShare(dialog, shares[2] ?? '');
  await expect(dialog.getByText('1 of 2 given')).toBeVisible();
  await giveShare(dialog, shares[0] ?? '');
  await expect(dialog).toBeHidden(serverWork);
  await expect(sealedBanner(page)).toBeHidden();
  await visit(page, '/openbao');
  await expect(main(page).getByText('by people')).toBeVisible();
  await expect(main(page).getByText('2 of 3 shares')).toBeVisible();
  await expect(main(page).getByRole('link', { name: 'Move to production' })).toHaveCount(0);
  await mark('production');
  await expectNoSidewaysScroll(page);
});
