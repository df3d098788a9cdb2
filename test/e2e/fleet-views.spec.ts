import { expect, test } from '@playwright/test';
import { views } from '../support/renderer-preview/views.ts';
import { expectNoSidewaysScroll, expectNoViolations, settled } from './steps/page-steps.ts';
import { openPreview } from './steps/preview.ts';

const looks = [
  { locale: 'en', theme: 'light', width: 820 },
  { locale: 'en', theme: 'dark', width: 1440 },
  { locale: 'ko', theme: 'light', width: 1440 },
  { locale: 'ko', theme: 'dark', width: 820 },
] as const;

// Fleet, hosts and schedules with none, few and 2,000, and what an agent could not do: each in every look.
const walked = views.filter(({ name }) => /host|schedule|agent failed/.test(name));

for (const look of looks) {
  test(`hosts and schedules: nothing for axe, nothing too wide, no complaint (${Object.values(look).join(', ')})`, async ({
    browser,
  }) => {
    test.setTimeout(300_000);
    expect(walked.length).toBeGreaterThan(20);
    const { width, ...said } = look;
    for (const { name, hash, scenario, act } of walked) {
      await test.step(name, async () => {
        const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
        const { preview, complaints } = await openPreview(page, hash, { ...scenario, ...said });
        try {
          await act?.(page);
          await settled(page);
          await expectNoViolations(page);
          await expectNoSidewaysScroll(page);
          expect(complaints, name).toEqual([]);
        } finally {
          await page.close();
          await preview.close();
        }
      });
    }
  });
}

test('a row of the schedules opens the form of that schedule, and its menu does too', async ({ page }) => {
  const { preview } = await openPreview(page, '/schedules');
  try {
    await page.locator('.bc-row').filter({ hasText: 'trust' }).getByRole('link', { name: 'trust' }).click();
    await expect(page).toHaveURL(/#\/schedules\/edit\/trust$/);
    await expect(page.getByLabel('Name')).toHaveValue('trust');
    await page.goBack();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#\/schedules\/edit\/secret-ids$/);
  } finally {
    await preview.close();
  }
});

test('Alertmanagers are named before Prometheus is started, and what is no address is said', async ({
  page,
}) => {
  const { preview } = await openPreview(page, '/monitoring', { rows: 0 });
  try {
    const field = page.getByLabel('Alertmanagers');
    const start = page.getByRole('button', { name: 'Start for this network' });
    await field.fill('alerts.trusted.domain:9093, http://other:9093');
    await expect(page.getByText('http://other:9093 is no host:port.')).toBeVisible();
    await expect(start).toBeDisabled();
    await field.fill('alerts.trusted.domain:9093, 10.0.0.5:9093');
    await start.click();
    await expect(page.getByRole('dialog').locator('.bc-plan-footer')).toBeVisible();
  } finally {
    await preview.close();
  }
});
