import { test, type Browser, type BrowserContext } from '@playwright/test';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { everyRotation } from './steps/rotations.ts';

let browser: Browser;
let context: BrowserContext | undefined;
let web: WebConsole | undefined;

test.beforeAll(({ browser: given }) => {
  browser = given;
});

everyRotation({
  electron: false,
  async open(workspace) {
    web = await startWebConsole({ workspace });
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(web.address);
    return page;
  },
  async close() {
    await context?.close();
    await web?.close();
  },
});
