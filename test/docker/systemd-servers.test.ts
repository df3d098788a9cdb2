import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeUnless } from '../support/describe-unless.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import type { TestHost } from '../support/docker/host.ts';
import { startServerHost, type ServerHost } from '../support/docker/server-host.ts';

const servers = ['postgres', 'openbao', 'resolver', 'responder', 'step-ca'];

describeUnless(noEngine(), 'servers as units of systemd', () => {
  let daemon: TestDaemon | undefined;
  let host: TestHost;

  let workDir: string;
  let cli: ServerHost['cli'];
  let cliWith: ServerHost['cliWith'];
  let done: ServerHost['done'];
  let show: ServerHost['show'];

  const states = async (): Promise<unknown> => {
    const { result } = await cli('infra', 'status');
    return (result['servers'] as readonly { name: string; state: string }[]).map(({ name, state }) => [
      name,
      state,
    ]);
  };
  const all = (state: string): unknown => servers.map((name) => [name, name === 'openbao' ? state : 'ready']);

  beforeAll(async () => {
    daemon = await startDaemon();
    ({ host, workDir, cli, cliWith, done, show } = await startServerHost(daemon, 'server-host'));
    await done('init', '--kind', 'lab', '--yes');
    await done('service', 'add', 'edge-proxy', '--yes');
  }, 240_000);
  afterAll(() => daemon?.stop());

  test('the plan shows each unit as a diff, and systemd finds nothing wrong and each safe', async () => {
    const { result } = await done('infra', 'units');
    const units = result['units'] as readonly { name: string; path: string; exposure: number }[];
    expect(units.map(({ name }) => name)).toEqual(servers.map((id) => `bootroot-${id}.service`));
    for (const { name, exposure } of units) expect(exposure, name).toBeLessThan(3);
    const plan = await done('infra', 'to-systemd', '--dry-run');
    const effects = (plan.result as { plan: { steps: { effects: { path?: string; diff?: string }[] }[] } })
      .plan.steps[0]?.effects;
    expect(effects?.map(({ path }) => path)).toEqual(units.map(({ path }) => path));
    expect(effects?.[1]?.diff).toContain('+ExecStart="/usr/local/bin/bao" "server"');
    expect(await show('openbao', 'LoadState')).toBe('not-found');
  });

  test('they are handed over with all they have, and start with the host', async () => {
    await done('infra', 'to-systemd', '--yes');
    for (const id of servers) {
      expect([id, await show(id, 'ActiveState'), await show(id, 'UnitFileState')]).toEqual([
        id,
        'active',
        'enabled',
      ]);
    }
    await done('unseal');
    expect(await states()).toEqual(all('ready'));
    await done('verify', '--service-name', 'edge-proxy');
  });

  test('a rotation that restarts and reloads servers works through systemd', async () => {
    await done('rotate', 'db', '--yes');
    await done('rotate', 'responder-hmac', '--yes');
    await done('verify', '--service-name', 'edge-proxy');
    expect(
      (await host.exec(['journalctl', '-u', 'bootroot-openbao', '-n', '1', '-o', 'cat'])).stdout,
    ).not.toBe('');
    const { stdout } = await host.exec([
      'node',
      '/opt/console/dist/console.cjs',
      '--work-dir',
      workDir,
      'infra',
      'logs',
      'step-ca',
    ]);
    expect(stdout).toContain('step-ca');
  });

  test('a server that dies is started again by systemd, and the console sees it', async () => {
    const before = await show('step-ca', 'MainPID');
    await host.must(['kill', '-KILL', before]);
    await expect
      .poll(() => show('step-ca', 'MainPID'), { timeout: 30_000 })
      .not.toMatch(new RegExp(`^(0|${before})$`));
    await expect.poll(states, { timeout: 30_000 }).toEqual(all('ready'));
  });

  test('agents and schedules are installed as units with a diff, stay up, and are removed again', async () => {
    const ids = ['scheduler-timer', 'agent:edge-proxy'];
    const find = async (): Promise<Record<string, unknown>[]> => {
      const { result } = await cli('infra', 'helpers');
      return (result['units'] as Record<string, unknown>[]).filter(({ id }) => ids.includes(String(id)));
    };
    for (const { exposure, installed } of await find()) {
      expect(installed).toBe('no');
      expect(exposure).toBeLessThan(3);
    }
    const plan = await done('infra', 'install', ...ids, '--dry-run');
    expect(plan.said).toContain('+OnCalendar=*:0/5');
    await done('infra', 'install', ...ids, '--yes');
    expect(await find()).toMatchObject(
      ids.map((id) => ({ id, installed: 'same', active: 'active', enabled: true })),
    );
    // One that cannot work is named with its lines, and can be taken back.
    const agent = '/srv/bootroot/agent-edge-proxy.toml';
    await host.must(['sh', '-c', `cp ${agent} ${agent}.kept && echo 'email = [' > ${agent}`]);
    const failed = await cli('infra', 'install', 'agent:edge-proxy', '--yes');
    expect(failed.code).toBe(1);
    expect(failed.said).toContain('units_not_running');
    const { result } = await done('operations', 'list');
    await done('operations', 'undo', (result['operations'] as { id: string }[])[0]?.id ?? '', '--yes');
    await host.must(['mv', `${agent}.kept`, agent]);
    // Who writes to a journal that goes away ends with it, and is started again: OpenBao comes back sealed.
    await host.must([
      'systemctl',
      'stop',
      'systemd-journald.socket',
      'systemd-journald-dev-log.socket',
      'systemd-journald.service',
    ]);
    await done('infra', 'install', 'agent:edge-proxy', '--yes');
    await host.must(['systemctl', 'start', 'systemd-journald.service']);
    await done('infra', 'uninstall', ...ids, '--yes');
    expect((await find()).map(({ installed }) => installed)).toEqual(['no', 'no']);
    await expect.poll(states, { timeout: 60_000 }).toEqual(all('sealed'));
    await done('unseal');
    await done('verify', '--service-name', 'edge-proxy');
  });

  test('a unit of another installation is refused in the plan and stays as it is', async () => {
    const path = '/etc/systemd/system/other-openbao.service';
    await host.must(['sh', '-c', `printf '[Service]\\nExecStart=/bin/true\\n' > ${path}`]);
    const { code, said } = await cli('infra', 'to-systemd', '--prefix', 'other', '--yes');
    expect(code).toBe(3);
    expect(said).toContain(path);
    expect(await host.must(['cat', path])).toBe('[Service]\nExecStart=/bin/true\n');
  });

  test.each([
    ['infra.from-systemd', 'from-systemd', 'switch:after', 'resume'],
    ['infra.to-systemd', 'to-systemd', 'units:after', 'undo'],
    ['infra.to-systemd', 'to-systemd', 'switch:before', 'resume'],
  ])('%s is killed at its worst moment and ends by %s %s %s', async (_kind, word, moment, end) => {
    const fault = ['BOOTROOT_CONSOLE_TEST=1', `BOOTROOT_CONSOLE_FAULT=${moment}`];
    expect((await cliWith(fault, 'infra', word, '--yes')).code).not.toBe(0);
    const { result } = await done('operations', 'list');
    const [last] = result['operations'] as readonly { id: string; state: string }[];
    expect(last?.state).toBe('interrupted');
    await done('operations', end, last?.id ?? '', '--yes');
    await done('unseal');
    expect(await states()).toEqual(all('ready'));
  });

  test('they are taken back, and nothing of the units stays', async () => {
    await done('infra', 'from-systemd', '--yes');
    await done('unseal');
    expect(await states()).toEqual(all('ready'));
    expect((await host.exec(['sh', '-c', 'ls /etc/systemd/system/bootroot-*'])).code).not.toBe(0);
    await done('verify', '--service-name', 'edge-proxy');
  });
});
