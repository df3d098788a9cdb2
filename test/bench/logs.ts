import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import * as z from 'zod';
import type { LogLine } from '../../shared/contract/topology.ts';
import { usual } from '../support/renderer-preview/scenario.ts';
import { startPreview } from '../support/renderer-preview/server.ts';

const built = fileURLToPath(new URL('../../dist/renderer', import.meta.url));
/** Lines that are there, lines a second that come, and the longest frame that counts as smooth, milliseconds. */
const there = 100_000;
const rate = 5_000;
const smoothMs = 50;
const batch = 250;
const measuredMs = 8_000;

const line = (index: number): LogLine => ({
  server: index % 3 === 0 ? 'step-ca' : 'openbao',
  at: Date.now(),
  level: index % 100 === 7 ? 'error' : 'info',
  text: `core: event ${String(index)} seal configuration checked, storage=raft node_id=console-1 request=${(index * 7919).toString(16)}`,
});
const lines = (from: number, count: number): LogLine[] =>
  Array.from({ length: count }, (_, index) => line(from + index));

/** All at once, as the core sends what a container has; then so many a second until it is ended. */
function stream(next: (item: unknown) => void): () => void {
  for (let from = 0; from < there; from += 1_000) next(lines(from, 1_000));
  let sent = there;
  const timer = setInterval(
    () => {
      next(lines(sent, batch));
      sent += batch;
    },
    (batch / rate) * 1_000,
  );
  return () => clearInterval(timer);
}

interface Frames {
  readonly count: number;
  /** Of the clock on the wall, milliseconds. */
  readonly longest: number;
  readonly over: number;
  /** The longest task of the page's own thread, milliseconds of the processor: what the view itself costs. */
  readonly task: number;
}

const eventSchema = z.object({
  name: z.string(),
  pid: z.number(),
  tid: z.number(),
  /** Microseconds of the processor. */
  tdur: z.number().optional(),
  args: z.looseObject({ name: z.string().optional() }).optional(),
});
const traceSchema = z.object({ traceEvents: z.array(eventSchema) });

/** The longest task of the thread that draws the page. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = traceSchema.parse(JSON.parse(trace.toString()));
  const thread = ({ pid, tid }: { readonly pid: number; readonly tid: number }): string => `${pid}/${tid}`;
  const pages = new Set(
    traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map((event) => thread(event)),
  );
  const tasks = traceEvents.filter((event) => event.name.includes('RunTask') && pages.has(thread(event)));
  return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur / 1_000));
}

/** Frames of the page while something is done in it. */
async function framesDuring(page: Page, act: (page: Page) => Promise<void>): Promise<Frames> {
  const browser = page.context().browser();
  await browser?.startTracing(page, { categories: ['toplevel'] });
  await page.evaluate(`
    window.__frames = [];
    window.__last = performance.now();
    (function frame(now) {
      window.__frames.push(now - window.__last);
      window.__last = now;
      window.__request = requestAnimationFrame(frame);
    })(performance.now());
  `);
  await act(page);
  const all = await page.evaluate<number[]>(
    'cancelAnimationFrame(window.__request), window.__frames.slice(1)',
  );
  const trace = await browser?.stopTracing();
  return {
    count: all.length,
    longest: Math.max(...all),
    over: all.filter((frame) => frame > smoothMs).length,
    task: trace === undefined ? NaN : longestTask(trace),
  };
}

/** Waits until the page says that it has them all; its policy forbids what a waiting function would be made of. */
async function allThere(page: Page): Promise<void> {
  const counted = `(document.querySelector('[role="dialog"]')?.textContent ?? '').match(/of ([\\d,]+) lines/)?.[1] ?? '0'`;
  for (let tries = 0; tries < 600; tries += 1) {
    const text = await page.evaluate<string>(counted);
    if (Number(text.replaceAll(',', '')) >= there) return;
    await page.waitForTimeout(200);
  }
  throw new Error('the lines did not arrive');
}

const wait = (page: Page): Promise<void> => page.waitForTimeout(measuredMs);

/** The log view with 100,000 lines, followed at 5,000 lines a second, scrolled and searched, beside the same page at rest. */
export async function logsBench(): Promise<boolean> {
  const preview = await startPreview(built, usual, { 'infra.logs': stream });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    ...(process.getuid?.() === 0 ? { args: ['--no-sandbox'] } : {}),
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${preview.url}#/servers`);
    await page.locator('.bc-server').first().waitFor();
    const rest = await framesDuring(page, wait);
    const load = await framesDuring(page, async (each) => {
      await each.locator('.bc-server .bc-tools button').first().click();
      await each.locator('.bc-server-line').first().waitFor();
      await allThere(each);
      await each.waitForTimeout(1_000);
    });
    const follow = await framesDuring(page, wait);
    const scroll = await framesDuring(page, async (each) => {
      await each.locator('.bc-log-drawer').hover();
      for (let turn = 0; turn < 40; turn += 1) await each.mouse.wheel(0, turn % 2 === 0 ? -2_000 : 900);
    });
    const search = await framesDuring(page, async (each) => {
      await each.locator('[role="dialog"] input[type="search"]').pressSequentially('request=7');
      await each.waitForTimeout(2_000);
    });
    let met = true;
    for (const [name, frames] of Object.entries({ load, follow, scroll, search })) {
      // What others take of a busy machine makes a frame late too, and is not the view's doing.
      const good = frames.task <= smoothMs;
      met &&= good;
      const late = `${String(frames.over)} of ${String(frames.count)} frames over ${String(smoothMs)} ms on the wall, longest ${frames.longest.toFixed(0)} ms (page at rest ${rest.longest.toFixed(0)} ms)`;
      console.log(
        `logs ${name}: longest task ${frames.task.toFixed(1)} ms of the processor, limit ${String(smoothMs)} ms, ratio ${(frames.task / smoothMs).toFixed(2)}; ${late}${good ? '' : ' MISSED'}`,
      );
    }
    return met;
  } finally {
    await browser.close();
    await preview.close();
  }
}
