import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run, Step } from '../../operations/types.ts';
import { WorkspacePaths } from '../../workspace/paths.ts';
import { metricTable } from '../metric-table.ts';
import { editEnv, readEnv } from '../../workspace/env-file.ts';
import { isBcryptOf } from './bcrypt.ts';
import { dashboard, datasourceUid } from './dashboard.ts';
import type { StackWorld } from './compose.ts';
import { monitoringDownDefinition, monitoringUpDefinition } from './definition.ts';
import { stackFiles, type StackOptions } from './files.ts';

const options: StackOptions = {
  profile: 'lan',
  instance: 'a1b2',
  exporter: 'host.docker.internal:9464',
  uid: 1000,
  gid: 1000,
  grafanaPort: 3000,
  prometheusPort: 9090,
};
const composeOf = (change: Partial<StackOptions>): string =>
  stackFiles({ ...options, ...change }).get('docker-compose.yml') ?? '';

interface Panel {
  readonly id: number;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly datasource: { uid: string };
  readonly targets: readonly { expr: string }[];
}

describe('the files of the stack', () => {
  it('let nobody in without a login, and the public profile speaks TLS alone', () => {
    const tls = { cert: '/srv/tls/cert.pem', key: '/srv/tls/key.pem' };
    for (const text of [composeOf({}), composeOf({ profile: 'public', tls })]) {
      expect(text).toContain("GF_AUTH_ANONYMOUS_ENABLED: 'false'");
      expect(text).toContain("ports: ['127.0.0.1:9090:9090']");
      expect(text).toContain("bootroot.instance: 'a1b2'");
      expect(text).not.toMatch(/image: \S+:latest|image: [^:\s]+\s/);
    }
    expect(composeOf({})).not.toContain('GF_SERVER_PROTOCOL');
    expect(composeOf({ profile: 'public', tls })).toContain('GF_SERVER_PROTOCOL: https');
    expect(composeOf({ profile: 'public', tls })).toContain("'/srv/tls/key.pem:/etc/grafana/tls/key.pem:ro'");
  });

  it('of the public profile let nobody into Prometheus either, and Grafana logs in to it', () => {
    const tls = { cert: '/srv/tls/cert.pem', key: '/srv/tls/key.pem', name: 'grafana.example' };
    const files = stackFiles({ ...options, profile: 'public', tls });
    const compose = files.get('docker-compose.yml') ?? '';
    expect(compose).toContain('--web.config.file=/etc/prometheus/web.yml');
    expect(compose).toContain("'/srv/tls/key.pem:/etc/prometheus-tls/key.pem:ro'");
    expect(compose).toMatch(/prometheus_password:\n {4}environment: PROMETHEUS_PASSWORD\n/);
    const source = files.get('grafana/provisioning/datasources/bootroot.yml') ?? '';
    expect(source).toContain('url: https://prometheus:9090');
    expect(source).toContain("serverName: 'grafana.example'");
    expect(source).toContain('basicAuthPassword: $__file{/run/secrets/prometheus_password}');
    // What hashes a password is made beside the password, and not in the plan.
    expect([...files.keys()]).not.toContain('prometheus/web.yml');
    const lan = [...stackFiles(options).values()].join('\n');
    expect(lan).not.toMatch(/web\.config|basicAuth|prometheus_password/);
  });

  it('are of Prometheus alone where there is no Grafana', () => {
    expect(composeOf({ grafana: false })).not.toMatch(/grafana|secrets:/i);
    const names = [...stackFiles({ ...options, grafana: false }).keys()];
    expect(names.filter((name) => name.startsWith('grafana'))).toEqual([]);
    expect(names).toContain('prometheus/alertmanagers.json');
  });

  it('have a dashboard whose panels lie side by side and ask for what is exported', () => {
    const { panels, uid } = dashboard() as { panels: Panel[]; uid: string };
    expect(uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    expect(stackFiles(options).get('grafana/provisioning/datasources/bootroot.yml')).toContain(datasourceUid);
    expect(panels.every(({ datasource }) => datasource.uid === datasourceUid)).toBe(true);
    const own = ['bootroot_acme_answers_total', 'bootroot_acme_answer_seconds_bucket'];
    const known = new Set([...metricTable.map(({ name }) => name), ...own]);
    const asked = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/bootroot_\w+/g) ?? []),
    );
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('up and down', () => {
  let root: string;
  let calls: string[];
  let world: StackWorld;
  const staged = new Map<string, string>();
  const run = {
    signal: new AbortController().signal,
    stage: {
      read: (name: string) => Promise.resolve(staged.get(name)),
      async once(name: string, make: () => string | Promise<string>) {
        const value = staged.get(name) ?? (await make());
        staged.set(name, value);
        return value;
      },
    },
  } as unknown as Run;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stack-'));
    calls = [];
    staged.clear();
    world = {
      paths: new WorkspacePaths(root),
      instance: 'a1b2',
      compose: (args) => {
        calls.push(args.join(' '));
        return Promise.resolve('');
      },
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  const written = ({ steps }: { readonly steps: readonly Step[] }): readonly Step[] =>
    steps.filter(({ id }) => id !== 'proof');
  const up = (alertmanagers: string[] = [], tls?: { cert: string; key: string }) =>
    monitoringUpDefinition(world).prepare({
      alertmanagers,
      ...(tls === undefined ? {} : { tls }),
      profile: tls === undefined ? 'lan' : 'public',
      exporterPort: 9464,
      grafanaPort: 3000,
      prometheusPort: 9090,
      grafana: true,
    });

  it('keeps the other keys of .env and the list of agents, makes secrets once, 0600, and no plan shows them', async () => {
    await writeFile(join(root, '.env'), '# ours\nPOSTGRES_USER=step\n', { mode: 0o600 });
    // What proves it asks servers that are not there.
    for (const step of written(await up())) await step.apply(run);
    const env = await readFile(join(root, '.env'), 'utf8');
    expect(env).toMatch(/^# ours\nPOSTGRES_USER=step\nGRAFANA_ADMIN_PASSWORD=[\w-]{32}\n$/);
    const token = join(root, 'monitoring', 'prometheus', 'token');
    expect((await stat(token)).mode & 0o777).toBe(0o600);
    expect(calls).toEqual([
      'version --short',
      'ps --status running --quiet',
      'up -d --wait --remove-orphans',
    ]);
    const agents = join(root, 'monitoring', 'prometheus', 'agents.json');
    await writeFile(agents, '[{"targets":["a:1"]}]');
    staged.clear();
    const again = await up();
    for (const step of written(again)) if (!(await step.check(run))) await step.apply(run);
    expect(await readFile(agents, 'utf8')).toBe('[{"targets":["a:1"]}]');
    expect(await readFile(join(root, '.env'), 'utf8')).toBe(env);
    expect(JSON.stringify(again.steps)).not.toContain(await readFile(token, 'utf8'));

    const list = join(root, 'monitoring', 'prometheus', 'alertmanagers.json');
    const change = async (named: string[]): Promise<string> => {
      staged.clear();
      for (const step of written(await up(named))) if (!(await step.check(run))) await step.apply(run);
      return readFile(list, 'utf8');
    };
    expect(await change([])).toBe('[]\n');
    expect(JSON.parse(await change(['alerts.example.com:9093']))).toEqual([
      { targets: ['alerts.example.com:9093'] },
    ]);
    // Who names none keeps those that were named.
    expect(await change([])).toContain('alerts.example.com:9093');
    const open = monitoringUpDefinition(world).input.safeParse({ profile: 'public', grafana: false });
    expect(open.success).toBe(false);
    const refused = monitoringUpDefinition(world).input.safeParse({
      profile: 'lan',
      alertmanagers: ['http://a:9093'],
    });
    expect(refused.success).toBe(false);

    // The public profile: a login for Prometheus, whose password is in .env and whose hash is beside its configuration.
    staged.clear();
    const web = join(root, 'monitoring', 'prometheus', 'web.yml');
    const [secrets] = (await up([], { cert: '/none.pem', key: '/none.key' })).steps.filter(
      ({ id }) => id === 'secrets',
    );
    expect(await secrets?.check(run)).toBe(false);
    await secrets?.apply(run);
    expect(await secrets?.check(run)).toBe(true);
    const secret = readEnv(await readFile(join(root, '.env'), 'utf8')).get('PROMETHEUS_PASSWORD') ?? '';
    const hash = /bootroot: '(.+)'/.exec(await readFile(web, 'utf8'))?.[1] ?? '';
    expect([isBcryptOf(hash, secret), (await stat(web)).mode & 0o777]).toEqual([true, 0o600]);
    // Another password is another hash.
    await writeFile(join(root, '.env'), editEnv(env, { PROMETHEUS_PASSWORD: 'another' }));
    expect(await secrets?.check(run)).toBe(false);
    await writeFile(join(root, '.env'), env);

    staged.clear();
    const down = await monitoringDownDefinition(world).prepare({ resetGrafanaAdminPassword: true });
    for (const step of down.steps) await step.apply(run);
    expect(calls.at(-1)).toBe('down');
    expect(await readFile(join(root, '.env'), 'utf8')).not.toBe(env);
  });
});
