import { access, readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { installation, type Installation } from '../support/installation.ts';
import { freePort } from '../support/child.ts';
import { startWebConsole, type WebConsole } from '../support/web.ts';
import { button, expectAccessible, expectNoSidewaysScroll, main, visit } from './steps/page-steps.ts';
import { serverWork } from './steps/servers.ts';
import { makeTemporaryHome, type TemporaryHome } from './steps/temporary-home.ts';

test.describe.configure({ mode: 'serial' });

let stack: Installation;
let home: TemporaryHome;
let web: WebConsole;
let page: Page;
let openbaoUrl: string;
let stepcaUrl: string;
let bundle: string;
let ports: Readonly<Record<'acmeHttp' | 'resolver' | 'responderAdmin', number>>;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  [stack, home] = await Promise.all([installation(), makeTemporaryHome()]);
  const text = (file: string): Promise<string> => readFile(file, 'utf8');
  openbaoUrl = (JSON.parse(await text(stack.paths.state)) as { openbao_url: string }).openbao_url;
  const { address } = JSON.parse(await text(stack.paths.caConfig)) as { address: string };
  stepcaUrl = `https://localhost:${address.split(':').pop() ?? ''}`;
  bundle = await text(stack.paths.bundle);
  ({ ports } = JSON.parse(await text(path.join(stack.paths.local, 'topology.json'))) as {
    ports: typeof ports;
  });
  web = await startWebConsole({ configHome: home.configHome, environment: home.environment });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(web.address);
});
test.afterAll(async () => {
  test.setTimeout(120_000);
  await page?.context().close();
  await web?.close();
  await home?.dispose();
  await stack?.stop();
});

/** What the people of the CA do for a new host: its name comes into the DNS that the CA asks. */
async function nameInTheDns(name: string): Promise<void> {
  const file = path.join(stack.paths.local, 'dns', 'resolver.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as { names: string[] };
  await writeFile(file, JSON.stringify({ ...config, names: [...config.names, name] }));
  const { stdout } = await stack.must(['status', '--json']);
  const pid = (JSON.parse(stdout) as { servers: { name: string; pid?: number }[] }).servers.find(
    (server) => server.name === 'resolver',
  )?.pid;
  if (pid === undefined) throw new Error(stdout);
  process.kill(pid);
  await stack.must(['infra', 'up']);
}

const answers = () => main(page).getByRole('region', { name: 'Answers' });

test('asks running servers, and trusts a root only after its fingerprint was compared', async () => {
  await page.getByRole('link', { name: /Connect to running servers/ }).click();
  await expect(page.getByRole('heading', { name: 'Where do the servers answer?' })).toBeVisible();
  await main(page).getByLabel('OpenBao', { exact: true }).fill(openbaoUrl);
  await main(page)
    .getByLabel('step-ca', { exact: true })
    .fill(`https://localhost:${await freePort()}`);
  await button(page, 'Ask the servers').click();
  await expect(answers().getByText('unreachable')).not.toHaveCount(0, serverWork);
  await expectAccessible(page);
  await main(page).getByLabel('step-ca', { exact: true }).fill(stepcaUrl);
  await button(page, 'Ask the servers').click();
  const fingerprint = answers().locator('.bc-identity');
  await expect(fingerprint).toContainText('Compare it', serverWork);
  await button(fingerprint, 'It is the same: trust this root').click();
  await expect(fingerprint.getByText('Trusted by fingerprint')).toBeVisible();
  const pem = await main(page).getByLabel('Trusted roots (PEM)').inputValue();
  expect(bundle.replaceAll('\n', '')).toContain(pem.trim().replaceAll('\n', ''));
  await button(page, 'Ask the servers').click();
  await expect(answers().getByText('answers', { exact: true })).toHaveCount(2, serverWork);
  await main(page)
    .getByLabel('Responder administration (optional)')
    .fill(`http://127.0.0.1:${ports.responderAdmin}`);
  await button(page, 'How the CA reaches services (HTTP-01)').click();
  await main(page).getByLabel('Port for HTTP-01 answers').fill(String(ports.acmeHttp));
  const resolver = main(page).getByLabel('Name server of the CA (optional)');
  await resolver.fill('127.0.0.1');
  await expect(main(page).getByText('A name server is written as host and port')).toBeVisible();
  await expect(button(page, 'Next')).toBeDisabled();
  await resolver.fill(`127.0.0.1:${ports.resolver}`);
  await expect(button(page, 'Next')).toBeEnabled();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

test('plans, connects and proves, and touches nothing of the servers', async () => {
  const before = await readFile(stack.paths.state, 'utf8');
  await button(page, 'Next').click();
  await main(page).getByLabel('Name').fill('Elsewhere');
  await main(page)
    .getByLabel('Work directory')
    .fill(path.join(home.directory, 'places', 'elsewhere'));
  await expectAccessible(page);
  await button(page, 'See the plan').click();
  await expect(main(page).locator('.bc-plan-footer')).toBeVisible();
  await expectAccessible(page);
  await expect(access(path.join(home.directory, 'places', 'elsewhere'))).rejects.toThrow('ENOENT');
  await main(page).locator('.bc-plan-footer button').last().click();
  await expect(page.getByRole('heading', { name: 'Connected, and this is the proof' })).toBeVisible(
    serverWork,
  );
  await expect(main(page).locator('.bc-proofs > li').getByText('proved', { exact: true })).not.toHaveCount(0);
  await expectAccessible(page);
  expect(await readFile(stack.paths.state, 'utf8')).toBe(before);
  expect(await readdir(path.join(home.directory, 'places', 'elsewhere'))).toContain('state.json');
  await button(page, 'Go to Home').click();
  await expect(page.locator('.bc-kind').first()).toBeVisible();
  await visit(page, '/servers');
  await expectAccessible(page);
});

test('adds a service with a credential that the operator brings, proves it, and takes it back', async () => {
  test.setTimeout(300_000);
  await nameInTheDns(`001.far-app.${hostname().split('.')[0]?.toLowerCase() ?? ''}.trusted.domain`);
  await visit(page, '/openbao');
  await main(page).getByText('Other AppRole', { exact: true }).click();
  const text = (file: 'role_id' | 'secret_id'): Promise<string> =>
    readFile(stack.paths.consoleRole('console', file), 'utf8');
  await main(page)
    .getByLabel('role_id')
    .fill((await text('role_id')).trim());
  await main(page)
    .getByLabel('secret_id')
    .fill((await text('secret_id')).trim());
  await button(page, 'Log in').click();
  await expect(main(page).getByText('live', { exact: true })).toBeVisible(serverWork);
  await visit(page, '/services');
  await button(page.locator('.bc-empty'), 'Add a service').or(page.locator('.bc-empty a')).first().click();
  await main(page).getByLabel('Service name').fill('far-app');
  await expect(main(page).getByText(/^001\.far-app\./)).toBeVisible();
  await button(page, 'Next').click();
  await button(page, 'See the plan').click();
  await expect(button(page, 'Add far-app')).toBeEnabled(serverWork);
  await expectAccessible(page);
  await button(page, 'Add far-app').click();
  const failed = page.getByRole('alert');
  await expect(page.getByRole('heading', { name: 'The service is onboarded' }).or(failed)).toBeVisible(
    serverWork,
  );
  expect(await failed.allInnerTexts()).toEqual([]);
  await button(page, "Open the service's page").click();
  await expect(page.getByText('The certificate is proved up to trust by a peer.')).toBeVisible(serverWork);
  // What the servers keep of it goes with it.
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: /Remove/ }).click();
  await page
    .getByRole('dialog')
    .getByRole('textbox', { name: /Type far-app/ })
    .fill('far-app');
  await page.getByRole('dialog').locator('.bc-plan-footer button').last().click();
  // The service's own page says `done` of its onboarding: only the page of the operation speaks of this one.
  await expect(page.getByRole('heading', { name: 'Remove the service far-app', level: 1 })).toBeVisible(
    serverWork,
  );
  await expect(main(page).getByText('done', { exact: true }).first()).toBeVisible(serverWork);
  await visit(page, '/services');
  await expect(main(page).getByText('No service yet.')).toBeVisible();
});

test('opens a work directory that is there, after looking at it without touching it', async () => {
  await visit(page, '/start');
  await page.getByRole('link', { name: /Open an existing work directory/ }).click();
  await main(page).getByLabel('Folder').fill(path.dirname(stack.paths.root));
  await button(page, 'Go').click();
  await expect(button(page, /^work/)).toContainText('Installation');
  await expect(button(page, 'Open')).toBeDisabled();
  await expectAccessible(page);
  await button(page, /^work/).click();
  await expect(main(page).getByText('an installation of this console')).toBeVisible();
  await button(page, 'Open').click();
  await expect(page.locator('.bc-kind').first()).toHaveAttribute('data-kind', 'lab');
  await visit(page, '/openbao');
  await expect(main(page).getByText(openbaoUrl).first()).toBeVisible();
  await expectAccessible(page);
  await visit(page, '/start');
  await expect(main(page).getByRole('button', { name: /Elsewhere/ })).toBeVisible();
});
