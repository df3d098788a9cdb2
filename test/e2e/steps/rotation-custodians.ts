import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import type { Installation } from '../../support/installation.ts';
import { custodians, takeShare } from './ceremony.ts';
import { button, expectAccessible, main, visit } from './page-steps.ts';

const serverWork = { timeout: 150_000 };
const passphrase = 'a passphrase for the new shares';

const sharesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/**
 * New unseal shares where people hold the present ones: they are given one by one, a wrong one is found without losing the
 * others, and each custodian takes a new one in the ceremony.
 * @param before the shares before the last renewal, which OpenBao refuses
 */
export async function renewByCustodians(page: Page, stack: Installation, before: string): Promise<void> {
  const present = sharesOf(readFileSync(stack.paths.unsealKeys, 'utf8'));
  // Tried alone, there are none of before: then one that never was.
  const wrong = sharesOf(before)[0] || randomBytes(33).toString('hex');
  rmSync(stack.paths.unsealKeys);
  await visit(page, '/operations');
  await visit(page, '/rotation/openbao-recovery');
  const field = main(page).getByLabel('Unseal key share', { exact: true });
  // Two of them are a quorum.
  for (const share of [wrong, ...present.slice(0, 2)]) {
    await expect(field).toHaveValue('');
    await field.fill(share);
    await button(page, 'Give share').click();
  }
  await expect(main(page).getByText('Enough shares fit together')).toBeVisible(serverWork);
  await expect(main(page).getByText('Share 1 was wrong and was left out.')).toBeVisible();
  await expectAccessible(page);
  await button(page, 'See the plan').click();
  const plan = main(page).locator('.bc-plan');
  await plan.getByLabel('Passphrase of the recovery file', { exact: true }).fill(passphrase);
  await plan.getByLabel('The same once more', { exact: true }).fill(passphrase);
  await expect(button(plan, 'Renew')).toBeDisabled();
  await plan.getByLabel('Type RECOVERY to confirm').fill('RECOVERY');
  await button(plan, 'Renew').click();
  const proofs = main(page).locator('.bc-proofs > li');
  await expect(proofs.filter({ hasText: 'The old shares are refused' })).toContainText('proved', serverWork);
  await main(page).getByRole('link', { name: 'Hand out the shares' }).click(serverWork);
  await main(page).getByLabel('Passphrase of the set-up', { exact: true }).fill(passphrase);
  const cards = custodians(page);
  await expect(cards).toHaveCount(present.length);
  const taken: string[] = [];
  for (let index = 0; index < present.length; index += 1) taken.push(await takeShare(page, cards.nth(index)));
  expect(new Set([...taken, ...present]).size).toBe(taken.length + present.length);
  await expect(main(page).getByText('Every custodian has confirmed.')).toBeVisible();
}
