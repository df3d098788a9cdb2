import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schedulerRunners } from '../../src-main/schedule/runners.ts';
import { agentService, openbaoAgentService, responderService } from '../../src-main/systemd/programs.ts';
import { renderService, renderSocket } from '../../src-main/systemd/unit.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { makeNetwork, startHost, type TestHost } from '../support/docker/host.ts';
import { systemdImage } from '../support/docker/images.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const program = ['/usr/local/bin/node', '/opt/console/dist/console.cjs'];
const config = '/etc/bootroot/responder.toml';
let daemon: TestDaemon | undefined;
let host: TestHost;

const put = (path: string, text: string): Promise<string> =>
  host.must(['sh', '-c', 'mkdir -p "$(dirname "$1")" && cat > "$1"', 'sh', path], text);
/** The exposure of a unit as systemd rates it: 0 to 10, the lower the better. */
async function exposure(unit: string): Promise<number> {
  const { stdout } = await host.exec(['systemd-analyze', 'security', '--no-pager', unit]);
  const [, score = '10'] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
  return Number(score);
}
const challenge = async (): Promise<number> => {
  const code =
    "require('http').get('http://127.0.0.1/.well-known/acme-challenge/x',r=>console.log(r.statusCode))";
  return Number((await host.must([program[0] ?? '', '-e', code])).trim());
};

describeUnless(noEngine(), 'units on a real systemd', () => {
  beforeAll(async () => {
    daemon = await startDaemon();
    host = await startHost(daemon, {
      name: 'unit-host',
      image: await systemdImage(daemon),
      network: await makeNetwork(daemon, 'units'),
      mounts: [`${root}/dist:/opt/console/dist:ro`, `${root}/node_modules:/opt/console/node_modules:ro`],
    });
    await host.must(['useradd', '--system', '--no-create-home', 'bootroot']);
    await put(config, 'hmac_secret = "of a test"\nadmin_addr = "127.0.0.1:8080"\n');
    await host.must(['chown', '-R', 'bootroot', '/etc/bootroot']);
  }, 240_000);
  afterAll(() => daemon?.stop());

  test('systemd finds nothing wrong with any of them, and rates each as safe', async () => {
    const user = 'bootroot';
    const units = [
      responderService({ user, program, config }),
      agentService({
        user,
        program,
        id: 'edge',
        config: '/etc/bootroot/agent.toml',
        writable: ['/srv/edge'],
      }),
      openbaoAgentService({
        user,
        id: 'edge',
        bao: '/bin/true',
        config: '/etc/bootroot/agent.hcl',
        writable: ['/srv/edge'],
      }),
    ];
    const secrets = '/srv/bootroot/secrets/openbao/scheduler';
    const credential = { roleIdPath: `${secrets}/role_id`, secretIdPath: `${secrets}/secret_id` };
    const runners = schedulerRunners({ program, workDir: '/srv/bootroot', uid: 1000, credential });
    const files = [
      ...units.map((unit) => ({ path: `/etc/systemd/system/${unit.name}`, text: renderService(unit) })),
      ...runners.flatMap(({ id, files: each }) => (id === 'timer' ? each : [])),
    ];
    for (const { path, text } of files) await put(path, text);
    await host.must(['systemctl', 'daemon-reload']);
    const said = await host.exec(['systemd-analyze', 'verify', ...files.map(({ path }) => path)]);
    expect([said.code, said.stderr.trim()]).toEqual([0, '']);
    for (const { path } of files.filter(({ path: each }) => each.endsWith('.service')))
      expect(await exposure(path.split('/').at(-1) ?? ''), path).toBeLessThan(3);
  });

  test('the responder has port 80 without being root, reads its configuration again, and comes back', async () => {
    await host.must(['systemctl', 'enable', '--now', 'bootroot-responder.service']);
    await expect.poll(challenge, { timeout: 20_000 }).toBe(404);
    const pid = async (): Promise<string> =>
      (await host.must(['systemctl', 'show', '-P', 'MainPID', 'bootroot-responder.service'])).trim();
    const first = await pid();
    expect((await host.must(['ps', '-o', 'user=', '-p', first])).trim()).toBe('bootroot');
    await host.must(['systemctl', 'reload', 'bootroot-responder.service']);
    await expect
      .poll(() => host.must(['journalctl', '-u', 'bootroot-responder', '--no-pager', '-o', 'cat']), {
        timeout: 60_000,
      })
      .toContain('read its configuration again');
    await host.must(['kill', '-KILL', first]);
    await expect.poll(pid, { timeout: 30_000 }).not.toMatch(new RegExp(`^(0|${first})$`));
    await expect.poll(challenge, { timeout: 20_000 }).toBe(404);
    await host.must(['systemctl', 'disable', '--now', 'bootroot-responder.service']);
  });

  test('it takes the socket that systemd has opened, and then needs no capability', async () => {
    const socket = 'bootroot-responder.socket';
    const unit = responderService({ user: 'bootroot', program, config, socket });
    await put(
      `/etc/systemd/system/${socket}`,
      renderSocket({ description: 'port 80', address: '80', name: 'challenge', service: unit.name }),
    );
    await put(`/etc/systemd/system/${unit.name}`, renderService(unit));
    await host.must(['systemctl', 'daemon-reload']);
    await host.must(['systemctl', 'enable', '--now', socket]);
    await expect.poll(challenge, { timeout: 20_000 }).toBe(404);
    const shown = await host.must(['systemctl', 'show', '-P', 'CapabilityBoundingSet', unit.name]);
    expect(shown.trim()).toBe('');
  });
});
