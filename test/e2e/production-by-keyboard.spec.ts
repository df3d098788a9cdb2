import { access } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { freePort } from '../support/child.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { custodians } from './steps/ceremony.ts';
import { pressOn, tabTo, typeInto, unfold } from './steps/keyboard.ts';
import { button, expectAccessible, main, visit } from './steps/page-steps.ts';
import { makeTemporaryHome, type TemporaryHome } from './steps/temporary-home.ts';

const passphrase = 'typed without a mouse';
const names = ['Kim', 'Lee'] as const;
const ports = [
  'OpenBao',
  'OpenBao cluster',
  'PostgreSQL',
  'step-ca',
  'ACME HTTP-01 answers',
  'Responder administration',
] as const;

test.describe.configure({ mode: 'serial' });

let home: TemporaryHome;
let web: WebConsole;
let page: Page;
const work = (): string => path.join(home.directory, 'production');

test.beforeAll(async ({ browser }) => {
  home = await makeTemporaryHome();
  web = await startWebConsole({ configHome: home.configHome, environment: home.environment });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  // Whoever has no mouse never presses one.
  await page.addInitScript(
    "addEventListener('pointerdown', () => { throw new Error('a mouse was used'); }, true)",
  );
  await page.goto(web.address);
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await page?.context().close();
  await web?.close();
  await home?.dispose();
});

test('from the first screen to the plan of a production installation, by keyboard', async () => {
  await pressOn(page, page.getByRole('link', { name: /Set up a certificate authority on this computer/ }));
  await tabTo(page, page.getByRole('radio', { name: /^Lab/ }));
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: /^Production/ })).toBeChecked();
  await expectAccessible(page);
  await pressOn(page, button(page, 'Next'));

  await expect(page.getByRole('heading', { name: 'These settings fit this computer' })).toBeFocused();
  await typeInto(page, main(page).getByLabel('Work directory'), work());
  await unfold(page, button(page, 'Unseal key shares'));
  await typeInto(page, main(page).getByRole('textbox', { name: 'Shares', exact: true }), '2');
  await typeInto(page, main(page).getByLabel('Needed to unseal'), '3');
  await expect(button(page, 'See the plan')).toBeDisabled();
  await expect(main(page).getByText('The threshold cannot be larger')).toBeVisible();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('2');
  await unfold(page, button(page, 'Ports'));
  for (const name of ports)
    await typeInto(page, main(page).getByRole('textbox', { name, exact: true }), String(await freePort()));
  for (const [index, name] of names.entries()) {
    const field = main(page).getByLabel(`Custodian ${index + 1} of 2`);
    await field.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type(name);
  }
  await expectAccessible(page);
  await pressOn(page, button(page, 'See the plan'));
  await expect(button(page, 'Back')).toBeFocused();
});

test('the passphrase is asked twice, then it is set up and proved', async () => {
  test.setTimeout(300_000);
  const confirm = button(page, /^Set up /);
  await expect(confirm).toBeDisabled();
  await typeInto(page, main(page).getByLabel('Passphrase of the recovery file'), passphrase);
  await typeInto(page, main(page).getByLabel('The same once more'), `${passphrase}.`);
  await expect(confirm).toBeDisabled();
  await page.keyboard.press('Backspace');
  await expect(confirm).toBeEnabled();
  await expectAccessible(page);
  await page.keyboard.press('Control+Enter');
  const proof = page.getByRole('heading', { name: 'It runs, and this is the proof' });
  const failed = page.getByRole('alert');
  await expect(proof.or(failed)).toBeVisible({ timeout: 240_000 });
  expect(await failed.allInnerTexts()).toEqual([]);
  await expectAccessible(page);
  await expect(access(path.join(work(), 'secrets/openbao/unseal-keys.txt'))).rejects.toThrow('ENOENT');
  await access(path.join(work(), 'secrets/openbao/recovery.age'));
});

test('each custodian reveals, notes and proves one share; then nothing is kept', async () => {
  await pressOn(page, button(page, 'Hand out the shares'));
  await expect(page.locator('.bc-kind').first()).toHaveAttribute('data-kind', 'production');
  await typeInto(page, main(page).getByLabel('Passphrase of the set-up', { exact: true }), passphrase);
  const shares: string[] = [];
  for (const index of names.keys()) {
    const card = custodians(page).nth(index);
    await expect(card).toContainText(`It is ${names[index] ?? ''}'s turn.`);
    await pressOn(page, button(card, 'Reveal'));
    const share = (await card.locator('.bc-secret').innerText()).trim();
    await typeInto(page, card.getByLabel('Last six characters'), index === 0 ? 'wrong!' : share.slice(-6));
    await page.keyboard.press('Enter');
    if (index === 0) {
      await expect(card.getByRole('alert')).toBeVisible();
      await expectAccessible(page);
      await typeInto(page, card.getByLabel('Last six characters'), share.slice(-6));
      await page.keyboard.press('Enter');
    }
    await expect(card.getByText('confirmed', { exact: true })).toBeVisible();
    await expect(card.locator('.bc-secret')).toHaveCount(0);
    shares.push(share);
  }
  expect(new Set(shares).size).toBe(names.length);
  await expect(main(page).getByText('Every custodian has confirmed.')).toBeVisible();
  await expect(access(path.join(work(), 'secrets/openbao/recovery.age'))).rejects.toThrow('ENOENT');
  const content = await page.content();
  for (const share of shares) expect(content).not.toContain(share);
  await expectAccessible(page);
  await visit(page, '/');
  await expect(main(page).getByText('no service is enrolled yet')).toBeVisible();
});
