import { readFile, writeFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { createOpenBao } from '../../src-main/openbao/openbao.ts';
import { updateState } from '../../src-main/workspace/state.ts';
import { installation, type Installation } from '../support/installation.ts';
import { remoteHost, type RemoteHost } from '../support/remote-host.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { button, expectAccessible, main, visit } from './steps/page-steps.ts';
import { serverWork } from './steps/servers.ts';
import { makeTemporaryHome, type TemporaryHome } from './steps/temporary-home.ts';

test.describe.configure({ mode: 'serial' });

const id = 'edge-far';
let stack: Installation;
let host: RemoteHost;
let home: TemporaryHome;
let web: WebConsole;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  [stack, host, home] = await Promise.all([installation(), remoteHost(), makeTemporaryHome()]);
  web = await startWebConsole({
    workspace: stack.paths.root,
    configHome: home.configHome,
    environment: home.environment,
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(web.address);
  // The address is exchanged for a session first.
  await page.locator('#content h1').first().waitFor(serverWork);
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await page?.context().close();
  await web?.close();
  await home?.dispose();
  await host?.remove();
  await stack?.stop();
});

const artifact = async (): Promise<Record<string, string>> =>
  JSON.parse(await readFile(stack.paths.bootstrapArtifact(id), 'utf8')) as Record<string, string>;
/** What the host's administrator does: the file is there, and the one command is run. */
async function bootstrap(): Promise<number | null> {
  await writeFile(host.path('bootstrap.json'), JSON.stringify(await artifact()), { mode: 0o600 });
  const words = ['bootstrap', '--artifact', host.path('bootstrap.json')];
  return (await host.remote([...words, '--summary-json', host.path('summary.json')])).code;
}
const row = () => page.locator('.bc-row').filter({ hasText: id });
/** Confirms a plan that ends in a new hand-over, and waits for that. */
async function confirmPlan(): Promise<void> {
  const dialog = page.getByRole('dialog');
  const typed = dialog.getByRole('textbox');
  await expect(dialog.locator('.bc-plan-footer')).toBeVisible(serverWork);
  if ((await typed.count()) > 0) await typed.fill(id);
  const before = (await artifact())['wrap_token'];
  await dialog.locator('.bc-plan-footer button').last().click();
  // The page of the operation follows; what counts is the new hand-over.
  await expect(page).toHaveURL(/operations/, serverWork);
  await expect.poll(async () => (await artifact())['wrap_token'], serverWork).not.toBe(before);
  await expect(main(page).locator('.bc-proofs > li').first()).toBeVisible(serverWork);
}

test('a service on another host is added, handed over with a countdown, and seen as applied', async () => {
  await visit(page, '/hosts');
  await expect(main(page)).toContainText('No service is on another host yet.');
  await expectAccessible(page);
  await main(page).getByRole('link', { name: 'Add a remote service' }).first().click();
  await main(page).getByLabel('Service name').fill(id);
  await button(page, 'Next').click();
  await main(page).getByLabel('Directory on the host').fill(host.path());
  await main(page).getByRole('button', { name: 'More', exact: true }).click();
  await main(page).getByLabel('Certificate file').fill(host.path('certs/leaf.crt'));
  await main(page).getByLabel('Private key file').fill(host.path('certs/leaf.key'));
  await main(page).getByLabel('Agent configuration').fill(host.path('agent.toml'));
  await button(page, 'See the plan').click();
  await expect(main(page).locator('.bc-plan-footer')).toBeVisible(serverWork);
  await main(page).locator('.bc-plan-footer button').last().click();
  await expect(page.getByRole('timer')).toHaveText(/^(29|30):\d\d$/, serverWork);
  await expectAccessible(page);
  // Only the path of the file is on the page, and nothing that is in it.
  const made = await artifact();
  const text = await main(page).innerText();
  for (const secret of ['wrap_token', 'role_id']) expect(text).not.toContain(made[secret]);
  expect(await bootstrap()).toBe(0);
  await visit(page, '/hosts');
  await button(page, 'Fetch reports').click();
  await expect(row()).toContainText('applied', serverWork);
  await expectAccessible(page);
});

test('a sheet for an air gap is written, and typed in on the host', async () => {
  await visit(page, `/hosts/${id}`);
  await button(page, 'New hand-over').click();
  await confirmPlan();
  await visit(page, `/hosts/${id}`);
  await button(page, 'Fetch reports').first().click();
  await expect(page.getByRole('timer').first()).toBeVisible(serverWork);
  await button(page, 'Print for an air gap').click();
  await button(page, 'Write the sheet').click();
  await expect(main(page).getByRole('status')).toContainText('handover.txt', serverWork);
  const sheet = await readFile(
    stack.paths.bootstrapArtifact(id).replace('bootstrap.json', 'handover.txt'),
    'utf8',
  );
  const typed = await host.remote(['type-in', '--artifact', host.path('typed.json')], {}, sheet);
  expect([typed.code, typed.stderr]).toEqual([0, '']);
  expect(JSON.parse(await readFile(host.path('typed.json'), 'utf8'))).toEqual(await artifact());
});

test('opened by somebody else is an incident: freeze, rotate, record; and the new hand-over works', async () => {
  const stolen = await artifact();
  await createOpenBao({ url: String(stolen['openbao_url']) }).unwrapSecretId(String(stolen['wrap_token']));
  await visit(page, `/hosts/${id}`);
  await button(page, 'Fetch reports').first().click();
  await expect(main(page)).toContainText('opened by somebody', serverWork);
  await expectAccessible(page);
  await button(page, 'Freeze: it was not us').click();
  await confirmPlan();
  await expect(main(page)).toContainText('is refused', serverWork);
  await visit(page, '/audit');
  await expect(main(page)).toContainText('host.freeze');
  expect(await bootstrap()).toBe(0);
  await visit(page, '/hosts');
  await button(page, 'Fetch reports').click();
  await expect(row()).toContainText('applied', serverWork);
});

test('a host that lapsed is brought back in three steps; its summary can be carried by hand', async () => {
  await updateState(
    stack.paths.state,
    (draft) => {
      const entry = draft.services?.[id];
      if (entry?.sync_status === undefined) throw new Error('no entry');
      entry.sync_status.secret_id = 'pending';
      entry.sync_metadata = { secret_id: { started_at_unix: 1, expires_at_unix: 2 } };
    },
    { holder: 'test' },
  );
  await visit(page, `/hosts/${id}`);
  await expect(main(page).getByRole('heading', { name: 'Bring it back in three steps' })).toBeVisible();
  await expectAccessible(page);
  await button(page, 'New hand-over').click();
  await confirmPlan();
  await visit(page, `/hosts/${id}`);
  await button(page, 'Fetch reports').first().click();
  await expect(page.getByRole('timer').first()).toBeVisible(serverWork);
  await expect(main(page).getByRole('heading', { name: 'Bring it back in three steps' })).toBeVisible();
  expect(await bootstrap()).toBe(0);
  await main(page)
    .getByLabel('Summary JSON')
    .fill(await readFile(host.path('summary.json'), 'utf8'));
  await button(page, 'Take over').click();
  await expect(main(page).getByRole('status')).toContainText('changed', serverWork);
  await main(page).getByRole('button', { name: 'Fetch reports' }).first().click();
  await expect(main(page)).toContainText('taken over', serverWork);
});
