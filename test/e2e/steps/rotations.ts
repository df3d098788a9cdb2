import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { installation, type Installation } from '../../support/installation.ts';
import { TopologyPaths } from '../../../src-main/topology/topology-paths.ts';
import { long } from '../../support/long.ts';
import { button, expectAccessible, main, visit } from './page-steps.ts';
import { renewByCustodians } from './rotation-custodians.ts';
import { flows, infraTlsFlow, trustFlow, type Flow } from './rotation-flows.ts';

/** Real servers restart and prove meanwhile. */
const serverWork = { timeout: 150_000 };

/** The console over an installation, in one of its hosts. */
export interface RotationHost {
  readonly electron: boolean;
  open(workspace: string): Promise<Page>;
  close(): Promise<void>;
}

const dialog = (page: Page): Locator => page.getByRole('dialog');

/** PostgreSQL as an operator may have it: with TLS, under a certificate that he made by hand. */
function switchPostgresTlsOn({ paths }: Installation): void {
  const layout = JSON.parse(readFileSync(new TopologyPaths(paths).layout, 'utf8')) as {
    postgres: { home: string };
  };
  const data = path.join(layout.postgres.home, 'data');
  const [cert, key] = [path.join(data, 'server.crt'), path.join(data, 'server.key')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
  const { uid, gid } = statSync(data);
  for (const file of [cert, key]) chownSync(file, uid, gid);
  chmodSync(key, 0o600);
  appendFileSync(path.join(data, 'postgresql.conf'), '\nssl = on\n');
  process.kill(Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGHUP');
}

/** Confirms the plan that is open in the dialog or on the page, and waits until the operation is through. */
async function confirm(page: Page, place: Locator, word: string): Promise<Locator> {
  const plan = place.locator('.bc-plan');
  await expect(plan).toBeVisible(serverWork);
  await expect(plan.locator('[data-met="false"]')).toHaveCount(0);
  const typed = plan.getByLabel(/^Type .* to confirm$/);
  if ((await typed.count()) > 0) {
    await expect(button(plan, word)).toBeDisabled();
    const label = await plan.getByText(/^Type .* to confirm$/).innerText();
    await typed.fill(/^Type (.*) to confirm$/.exec(label)?.[1] ?? '');
  }
  await button(plan, word).click();
  return main(page).locator('.bc-proofs > li');
}

/** As {@link confirm}, on the page of the operation that then opens. */
async function confirmed(page: Page, word: string, end = /^done/i): Promise<Locator> {
  const proofs = await confirm(page, dialog(page), word);
  await expect(main(page).locator('.bc-verdict')).toHaveText(end, serverWork);
  return proofs;
}

async function proved(proofs: Locator, titles: readonly (string | RegExp)[]): Promise<void> {
  for (const title of titles) await expect(proofs.filter({ hasText: title }).first()).toContainText('proved');
}

/** Opens the rotation of a row of the due list, from another page so that no search of before stands in the way. */
async function begin(page: Page, name: string): Promise<void> {
  await visit(page, '/operations');
  await visit(page, '/rotation');
  await button(page, `Rotate… ${name}`).click();
}

const planButton = 'See the plan';

async function run(page: Page, flow: Flow): Promise<void> {
  await begin(page, flow.name);
  if (flow.fill !== undefined) {
    await flow.fill(dialog(page));
    await button(dialog(page), planButton).click();
  }
  const plan = dialog(page).locator('.bc-plan');
  await expect(plan).toBeVisible(serverWork);
  await expect(button(plan, 'Cancel')).toBeFocused();
  for (const [label, value] of Object.entries(flow.secrets ?? {}))
    await plan.getByLabel(label, { exact: true }).fill(value);
  await expectAccessible(page);
  await proved(await confirmed(page, flow.confirm ?? 'Rotate', flow.end), flow.proofs);
}

const boardRow = (page: Page, service: string): Locator =>
  main(page).locator('.bc-board .bc-row', { hasText: service });

/** One phase of the CA key rotation, from the button on its page to its proofs. */
async function caPhase(page: Page, action: string, word: string): Promise<Locator> {
  await visit(page, '/operations');
  await visit(page, '/rotation/ca-key');
  await expect(button(page, action)).toBeEnabled(serverWork);
  await button(page, action).click();
  return confirmed(page, word);
}

/** The next gate does not wait for a service; who, when and why is on record. */
async function waive(page: Page, service: string, reason: string): Promise<void> {
  await button(boardRow(page, service), `Do not wait for ${service}`).click();
  await dialog(page).getByLabel('Reason').fill(reason);
  await button(dialog(page), planButton).click();
  await expect(dialog(page).getByText(reason).first()).toBeVisible(serverWork);
  await confirmed(page, 'Waive');
  await visit(page, '/rotation/ca-key');
  await expect(boardRow(page, service)).toContainText('Waived', serverWork);
}

/** A phase that waits is not forgotten: Home says it and leads to the board. */
async function expectOnHome(page: Page, sentence: RegExp): Promise<void> {
  await visit(page, '/');
  const need = main(page).locator('.bc-need', { hasText: sentence });
  await button(need, 'Open the board').click(serverWork);
  await expect(page).toHaveURL(/#\/rotation\/ca-key$/);
}

/** Every rotation from its page to its proofs, on one installation with two services and real servers. */
export function everyRotation(host: RotationHost): void {
  let stack: Installation;
  let page: Page;
  const complaints: string[] = [];

  test.beforeAll(async () => {
    test.setTimeout(400_000);
    stack = await installation();
    for (const name of ['edge', 'inner']) await stack.must(['service', 'add', name]);
    switchPostgresTlsOn(stack);
    page = await host.open(stack.paths.root);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await main(page).waitFor();
  });
  test.afterAll(async () => {
    test.setTimeout(120_000);
    await host.close();
    await stack?.stop();
  });
  test.beforeEach(() => test.setTimeout(240_000));
  test.afterEach(() => expect(complaints).toEqual([]));

  for (const flow of host.electron && !long ? flows.filter(({ brief }) => brief) : flows)
    test(`${flow.confirm ?? 'Rotate'}: ${flow.name}${flow.how ?? ''}`, () => run(page, flow));

  test('Rotate: keys of the CA, the intermediate, and back before the old one is retired', async () => {
    await visit(page, '/rotation/ca-key');
    await button(page, planButton).click();
    await confirmed(page, 'Begin');
    await visit(page, '/rotation/ca-key');
    await expect(boardRow(page, 'edge')).toContainText('Ready', serverWork);
    await expectAccessible(page);
    await proved(await caPhase(page, 'Switch to the new CA…', 'Switch'), ['step-ca signs with the new CA']);
    await proved(await caPhase(page, 'Return to the old CA…', 'Return'), ['step-ca signs with the old CA']);
    await visit(page, '/rotation/ca-key');
    await expect(button(page, planButton)).toBeVisible(serverWork);
  });

  test('Rotate: keys of the CA, root and intermediate, through every phase and gate', async () => {
    test.setTimeout(420_000);
    await visit(page, '/rotation/ca-key');
    await main(page)
      .getByRole('radio', { name: /Root and intermediate CA/ })
      .check();
    await button(page, planButton).click();
    await confirmed(page, 'Begin');
    await proved(await caPhase(page, 'Switch to the new CA…', 'Switch'), ['step-ca signs with the new CA']);
    await visit(page, '/rotation/ca-key');
    await expect(boardRow(page, 'inner')).not.toContainText('Ready', serverWork);
    await waive(page, 'inner', 'its host is away until Monday');
    await expectOnHome(page, /waits for its next phase: new certificates for all/);
    await caPhase(page, 'Reissue all…', 'Issue');
    // PostgreSQL's certificate is of the old CA too, and the gate waits for it.
    await run(page, infraTlsFlow);
    await proved(await caPhase(page, 'Retire the old CA…', 'Retire'), [
      'A certificate of the old CA is refused',
    ]);
    for (const name of ['edge', 'inner']) await stack.must(['verify', '--service-name', name]);
  });

  let before = '';
  test('Renew: unseal shares and root token, shown once and revoked', async () => {
    before = readFileSync(stack.paths.unsealKeys, 'utf8');
    await visit(page, '/rotation/openbao-recovery');
    await main(page).getByLabel('New root token').check();
    await button(page, planButton).click();
    const proofs = await confirm(page, main(page), 'Renew');
    await expect(proofs).toHaveCount(4, serverWork);
    await proved(proofs, [
      'A quorum of the new shares is accepted',
      'The old shares are refused',
      'The new root token works',
    ]);
    expect(readFileSync(stack.paths.unsealKeys, 'utf8')).not.toBe(before);
    const card = main(page).getByRole('region', { name: 'Root token' });
    await button(card, 'Reveal').click();
    const token = (await card.locator('.bc-secret').innerText()).trim();
    expect(token.length).toBeGreaterThan(20);
    await button(card, 'Hide').click();
    await expect(card.getByText(token)).toHaveCount(0);
    await expectAccessible(page);
    await button(card, 'Revoke now').click();
    await expect(card).toHaveCount(0);
    expect(await page.content()).not.toContain(token);
  });

  test('what was rotated is found in the history', async () => {
    await run(page, trustFlow);
    await visit(page, '/rotation/history');
    await main(page).getByLabel('Search past rotations').fill('Synchronise trust');
    await expect(page.locator('.bc-row', { hasText: 'Synchronise trust' }).first()).toBeVisible();
    await expectAccessible(page);
  });

  test('Renew: unseal shares that people hold, handed out anew', () =>
    renewByCustodians(page, stack, before));
}
