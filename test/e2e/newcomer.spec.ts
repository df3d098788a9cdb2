import { test, type Page } from '@playwright/test';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { newcomerPath, type Host } from './steps/newcomer.ts';

/** `bootroot-console web` with a browser before it. */
function webHost(newPage: () => Promise<Page>): Host {
  let running: { console: WebConsole; page: Page } | undefined;
  return {
    async start(home) {
      const { configHome, environment } = home;
      const console = await startWebConsole({ configHome, environment });
      const page = await newPage();
      running = { console, page };
      await page.goto(console.address);
      return page;
    },
    async quit() {
      await running?.page.context().close();
      await running?.console.close();
      running = undefined;
    },
  };
}

let open: (() => Promise<Page>) | undefined;
test.beforeAll(({ browser }) => {
  open = async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    return context.newPage();
  };
});
newcomerPath(
  webHost(() => {
    if (open === undefined) throw new Error('no browser');
    return open();
  }),
);
