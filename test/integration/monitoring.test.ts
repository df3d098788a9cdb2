import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Charts, CheckView, MonitoringState } from '../../shared/contract/monitoring.ts';
import type { Sent } from '../../shared/contract/notifications.ts';
import type { ServerStatus } from '../../shared/contract/topology.ts';
import { scrapeTargets } from '../../src-main/monitoring/stack/answers.ts';
import { freePort, startChild, untilReady, type TestChild } from '../support/child.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';
import { startReceiver, startWatchers, type Receiver } from '../support/monitoring.ts';

const program = fileURLToPath(new URL('../../dist/console.cjs', import.meta.url));

let stack: Installation;
let inner: InnerConsole;
let receiver: Receiver;
let exporter: TestChild;
let watchers: Awaited<ReturnType<typeof startWatchers>>;
let metrics: string;
const token = 'only-for-prometheus-4711';

beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  inner = await stack.open();
  receiver = await startReceiver();
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}/metrics`;
  const words = ['--work-dir', stack.paths.root, 'monitoring', 'exporter', '--no-watch'];
  exporter = startChild(process.execPath, [program, ...words, '--listen', `127.0.0.1:${port}`]);
  await untilReady(exporter, async () => (await fetch(metrics)).ok);
  watchers = await startWatchers(
    join(dirname(stack.paths.root), 'watchers'),
    `127.0.0.1:${port}`,
    receiver.url,
  );
});
afterAll(async () => {
  await watchers?.stop();
  await exporter?.stop();
  await receiver?.close();
  await stack?.stop();
});

const tick = () =>
  inner.first<{ alarms: number; checks: string[]; sent: number }>('monitoring.watch', { once: true });

async function killServer(name: ServerStatus['name']): Promise<void> {
  const servers = await inner.first<ServerStatus[]>('infra.status');
  const pid = servers.find((one) => one.name === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
}

describe('the exporter', () => {
  it('says of a healthy installation that it is', async () => {
    const text = await (await fetch(metrics)).text();
    for (const line of [
      'bootroot_openbao_up 1',
      'bootroot_openbao_sealed 0',
      'bootroot_openbao_session 1',
      'bootroot_server_up{server="step-ca"} 1',
      'bootroot_evidence_proved{service="edge",rung="served"} 1',
      'bootroot_openbao_audit_devices 2',
      'bootroot_check_overdue{check="services",kind="verify"} 0',
      'bootroot_console_audit_log_intact 1',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toMatch(/^bootroot_clock_skew_seconds\{server="step-ca"\} -?[01](\.\d+)?$/m);
    expect(text).toMatch(/^bootroot_certificate_days_left\{name="edge",kind="leaf"\} 0\.9/m);
    expect(text).toMatch(/^bootroot_secret_age_days\{target="db"\} 0(\.|e|$)/m);
    expect(text).toMatch(/^bootroot_credential_expires_seconds\{id="[^"]+",kind="secret_id",name="edge"\}/m);
    expect(text).toMatch(/^bootroot_stepca_database_bytes [1-9]\d{6,}$/m);
    expect(text).toMatch(/^bootroot_openbao_audit_bytes\{device="file"\} [1-9]/m);
  });

  it('shows nothing to other hosts without a token', async () => {
    const file = join(dirname(stack.paths.root), 'token');
    await writeFile(file, token, { mode: 0o600 });
    const refused = await stack.cli(['monitoring', 'exporter', '--listen', '0.0.0.0:0', '--json']);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'metrics_token' } });
    const port = await freePort();
    const words = [
      '--work-dir',
      stack.paths.root,
      'monitoring',
      'exporter',
      '--no-watch',
      '--token-file',
      file,
    ];
    const other = startChild(process.execPath, [program, ...words, '--listen', `127.0.0.1:${port}`]);
    try {
      const url = `http://127.0.0.1:${port}/metrics`;
      await untilReady(other, async () => (await fetch(url)).status === 401);
      expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});

describe('checks', () => {
  it('walk every service, and order a certificate that nobody keeps', async () => {
    await inner.call('checks.save', { id: 'order', kind: 'issuance', everyMinutes: 30 });
    const before = await readFile(stack.paths.cert('edge'), 'utf8');
    await inner.call('checks.run', { id: 'services' });
    const views = await inner.call<CheckView[]>('checks.run', { id: 'order' });
    expect(views.map(({ id, lastRun }) => [id, lastRun?.outcome, lastRun?.proved])).toEqual([
      ['order', 'passed', 1],
      ['services', 'passed', 1],
    ]);
    expect(await readFile(stack.paths.cert('edge'), 'utf8')).toBe(before);
    await tick();
    const { charts } = await inner.call<Charts>('monitoring.charts', { hours: 1 });
    const latency = charts.find(({ name }) => name === 'latency')?.series.map(({ name }) => name);
    expect(latency).toEqual(expect.arrayContaining(['account', 'challenge', 'finalize', 'order']));
  });
});

describe('an alert', () => {
  it('travels from a stopped server through Prometheus and Alertmanager, and by the console itself, and ends', async () => {
    await inner.call('notifications.saveChannel', {
      channel: { id: 'team', delivery: { type: 'webhook', shape: 'slack' } },
      secret: `${receiver.url}/hooks/T0/B0/very-secret`,
    });
    await tick();
    await killServer('step-ca');
    expect((await tick()).sent).toBe(1);
    // What else this host may be short of was sent before.
    const own = receiver.posts.filter(({ path }) => path.startsWith('/hooks')).at(-1);
    expect(JSON.stringify(own?.body)).toContain('step-ca');
    expect((await tick()).sent).toBe(0);
    const fired = await receiver.until(
      (body) => body.includes('BootrootServerDown') && body.includes('"firing"') && body.includes('step-ca'),
    );
    expect(fired).toMatchObject({ alerts: [{ labels: { severity: 'critical', server: 'step-ca' } }] });
    const { port } = new URL(watchers.prometheus);
    const deployed = { profile: 'lan', grafanaPort: 1, prometheusPort: Number(port), exporter: '' } as const;
    expect(await scrapeTargets(deployed)).toMatchObject([{ job: 'bootroot-console', health: 'up' }]);
    // What is charted while it is down comes from Prometheus, and from the console's own memory when that is gone.
    await inner.call('monitoring.saveSettings', { prometheusUrl: watchers.prometheus });
    expect(await inner.call<Charts>('monitoring.charts', { hours: 1 })).toMatchObject({
      source: 'prometheus',
    });

    expect((await inner.operate('infra.up', {})).state).toBe('done');
    await receiver.until((body) => body.includes('BootrootServerDown') && body.includes('"resolved"'));
    expect((await tick()).sent).toBe(1);
    const sent = await inner.call<Sent[]>('notifications.sent');
    expect(sent.map(({ kind, outcome, channel }) => `${channel} ${kind} ${outcome}`)).toEqual([
      'team resolved sent',
      'team alert sent',
    ]);
  });

  it('comes when what was declared does not answer, and charts go on without Prometheus', async () => {
    await inner.call('monitoring.saveSettings', {
      prometheusUrl: 'http://127.0.0.1:1',
      targets: [{ name: 'agent', url: 'http://127.0.0.1:1/metrics' }],
    });
    await tick();
    const state = await inner.call<MonitoringState>('monitoring.state');
    expect(state.alarms.map(({ id }) => id)).toContain('target-agent');
    const charts = await inner.call<Charts>('monitoring.charts', { hours: 1 });
    expect(charts).toMatchObject({
      source: 'history',
      problem: { key: 'error.prometheus_unusable.what', params: { reason: 'ECONNREFUSED' } },
    });
    expect(charts.charts.find(({ name }) => name === 'servers')?.series.length).toBe(5);
    await inner.call('monitoring.saveSettings', {});
  });
});

describe('the address of a webhook', () => {
  it('is in one file that nobody else reads, and nowhere else', async () => {
    const file = join(stack.paths.secrets, 'notifications', 'team');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const answers = [
      await inner.call('notifications.settings'),
      await inner.call('notifications.sent'),
      await inner.call('audit.list', { limit: 1000, search: '' }),
    ];
    expect(JSON.stringify(answers)).not.toContain('very-secret');
    const store = await readFile(stack.paths.store);
    const wal = await readFile(`${stack.paths.store}-wal`).catch(() => Buffer.alloc(0));
    expect(store.includes('very-secret') || wal.includes('very-secret')).toBe(false);
    receiver.answer(410);
    const refused = await inner.call<Sent>('notifications.test', { id: 'team' });
    expect(refused).toMatchObject({
      outcome: 'failed',
      error: { code: 'webhook_refused', params: { status: 410 } },
    });
    expect(JSON.stringify(refused)).not.toContain('very-secret');
  });
});
