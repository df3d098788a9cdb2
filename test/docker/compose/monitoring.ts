import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { renderRules, ruleGroups } from '../../../src-main/monitoring/rules.ts';
import { images } from '../../../src-main/monitoring/stack/files.ts';
import { freePort, startChild, untilReady } from '../../support/child.ts';
import { prometheusImage } from '../../support/docker/images.ts';
import { startAlertmanager, startReceiver } from '../../support/monitoring.ts';
import type { ComposeWorld } from './world.ts';

const consoleProgram = fileURLToPath(new URL('../../../dist/console.cjs', import.meta.url));

/** Prometheus beside the servers. */
export function monitoring(world: () => ComposeWorld): void {
  test('Prometheus runs beside it without Grafana, and an alert travels from a stopped container to who is told', async () => {
    const { daemon, engine, made, inner, operate, run, environment } = world();
    const bridge = '{{(index .IPAM.Config 0).Gateway}}';
    const gateway = await run('network', 'inspect', 'bridge', '--format', bridge);
    const [exporterPort, prometheusPort, alertPort] = [await freePort(), await freePort(), await freePort()];
    const monitoring = join(made.paths.root, 'monitoring');
    const ports = ['--exporter-port', String(exporterPort), '--prometheus-port', String(prometheusPort)];
    const up = ['monitoring', 'up', '--profile', 'lan', ...ports];
    await prometheusImage(daemon);
    const watching = async (): Promise<string[]> =>
      (await engine.containers())
        .filter(({ labels }) => labels['bootroot.instance'] === inner.console.required().id)
        .map(({ state }) => state);

    // Grafana is in no package registry: the image that is missing is named, with the way to go on without it.
    const refused = await made.cli([...up, '--json'], environment);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      operation: { error: { code: 'monitoring_no_image', params: { images: images.grafana } } },
    });
    expect(refused.code).not.toBe(0);
    expect(await watching()).toEqual([]);

    const receiver = await startReceiver();
    const words = ['--work-dir', made.paths.root, 'monitoring', 'exporter', '--no-watch'];
    const token = ['--token-file', join(monitoring, 'prometheus', 'token')];
    const exporter = startChild(
      process.execPath,
      [consoleProgram, ...words, ...token, '--listen', `${gateway}:${exporterPort}`],
      { env: environment },
    );
    const alertmanager = await startAlertmanager(
      join(made.paths.root, '..', 'alerts'),
      `${gateway}:${alertPort}`,
      receiver.url,
    );
    try {
      const asked = async (): Promise<boolean> =>
        (await fetch(`http://${gateway}:${exporterPort}/metrics`)).status === 401;
      await untilReady(exporter, asked);
      const started = await made.cli([...up, '--without-grafana'], environment);
      expect([started.code, started.stderr]).toEqual([0, expect.any(String)]);
      expect((await made.last()).proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
      expect(await watching()).toEqual(['running']);
      const { stdout } = await made.cli(['monitoring', 'status'], environment);
      expect(stdout).toMatch(/^bootroot-console: up http:\/\/host\.docker\.internal:/m);
      expect(stdout).toMatch(/^Grafana: none/m);

      // Its own rules and its own Alertmanager list; only the waiting is taken out.
      const file = (name: string): string => join(monitoring, 'prometheus', name);
      const config = await readFile(file('prometheus.yml'), 'utf8');
      await writeFile(file('prometheus.yml'), config.replaceAll('_interval: 30s', '_interval: 2s'));
      await writeFile(file('bootroot.rules.yml'), renderRules(ruleGroups, '0s'));
      const targets = [`host.docker.internal:${alertPort}`];
      await writeFile(file('alertmanagers.json'), JSON.stringify([{ targets }]));
      await run('kill', '-s', 'HUP', `bootroot-monitoring-${inner.console.required().id}-prometheus-1`);
      await run('stop', '-t', '1', 'blue-http01');
      const fired = await receiver.until(
        (body) => body.includes('BootrootServerDown') && body.includes('responder'),
      );
      expect(fired).toMatchObject({
        alerts: [{ status: 'firing', labels: { severity: 'critical', server: 'responder' } }],
      });
      await operate('infra.up');
      await receiver.until((body) => body.includes('BootrootServerDown') && body.includes('"resolved"'));

      const ended = await made.cli(['monitoring', 'down'], environment);
      expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
      expect(await watching()).toEqual([]);
    } finally {
      await alertmanager.stop();
      await exporter.stop();
      await receiver.close();
    }
  });
}
