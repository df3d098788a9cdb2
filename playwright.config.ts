import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const chromium = '/usr/bin/chromium';

/** Two projects: a real Chromium against the web host, and a real Electron window. `node test/run.mjs` prepares both. */
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results/playwright',
  timeout: 180_000,
  // Two files at a time on two cores: a click may have to wait for the other's servers.
  expect: { timeout: 30_000 },
  workers: 2,
  fullyParallel: false,
  // What passes only then is named by test/run.
  retries: 1,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: 'list',
  use: {
    screenshot: 'only-on-failure',
    trace: 'off',
    actionTimeout: 30_000,
  },
  projects: [
    {
      name: 'browser',
      testIgnore: /electron[^/]*\.spec\.ts$/,
      use: {
        browserName: 'chromium',
        viewport: { width: 1440, height: 900 },
        launchOptions: {
          ...(existsSync(chromium) ? { executablePath: chromium } : {}),
          // Chromium's sandbox does not start as root.
          args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
        },
      },
    },
    { name: 'electron', testMatch: /electron[^/]*\.spec\.ts$/ },
  ],
});
