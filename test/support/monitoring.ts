import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ruleGroups, renderRules } from '../../src-main/monitoring/rules.ts';
import { freePort, startChild, untilReady, type TestChild } from './child.ts';

/** What was posted to it. */
export interface Receiver {
  readonly url: string;
  readonly posts: { readonly path: string; readonly body: unknown }[];
  /** Status of the answers from now on. */
  answer(status: number): void;
  /** The first post, there already or to come, that fits. */
  until(fits: (body: string) => boolean, patienceMs?: number): Promise<unknown>;
  close(): Promise<void>;
}

/** An HTTP server that keeps every JSON body it is given. */
export async function startReceiver(): Promise<Receiver> {
  const posts: { path: string; body: unknown }[] = [];
  let status = 200;
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      posts.push({ path: request.url ?? '', body: JSON.parse(text) as unknown });
      response.writeHead(status, { connection: 'close' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posts,
    answer: (next) => (status = next),
    async until(fits, patienceMs = 60_000) {
      const end = Date.now() + patienceMs;
      for (;;) {
        const found = posts.find(({ body }) => fits(JSON.stringify(body)));
        if (found !== undefined) return found.body;
        if (Date.now() > end) throw new Error(`nothing of the kind came: ${JSON.stringify(posts)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const answers = (listens: string, path: string) => async (): Promise<boolean> =>
  (await fetch(`http://${listens}${path}`)).ok;

/** Debian's Alertmanager, which sends at once what it is told. @param listen `host:port` */
export async function startAlertmanager(
  directory: string,
  listen: string,
  receiver: string,
): Promise<TestChild> {
  await mkdir(directory, { recursive: true });
  const config = join(directory, 'alertmanager.yml');
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      route: { receiver: 'here', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
      receivers: [
        { name: 'here', webhook_configs: [{ url: `${receiver}/alertmanager`, send_resolved: true }] },
      ],
    }),
  );
  const child = startChild('prometheus-alertmanager', [
    `--config.file=${config}`,
    `--storage.path=${join(directory, 'alertmanager')}`,
    `--web.listen-address=${listen}`,
    '--cluster.listen-address=',
  ]);
  await untilReady(child, answers(listen, '/-/ready'));
  return child;
}

/** Debian's Prometheus and Alertmanager with the product's rules, which fire at once; every second is a look. */
export async function startWatchers(
  directory: string,
  scrape: string,
  receiver: string,
): Promise<{ readonly prometheus: string; stop(): Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const [prometheusPort, alertPort] = [await freePort(), await freePort()];
  const [watches, sends] = [`127.0.0.1:${prometheusPort}`, `127.0.0.1:${alertPort}`];
  const rules = join(directory, 'rules.yml');
  const config = join(directory, 'prometheus.yml');
  await writeFile(rules, renderRules(ruleGroups, '0s'));
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [sends] }] }] },
      scrape_configs: [{ job_name: 'bootroot-console', static_configs: [{ targets: [scrape] }] }],
    }),
  );
  const children: TestChild[] = [await startAlertmanager(directory, sends, receiver)];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
  };
  try {
    const prometheus = startChild('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=${watches}`,
    ]);
    children.push(prometheus);
    await untilReady(prometheus, answers(watches, '/-/ready'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { prometheus: `http://${watches}`, stop };
}
