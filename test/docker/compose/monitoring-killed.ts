import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Operation } from '../../../shared/contract/operations.ts';
import { images } from '../../../src-main/monitoring/stack/files.ts';
import { httpRequest } from '../../../src-main/tls/http-request.ts';
import { tlsClient } from '../../../src-main/tls/client.ts';
import { readEnv } from '../../../src-main/workspace/env-file.ts';
import { freePort } from '../../support/child.ts';
import { prometheusImage } from '../../support/docker/images.ts';
import { filesBelow } from '../../support/installation.ts';
import { momentsFor } from '../../support/moments.ts';
import { testPki } from '../../support/pki.ts';
import type { ComposeWorld } from './world.ts';

const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);

/** Many starts of the command line, each of which is slow on a busy machine. */
const busyMs = 600_000;

/** What both tests do by the command line, and what they see of the stack. */
async function stage(world: ComposeWorld) {
  const { daemon, engine, made, inner, environment } = world;
  const { root } = made.paths;
  if (!(await engine.hasImage(images.prometheus))) await prometheusImage(daemon);
  /** With 4 where something is not proved yet: nobody answers as the console's exporter here. */
  const done = async (words: readonly string[], expected = 0): Promise<void> => {
    const { code, stdout, stderr } = await made.cli(words, environment);
    expect([words, code], `${stdout}\n${stderr}`).toEqual([words, expected]);
  };
  const killed = async (words: readonly string[], moment: string): Promise<Operation> => {
    const fault = { BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: moment };
    const { signal, stdout, stderr } = await made.cli(words, { ...environment, ...fault });
    expect([moment, signal], `${stdout}\n${stderr}`).toEqual([moment, 'SIGKILL']);
    const last = await made.last();
    expect([moment, last.state]).toEqual([moment, 'interrupted']);
    return last;
  };
  /** Every file of the stack but what Prometheus itself keeps, and which of its containers run at which port. */
  const now = async (): Promise<unknown> => {
    const files = await filesBelow(join(root, 'monitoring'), [
      'data',
      'prometheus/token',
      'prometheus/web.yml',
    ]);
    const texts = await Promise.all(
      files.sort().map(async (path) => [path, await readFile(path, 'utf8')] as const),
    );
    const { id } = inner.console.required();
    const containers = (await engine.containers([`bootroot.instance=${id}`])).map(
      ({ state, ports: open }) => [state, ...new Set(open.map(({ published }) => published))],
    );
    return { texts, containers };
  };

  const exporterPort = await freePort();
  const upAt = (prometheusPort: number): string[] => [
    ...['monitoring', 'up', '--profile', 'lan', '--without-grafana'],
    ...['--exporter-port', String(exporterPort), '--prometheus-port', String(prometheusPort)],
  ];
  return { exporterPort, upAt, done, killed, now };
}

/** A console that is killed at each step of starting and of ending Prometheus. */
export function killingMonitoring(world: () => ComposeWorld): void {
  test(
    'a console that is killed at any step of starting Prometheus: taken back, all is as before',
    async () => {
      const { made, planOf } = world();
      await rm(join(made.paths.root, 'monitoring'), { recursive: true, force: true });
      const { exporterPort, upAt, done, killed, now } = await stage(world());
      const port = await freePort();
      const input = { profile: 'lan', grafana: false, exporterPort, prometheusPort: port };
      const steps = (await planOf('monitoring.up', input)).steps.map(({ id }) => id);
      expect(steps.at(0)).toBe('before');
      // Files are all written alike: the first of them and the last.
      const isFile = (id: string): boolean => id.startsWith('file-');
      const files = steps.filter(isFile);
      const tried = steps.filter((id) => !isFile(id) || id === files[0] || id === files.at(-1));
      const clean = await now();
      for (const [index, step] of tried.entries())
        for (const moment of momentsFor(index, seed)) {
          const { id } = await killed(upAt(port), `${step}:${moment}:monitoring.up`);
          await done(['operations', 'undo', id]);
          expect([step, moment, await now()]).toEqual([step, moment, clean]);
        }
    },
    busyMs,
  );

  test(
    'a console that is killed over a Prometheus that runs, to which it gives a login, and while it ends it',
    async () => {
      const { made, environment } = world();
      const { root } = made.paths;
      const { upAt, done, killed, now } = await stage(world());
      const [port, other] = [await freePort(), await freePort()];
      const { id } = await killed(upAt(port), 'up:after:monitoring.up');
      await done(['operations', 'resume', id], 4);
      const running = await now();
      expect(running).toMatchObject({ containers: [['running', port]] });

      // The public profile over one that runs: TLS and a login. Taken back, the one before runs again as it was.
      const pki = await testPki('Monitoring');
      const leaf = await pki.leaf(['monitor.example', '127.0.0.1']);
      const [cert, key] = [join(root, '..', 'monitor.pem'), join(root, '..', 'monitor.key')];
      await writeFile(cert, leaf.cert + pki.intermediate.pem);
      await writeFile(key, leaf.key, { mode: 0o600 });
      const secure = upAt(other).map((word) => (word === 'lan' ? 'public' : word));
      const second = await killed(
        [...secure, '--tls-cert', cert, '--tls-key', key],
        'proof:after:monitoring.up',
      );
      expect(await now()).toMatchObject({ containers: [['running', other]] });
      const asked = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
        const tls = tlsClient({ ca: pki.bundle });
        try {
          return (await httpRequest({ url, headers, tls, timeoutMs: 5_000, maxBytes: 1 << 20 })).status;
        } finally {
          tls.close();
        }
      };
      const address = `https://127.0.0.1:${String(other)}/api/v1/targets`;
      const secret = readEnv(await readFile(made.paths.env, 'utf8')).get('PROMETHEUS_PASSWORD') ?? '';
      const login = { authorization: `Basic ${Buffer.from(`bootroot:${secret}`).toString('base64')}` };
      expect([await asked(address), await asked(address, login)]).toEqual([401, 200]);
      expect((await fetch(address.replace('https', 'http'))).status).toBe(400);
      const { stdout } = await made.cli(['monitoring', 'status'], environment);
      expect(stdout).toContain(`https://127.0.0.1:${String(other)}`);
      expect(stdout).toMatch(/^bootroot-console: /m);
      await done(['operations', 'undo', second.id]);
      expect(await now()).toEqual(running);

      const down = ['monitoring', 'down', '--reset-grafana-admin-password'];
      const taken = await killed(down, 'down:after:monitoring.down');
      await done(['operations', 'undo', taken.id]);
      expect(await now()).toEqual(running);
      for (const moment of ['down:after', 'reset:before', 'reset:after']) {
        const ended = await killed(down, `${moment}:monitoring.down`);
        await done(['operations', 'resume', ended.id]);
        expect([moment, await now()]).toMatchObject([moment, { containers: [] }]);
      }
      await expect(readFile(made.paths.env, 'utf8')).resolves.toMatch(/^GRAFANA_ADMIN_PASSWORD=[\w-]{32}$/m);
    },
    busyMs,
  );
}
