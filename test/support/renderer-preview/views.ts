import type { Page } from '@playwright/test';
import type { Scenario } from './scenario.ts';

/** One page in one state, as the tests and the pictures look at it. */
export interface View {
  readonly name: string;
  readonly hash: string;
  readonly scenario?: Partial<Scenario>;
  /** Brings the page into the state after it was loaded. */
  readonly act?: (page: Page) => Promise<void>;
}

const press = (key: string) => async (page: Page) => {
  await page.locator('.bc-page').waitFor();
  await page.keyboard.press(key);
  await page.locator('[role="dialog"]').waitFor();
};

const openDialog = (selector: string) => async (page: Page) => {
  await page.locator(selector).first().click();
  await page.locator('[role="dialog"]').waitFor();
};

const openMenu = (selector: string) => async (page: Page) => {
  await page.locator(selector).first().click();
  await page.locator('[role="menu"]').waitFor();
};

async function unfold(page: Page): Promise<void> {
  await page.locator('.bc-disclosure-head').first().click();
}

async function remove(page: Page): Promise<void> {
  await openMenu('.bc-page-head [aria-haspopup="menu"]')(page);
  await page.locator('[role="menuitem"]').last().click();
  await page.locator('.bc-plan-footer').waitFor();
}

async function select(page: Page): Promise<void> {
  await page.locator('.bc-row').first().waitFor();
  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await page.locator('[data-bulk]').waitFor();
}

async function filter(page: Page): Promise<void> {
  await openMenu('.bc-list-bar button')(page);
  for (const at of [0, 1, 6]) await page.locator('[role="menuitemcheckbox"]').nth(at).click();
  await page.keyboard.press('Escape');
  await page.locator('.bc-chip').first().waitFor();
}

async function searchInVain(page: Page): Promise<void> {
  await page.locator('.bc-page-head input').fill('no such name');
  await page.locator('.bc-empty').waitFor();
}

async function lock(page: Page): Promise<void> {
  await page.locator('.bc-header button').last().click();
  await page.locator('.bc-command').waitFor();
}

async function ask(page: Page): Promise<void> {
  await page.locator('.bc-wizard-body button').first().click();
  await page.locator('.bc-identity').waitFor();
}

const none = { workspace: 'none' } as const;
const sealedProduction = { sealed: true, workspace: 'production' } as const;
const many = { rows: 10_000 } as const;

/** Every page of the console in each of its faces. */
export const views: readonly View[] = [
  { name: 'first run', hash: '/', scenario: none },
  { name: 'open a directory', hash: '/start/open', scenario: none },
  { name: 'set-up', hash: '/start/local', scenario: none },
  {
    name: 'set-up, settings',
    hash: '/start/local',
    scenario: none,
    act: async (page) => {
      await page.locator('[role="radio"]').nth(1).click();
      await page.locator('[data-next]').click();
      for (const fold of await page.locator('.bc-disclosure-head').all()) await fold.click();
    },
  },
  { name: 'external servers', hash: '/start/external', scenario: none },
  { name: 'home', hash: '/' },
  { name: 'home, sealed', hash: '/', scenario: { sealed: true } },
  { name: 'home, empty', hash: '/', scenario: { rows: 0 } },
  { name: 'home, failed', hash: '/', scenario: { failing: true } },
  { name: 'services', hash: '/services', scenario: many },
  { name: 'services, few', hash: '/services' },
  { name: 'services, empty', hash: '/services', scenario: { rows: 0 } },
  { name: 'services, failed', hash: '/services', scenario: { failing: true } },
  { name: 'a service', hash: '/services/web-app' },
  {
    name: 'a service with a long name',
    hash: '/services/ledger-sync-with-a-very-long-service-name-that-wants-to-break-rows',
  },
  { name: 'a service whose agent failed', hash: '/services/metrics' },
  { name: 'add a service', hash: '/services/new' },
  { name: 'schedules', hash: '/schedules' },
  { name: 'schedules, many', hash: '/schedules', scenario: { rows: 2_000 } },
  { name: 'schedules, empty', hash: '/schedules', scenario: { rows: 0 } },
  { name: 'schedules, failed', hash: '/schedules', scenario: { failing: true } },
  { name: 'schedules, the days to come', hash: '/schedules/preview' },
  { name: 'schedules, many days to come', hash: '/schedules/preview', scenario: { rows: 2_000 } },
  { name: 'schedules, nothing to come', hash: '/schedules/preview', scenario: { rows: 0 } },
  { name: 'a schedule', hash: '/schedules/trust' },
  { name: 'schedules, how they run', hash: '/schedules/runner' },
  { name: 'add a schedule', hash: '/schedules/new' },
  { name: 'change a schedule', hash: '/schedules/edit/trust' },
  { name: 'remote hosts', hash: '/hosts' },
  { name: 'remote hosts, many', hash: '/hosts', scenario: { rows: 2_000 } },
  { name: 'remote hosts, empty', hash: '/hosts', scenario: { rows: 0 } },
  { name: 'remote hosts, failed', hash: '/hosts', scenario: { failing: true } },
  { name: 'a remote host, handed over', hash: '/hosts/web-app' },
  { name: 'a remote host, opened', hash: '/hosts/edge-proxy-3', scenario: { rows: 8 } },
  { name: 'a remote host, silent', hash: '/hosts/ledger-sync-with-5', scenario: { rows: 8 } },
  { name: 'a remote host, lapsed', hash: '/hosts/web-app-4', scenario: { rows: 8 } },
  {
    name: 'a remote host, failed',
    hash: '/hosts/ledger-sync-with-a-very-long-service-name',
    scenario: { rows: 8 },
  },
  { name: 'add a remote service', hash: '/hosts/new' },
  { name: 'certificates', hash: '/certificates' },
  { name: 'certificates, many', hash: '/certificates', scenario: many },
  { name: 'certificates, empty', hash: '/certificates', scenario: { rows: 0 } },
  { name: 'a certificate', hash: '/certificates/edge-proxy.crt' },
  { name: 'rotation', hash: '/rotation' },
  { name: 'rotation, failed', hash: '/rotation', scenario: { failing: true } },
  { name: 'rotation, timeline', hash: '/rotation/timeline', scenario: { rows: 1_000 } },
  { name: 'rotation, timeline without services', hash: '/rotation/timeline', scenario: { rows: 0 } },
  { name: 'rotation, history', hash: '/rotation/history' },
  { name: 'rotation, nothing rotated', hash: '/rotation/history', scenario: { rows: 0 } },
  { name: 'rotation of the CA keys', hash: '/rotation/ca-key' },
  { name: 'rotation of the CA keys, 1,000 services', hash: '/rotation/ca-key', scenario: { rows: 1_000 } },
  { name: 'rotation of the CA keys, not begun', hash: '/rotation/ca-key', scenario: { rows: 0 } },
  { name: 'new shares and root token of a lab', hash: '/rotation/openbao-recovery' },
  {
    name: 'new shares and root token by custodians',
    hash: '/rotation/openbao-recovery',
    scenario: { workspace: 'production' },
  },
  { name: 'operations', hash: '/operations' },
  { name: 'operations, empty', hash: '/operations', scenario: { rows: 0 } },
  { name: 'an operation that runs', hash: '/operations/op-running' },
  { name: 'an operation that was interrupted', hash: '/operations/op-interrupted' },
  { name: 'an operation that failed', hash: '/operations/op-failed' },
  { name: 'an operation that is done', hash: '/operations/op-done' },
  { name: 'servers', hash: '/servers', scenario: { sealed: true } },
  { name: 'audit log', hash: '/audit', scenario: many },
  { name: 'audit log, empty', hash: '/audit', scenario: { rows: 0 } },
  { name: 'monitoring', hash: '/monitoring' },
  { name: 'monitoring, nothing runs', hash: '/monitoring', scenario: { rows: 0 } },
  { name: 'charts', hash: '/monitoring/charts' },
  { name: 'notifications', hash: '/monitoring/notifications' },
  { name: 'channel', hash: '/monitoring/notifications', act: openDialog('.bc-section button') },
  { name: 'drift', hash: '/monitoring/drift' },
  { name: 'adopt', hash: '/adopt', scenario: { owned: false } },
  { name: 'adopted', hash: '/adopt' },
  { name: 'home, only looked at', hash: '/', scenario: { owned: false } },
  { name: 'issued', hash: '/certificates/issued' },
  { name: 'versions', hash: '/versions' },
  { name: 'settings', hash: '/settings', scenario: { workspace: 'production' } },
  { name: 'OpenBao', hash: '/openbao' },
  { name: 'OpenBao, sealed', hash: '/openbao', scenario: { sealed: true, workspace: 'production' } },
  { name: 'OpenBao, a cluster', hash: '/openbao', scenario: { workspace: 'production' }, act: unfold },
  { name: 'servers, as units', hash: '/servers', scenario: { workspace: 'production' }, act: unfold },
  { name: 'to production', hash: '/openbao/production' },
  { name: 'ceremony', hash: '/openbao/ceremony', scenario: { workspace: 'production' } },
  { name: 'palette', hash: '/', act: press('Control+k') },
  { name: 'plan over a page', hash: '/services/edge-proxy', act: remove },
  { name: 'an operation that was paused', hash: '/operations/op-paused' },
  { name: 'log drawer', hash: '/services', act: (page) => page.locator('.bc-drawer button').first().click() },
  { name: 'log of a server', hash: '/servers', act: openDialog('.bc-server .bc-tools button') },
  { name: 'audit entry', hash: '/audit', scenario: many, act: openDialog('.bc-row') },
  {
    name: 'shares asked for',
    hash: '/openbao',
    scenario: sealedProduction,
    act: openDialog('.bc-banner button'),
  },
  { name: 'installations', hash: '/services', act: openMenu('.bc-installation') },
  { name: 'row menu', hash: '/services', act: openMenu('.bc-row [aria-haspopup="menu"]') },
  { name: 'services, selected', hash: '/services', scenario: many, act: select },
  { name: 'services, filtered', hash: '/services', scenario: many, act: filter },
  { name: 'services, nothing fits', hash: '/services', scenario: many, act: searchInVain },
  { name: 'operations, nothing found', hash: '/operations', act: searchInVain },
  { name: 'locked', hash: '/', act: lock },
  { name: 'no such page', hash: '/nowhere' },
  { name: 'external servers, answered', hash: '/start/external', scenario: none, act: ask },
  { name: 'keys', hash: '/', act: press('?') },
];
