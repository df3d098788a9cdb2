import { expect, test, type Locator, type Page } from '@playwright/test';
import {
  button,
  closeDialog,
  dropFile,
  expectAccessible,
  expectNoSidewaysScroll,
  main,
  visit,
} from './page-steps.ts';
import { makeSampleFiles, samplePassword } from './sample-files.ts';
import { restartOpenBao, sealedBanner, serverWork } from './servers.ts';
import { makeTemporaryHome, type TemporaryHome } from './temporary-home.ts';

/** The console in one of its hosts, as a person starts and quits it. */
export interface Host {
  /** Starts the console of `home` and answers its page. */
  start(home: TemporaryHome): Promise<Page>;
  quit(): Promise<void>;
}

const proved = (place: Page | Locator): Locator => place.locator('.bc-ladder > li[data-outcome="proved"]');

/** What a newcomer does from the first start to a proved service and after it, on real servers. */
export function newcomerPath(host: Host): void {
  test.describe.configure({ mode: 'serial' });
  let home: TemporaryHome;
  let page: Page;
  const complaints: string[] = [];

  async function start(): Promise<void> {
    page = await host.start(home);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.emulateMedia({ reducedMotion: 'reduce' });
  }
  const accessible = (): Promise<void> => expectAccessible(page);

  test.beforeAll(async () => {
    home = await makeTemporaryHome();
    await start();
  });
  test.afterAll(async () => {
    test.setTimeout(120_000);
    await host.quit();
    await home.dispose();
  });

  test('comes from the first screen to running, proved servers in at most five clicks, without typing', async () => {
    test.setTimeout(300_000);
    let clicks = 0;
    const click = async (target: Locator): Promise<void> => {
      await target.click();
      clicks += 1;
    };
    await expect(page.getByRole('heading', { name: 'Welcome to Bootroot Console' })).toBeVisible();
    await accessible();
    await click(page.getByRole('link', { name: /Set up a certificate authority on this computer/ }));
    await accessible();
    await click(button(page, 'Next'));
    await accessible();
    await click(button(page, 'See the plan'));
    await expect(button(page, /^Set up /)).toBeVisible();
    await accessible();
    await click(button(page, /^Set up /));
    const proof = page.getByRole('heading', { name: 'It runs, and this is the proof' });
    const failed = page.getByRole('alert');
    await expect(proof.or(failed)).toBeVisible({ timeout: 240_000 });
    expect(await failed.allInnerTexts()).toEqual([]);
    expect(clicks).toBeLessThanOrEqual(5);
    await expect(main(page).getByText('step-ca answers over TLS that the new root verifies')).toBeVisible();
    await expect(main(page).getByText('The root token is refused')).toBeVisible();
    await accessible();
  });

  test('adds a service and proves its certificate up to a trusting peer', async () => {
    await button(page, 'Add a service').click();
    await accessible();
    await button(page, 'Next').click();
    await button(page, 'See the plan').click();
    await expect(button(page, /^Add edge-proxy/)).toBeVisible();
    await accessible();
    await button(page, /^Add edge-proxy/).click();
    await expect(page.getByRole('heading', { name: 'The service is onboarded' })).toBeVisible(serverWork);
    await accessible();
    await button(page, "Open the service's page").click();
    await expect(page.getByText('The certificate is proved up to trust by a peer.')).toBeVisible();
    await expect(proved(page)).toHaveCount(5);
    await expect(main(page).getByText("A peer with a stranger's certificate was refused")).toBeVisible();
    await accessible();
    await expectNoSidewaysScroll(page);
  });

  test('opens the certificate: sentence, chain, PEM, bytes', async () => {
    await button(page, 'Open certificate').click();
    await expect(main(page).locator('.bc-card-sentence')).toContainText(
      /a leaf, .*issued by .*, valid .* more/,
    );
    await expect(
      main(page)
        .getByText(/trust anchor of/)
        .first(),
    ).toBeVisible();
    await button(page, 'PEM').last().click();
    await expect(main(page).getByText('-----BEGIN CERTIFICATE-----')).toBeVisible();
    await button(page, 'ASN.1 structure and bytes').click();
    const elements = main(page).locator('.bc-asn1 button');
    await expect(elements.first()).toContainText('SEQUENCE');
    await elements.nth(2).click();
    await expect(main(page).locator('.bc-hex mark').first()).toBeVisible();
    await accessible();
  });

  test('reads whatever is dropped on it', async () => {
    const files = makeSampleFiles();
    await visit(page, '/certificates');
    for (const [name, bytes] of [
      ['dropped.pem', files.pem],
      ['dropped.der', files.der],
    ] as const) {
      const dialog = await dropFile(page, name, bytes);
      await expect(dialog.locator('.bc-card-sentence')).toContainText('dropped.example.test — a root CA');
      await closeDialog(dialog);
    }
    const request = await dropFile(page, 'dropped.csr', files.request);
    await expect(request.getByText('Request of dropped.example.test')).toBeVisible();
    await expect(request.getByText('key proved by signature')).toBeVisible();
    await accessible();
    await closeDialog(request);
    for (const [name, bytes] of [
      ['dropped.key', files.encryptedKey],
      ['dropped.p12', files.pkcs12],
    ] as const) {
      const dialog = await dropFile(page, name, bytes);
      await dialog.getByLabel('Password of the file').fill('not the password');
      await button(dialog, 'Open').click();
      await expect(dialog.getByRole('alert')).toContainText('The password does not open this file.');
      await dialog.getByLabel('Password of the file').fill(samplePassword);
      await button(dialog, 'Open').click();
      await expect(
        dialog.getByText('The key itself is never shown and never leaves the console.'),
      ).toBeVisible();
      await expect(dialog.getByText('ECDSA P-256').or(dialog.getByText('EC P-256')).first()).toBeVisible();
      await expect(dialog).not.toContainText('BEGIN PRIVATE KEY');
      await closeDialog(dialog);
    }
  });

  test('answers the keys', async () => {
    await visit(page, '/');
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.type('edge-pro');
    await expect(page.getByRole('dialog').getByText('001.edge-proxy.vm.trusted.domain')).toBeVisible();
    await accessible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await expect(page).toHaveURL(/#\/services$/);
    await expect(main(page).getByText('edge-proxy').first()).toBeVisible();
    await page.keyboard.press('/');
    await page.keyboard.type('nothing like it');
    await expect(page.getByLabel('Search services')).toHaveValue('nothing like it');
    await page.keyboard.press('Escape');
    await page.locator('#content').focus();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toContainText('Search this list');
    await accessible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  });

  test('shows every page without fault', async () => {
    for (const hash of [
      '/',
      '/services',
      '/certificates',
      '/rotation',
      '/rotation/timeline',
      '/operations',
      '/servers',
      '/audit',
      '/settings',
      '/openbao',
      '/openbao/production',
      '/openbao/ceremony',
    ]) {
      await visit(page, hash);
      await accessible();
      await expectNoSidewaysScroll(page);
    }
  });

  test('rotates the secret_id of the service, and proves that the old one is refused', async () => {
    await visit(page, '/rotation');
    await button(page, 'Rotate… secret_ids of services').click();
    await button(page.getByRole('dialog'), 'See the plan').click();
    const plan = page.getByRole('dialog').locator('.bc-plan');
    await expect(button(plan, 'Cancel')).toBeFocused(serverWork);
    await button(plan, 'What touches what').click();
    await expect(plan.locator('.react-flow__node').first()).toBeVisible();
    await button(plan, 'Rotate').click();
    const old = main(page).locator('.bc-proofs > li', { hasText: 'The old secret_ids are refused' });
    await expect(old).toContainText('proved', serverWork);
    await accessible();
  });

  test('shows a notice on whatever page is open', async () => {
    await visit(page, '/monitoring/notifications');
    await button(page, 'Add a channel').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('desk');
    await dialog.getByRole('combobox', { name: 'How' }).click();
    await page.getByRole('option', { name: 'notice on the screen' }).click();
    await button(dialog, 'Save').click();
    await expect(dialog).toBeHidden();
    await button(main(page), 'Send a test').click();
    const notice = page.locator('.mantine-Notification-root', { hasText: 'A word to try this channel' });
    await expect(notice).toBeVisible();
    await accessible();
    await button(notice, 'Close').click();
    await expect(notice).toBeHidden();
  });

  test('unseals a restarted OpenBao with one click', async () => {
    await restartOpenBao(page);
    const banner = sealedBanner(page);
    await accessible();
    await button(banner, 'Unseal').click();
    await button(page.getByRole('dialog'), 'Unseal now').click();
    await expect(page.getByRole('dialog')).toBeHidden(serverWork);
    await expect(banner).toBeHidden();
    await visit(page, '/services/edge-proxy');
    await page.getByRole('button', { name: 'Prove', exact: true }).click();
    await expect(proved(page)).toHaveCount(5, serverWork);
  });

  test('keeps language and theme, and finds everything after quitting', async () => {
    await visit(page, '/');
    await button(page, 'Use the dark theme').click();
    await button(page, 'Language').click();
    await page.getByRole('menuitem', { name: '한국어' }).click();
    await expect(page.getByRole('heading', { name: '홈' })).toBeVisible();
    await host.quit();
    await start();
    await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await visit(page, '/services/edge-proxy');
    await expect(proved(page)).toHaveCount(5, serverWork);
    await accessible();
    await visit(page, '/servers');
    await expect(main(page).locator('.bc-server')).toHaveCount(5);
    await accessible();
    expect(complaints).toEqual([]);
  });
}
