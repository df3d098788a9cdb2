import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { installation, type Installation } from '../support/installation.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { button, expectAccessible, main, visit } from './steps/page-steps.ts';
import { serverWork } from './steps/servers.ts';

test.describe.configure({ mode: 'serial' });

/** A step at which the console waits until the test lets it go on. */
const beforeRole = 'role:before:rotate.db';
const beforeRetire = 'retire:before:rotate.approle-secret-id';
const database = 'Database password of step-ca';

let stack: Installation;
let web: WebConsole | undefined;
let page: Page;
let newPage: () => Promise<Page>;
let hold = '';
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  hold = path.join(stack.paths.root, '..', 'hold');
  newPage = async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    const fresh = await context.newPage();
    fresh.on('pageerror', (error) => complaints.push(error.message));
    await fresh.emulateMedia({ reducedMotion: 'reduce' });
    return fresh;
  };
});
test.beforeEach(() => test.setTimeout(240_000));
test.afterAll(async () => {
  test.setTimeout(120_000);
  await rm(hold, { force: true });
  await close();
  await stack?.stop();
  expect(complaints).toEqual([]);
});

async function close(): Promise<void> {
  await page?.context().close();
  await web?.close();
  web = undefined;
}

/** Opens the console anew. @param at the step at which it shall wait while the file `hold` is there */
async function open(at?: string, under: readonly string[] = []): Promise<void> {
  await close();
  if (at !== undefined) await writeFile(hold, '');
  web = await startWebConsole({
    workspace: stack.paths.root,
    under,
    environment:
      at === undefined
        ? {}
        : {
            BOOTROOT_CONSOLE_TEST: '1',
            BOOTROOT_CONSOLE_FAULT: at,
            BOOTROOT_CONSOLE_FAULT_HOLD: hold,
          },
  });
  page = await newPage();
  await page.goto(web.address);
  await main(page).waitFor();
}

const goOn = (): Promise<void> => rm(hold);
const dialog = (): Locator => page.getByRole('dialog');
const plan = (): Locator => dialog().locator('.bc-plan');
const verdict = (): Locator => main(page).locator('.bc-verdict');
const step = (title: string): Locator => main(page).locator('.bc-steps > li', { hasText: title });
const need = (title: string): Locator => main(page).locator('.bc-need', { hasText: title });
const interrupted = (): Locator => page.locator('.bc-banner[data-severity="warning"]');
const databaseFile = (): Promise<string> => readFile(stack.paths.caConfig, 'utf8');
const secretId = (): Promise<string> => readFile(stack.paths.serviceSecret('edge', 'secret_id'), 'utf8');

async function showPlan(name: string): Promise<void> {
  await visit(page, '/operations');
  await visit(page, '/rotation');
  await button(page, `Rotate… ${name}`).click();
}

/** Rotates what this row names, up to the step that waits. */
async function rotateUntil(name: string, title: string): Promise<void> {
  await showPlan(name);
  const choose = button(dialog(), 'See the plan');
  await expect(choose.or(plan())).toBeVisible(serverWork);
  if (await choose.isVisible()) await choose.click();
  await button(plan(), 'Rotate').click();
  await expect(step(title)).toHaveAttribute('data-state', 'running', serverWork);
}

/** The power fails. */
async function killConsole(): Promise<void> {
  const child = web?.child;
  const ended = new Promise((resolve) => child?.once('exit', (_, signal) => resolve(signal)));
  child?.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

async function resume(from: Page | Locator, steps: readonly string[]): Promise<void> {
  await button(from, 'Resume').click();
  await expect(button(dialog(), 'Cancel')).toBeFocused();
  await expect(dialog().locator('.bc-plan-steps > li')).toHaveText([...steps]);
  await expectAccessible(page);
  await button(dialog(), 'Resume').click();
  await expect(dialog()).toBeHidden();
}

async function proved(titles: readonly string[]): Promise<void> {
  await expect(verdict()).toHaveText(/^done/i, serverWork);
  for (const title of titles)
    await expect(main(page).locator('.bc-proofs > li', { hasText: title })).toContainText('proved');
  await expect(main(page).locator('[data-part]')).toHaveCount(0);
}

const role = 'Change the password of the PostgreSQL role';
const nextStep = 'Write the DSN into ca.json';
const later = [nextStep, 'Restart step-ca', 'Prove that the new value works and the old one does not'];
const databaseProofs = ['PostgreSQL accepts the new password', 'PostgreSQL refuses the old password'];

test('paused at a safe point: the step that runs is ended, the page says what is in effect, and it goes on', async () => {
  await open(beforeRole);
  const before = await databaseFile();
  await rotateUntil(database, role);
  await expect(main(page)).toContainText(
    'After a stop 2 finished steps stay in effect, and undo takes them back.',
  );
  await button(page, 'Pause after this step').click();
  await expect(button(page, 'Pausing after this step…')).toBeDisabled();
  await expectAccessible(page);
  await goOn();
  await expect(verdict()).toHaveText('paused', serverWork);
  await expect(step(role)).toHaveAttribute('data-state', 'done');
  await expect(step(nextStep)).toHaveAttribute('data-state', 'waiting');
  await expect(main(page)).toContainText('It is paused between two steps.');
  await expect(button(page, 'Stop at the next safe point')).toHaveCount(0);
  await expectAccessible(page);
  expect(await databaseFile()).toBe(before);

  // It is not forgotten, on whatever page.
  await visit(page, '/');
  await expect(page.locator('.bc-header')).toContainText('1 operation paused');
  await button(need('An operation was stopped half-way'), 'Resume or undo').click();
  await expect(page).toHaveURL(/#\/operations\//);
  await resume(main(page), later);
  await proved(databaseProofs);
  expect(await databaseFile()).not.toBe(before);
});

test('while one waits, the plan of another says who is at work and cannot be started', async () => {
  await writeFile(hold, '');
  await rotateUntil(database, role);
  await expect(button(page, 'Pause after this step')).toBeEnabled();
  await showPlan('Trust: CA bundle and pins');
  const unmet = plan().locator('[data-met="false"]');
  await expect(unmet).toHaveCount(1, serverWork);
  await expect(unmet).toContainText(/No other operation is under way — .* runs rotate\.db/);
  await expect(button(plan(), 'Rotate')).toBeDisabled();
  await button(plan(), 'Cancel').click();
});

test('stopped: what it leaves is said, and undo brings the old value back', async () => {
  const before = await databaseFile();
  await visit(page, '/operations');
  await page.locator('.bc-row').first().getByRole('link').click();
  await button(page, 'Stop at the next safe point').click();
  await expect(button(page, 'Stopping at the next safe point…')).toBeDisabled();
  await expect(button(page, 'Pause after this step')).toBeDisabled();
  await goOn();
  await expect(verdict()).toHaveText('stopped', serverWork);
  await expect(main(page)).toContainText('Finished steps stay in effect until they are undone.');
  const explained = page.getByRole('region', { name: 'What happened' });
  await expect(explained).toContainText(`It stopped at "${nextStep}".`);
  await expect(explained.locator('[data-part="sure"]')).toContainText(role);
  await expect(explained.locator('[data-part="unsure"]')).toHaveCount(0);
  await expectAccessible(page);

  await button(main(page), 'Undo').click();
  await expect(dialog().locator('.bc-plan-steps > li').first()).toHaveText(role);
  await button(dialog(), 'Undo').click();
  await expect(verdict()).toHaveText('undone', serverWork);
  expect(await databaseFile()).toBe(before);
  await visit(page, '/');
  await expect(need('An operation was stopped half-way')).toHaveCount(0);
  // PostgreSQL takes what ca.json says: else step-ca would not sign.
  await stack.must(['rotate', 'force-reissue', '--all-services']);
});

test('killed in the middle: Home says what happened, and resume ends with proof', async () => {
  await writeFile(hold, '');
  await rotateUntil(database, role);
  await killConsole();
  const before = await databaseFile();
  await open();
  await expect(interrupted()).toContainText('"Rotate the database password of step-ca" was interrupted.');
  await expect(need('An operation was interrupted')).toContainText('database password of step-ca');
  await expectAccessible(page);
  await interrupted().getByRole('link', { name: 'What happened' }).click();
  const explained = page.getByRole('region', { name: 'What happened' });
  await expect(explained).toContainText(`It stopped at "${role}".`);
  await expect(explained.locator('[data-part="unsure"]')).toContainText(role);
  await expect(explained.locator('[data-part="notBegun"]')).toContainText(nextStep);
  await expect(step(role)).toHaveAttribute('data-state', 'uncertain');
  await visit(page, '/');
  await resume(interrupted(), [role, ...later]);
  await expect(interrupted()).toHaveCount(0, serverWork);
  await visit(page, '/operations');
  await page.locator('.bc-row').first().getByRole('link').click();
  await proved(databaseProofs);
  expect(await databaseFile()).not.toBe(before);
});

test('killed in the middle: undo from Home leaves everything as it was', async () => {
  await open(beforeRole);
  const before = await databaseFile();
  await rotateUntil(database, role);
  await killConsole();
  await open();
  await button(interrupted(), 'Undo').click();
  await expect(button(dialog(), 'Cancel')).toBeFocused();
  await button(dialog(), 'Undo').click();
  await expect(interrupted()).toHaveCount(0, serverWork);
  await visit(page, '/operations');
  await page.locator('.bc-row').first().getByRole('link').click();
  await expect(verdict()).toHaveText('undone', serverWork);
  expect(await databaseFile()).toBe(before);
  await stack.must(['rotate', 'force-reissue', '--all-services']);
});

test('killed where there is no way back: that is said before, and only resume is offered after', async () => {
  await open(beforeRetire);
  const before = await secretId();
  const retire = 'End the old secret_ids and prove that they are refused';
  await rotateUntil('secret_ids of services', retire);
  await expect(main(page)).toContainText(
    `It can be resumed after a stop, not undone: ${retire} cannot be taken back.`,
  );
  await killConsole();
  await open();
  await expect(button(interrupted(), 'Resume')).toBeVisible();
  await expect(button(interrupted(), 'Undo')).toHaveCount(0);
  await resume(interrupted(), [retire]);
  await expect(interrupted()).toHaveCount(0, serverWork);
  await visit(page, '/operations');
  await page.locator('.bc-row').first().getByRole('link').click();
  await proved(['The new secret_ids log in (1)', 'The old secret_ids are refused (1)']);
  expect(await secretId()).not.toBe(before);
});

test('a file that is a symbolic link is named in the plan, which starts once that is mended', async () => {
  const { caConfig } = stack.paths;
  await rename(caConfig, `${caConfig}.real`);
  await symlink(`${caConfig}.real`, caConfig);
  try {
    await showPlan(database);
    const unmet = plan().locator('[data-met="false"]', { hasText: 'The files can be replaced' });
    await expect(unmet).toContainText(caConfig, serverWork);
    await expect(button(plan(), 'Rotate')).toBeDisabled();
    await expectAccessible(page);
  } finally {
    await rm(caConfig);
    await rename(`${caConfig}.real`, caConfig);
  }
  await button(plan(), 'Check again').click();
  await expect(plan().locator('[data-met="false"]')).toHaveCount(0, serverWork);
  await expect(button(plan(), 'Rotate')).toBeEnabled();
  await button(plan(), 'Cancel').click();
});

/** Whether this user may mount what only its own processes see. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a full disk and a directory that is read-only are named in the plan', async () => {
  test.skip(!canMount(), 'mounts for one process need root or a namespace of users');
  const { root, certs } = stack.paths;
  // The console alone sees a work directory with 8 MiB, and its certificates read-only; the servers' data stay where they are.
  const small =
    'd="$2" && mount -t tmpfs -o size=8m,mode=755 tmpfs "$d" && mkdir "$d/local" && ' +
    'tar -C "$0" --exclude=./local -cf - . | tar -C "$d" -xpf - && mount --rbind "$0/local" "$d/local" && ' +
    'mount --rbind "$d" "$0" && mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift 2 && exec "$@"';
  const place = path.join(root, '..', 'small');
  await mkdir(place);
  await open(undefined, ['unshare', '--mount', 'sh', '-c', small, root, certs, place]);
  await showPlan('Trust: CA bundle and pins');
  const unmet = plan().locator('[data-met="false"]');
  await expect(unmet).toHaveCount(2, serverWork);
  await expect(unmet.filter({ hasText: 'There is room on the disk' })).toContainText('16 MiB are needed');
  await expect(unmet.filter({ hasText: 'The files can be replaced' })).toContainText(certs);
  await expect(button(plan(), 'Rotate')).toBeDisabled();
  await expectAccessible(page);
});
