import { test } from '@playwright/test';
import { packageConsole, type PackagedConsole } from '../support/electron-package.ts';
import { openWindow, type TestWindow } from '../support/electron.ts';
import { newcomerPath, type Host } from './steps/newcomer.ts';

let packaged: PackagedConsole | undefined;
let window: TestWindow | undefined;

// A newcomer has a package, not a clone: what the archive lacks is missed here.
test.beforeAll(async () => {
  packaged = await packageConsole();
});
test.afterAll(() => packaged?.remove());

const electronHost: Host = {
  async start({ configHome, environment }) {
    if (packaged === undefined) throw new Error('not packaged');
    window = await openWindow({ configHome, environment, packaged: packaged.program });
    return window.page;
  },
  async quit() {
    await window?.close();
    window = undefined;
  },
};

newcomerPath(electronHost);
