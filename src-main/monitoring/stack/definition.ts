import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Effect, Precondition } from '../../../shared/contract/operations.ts';
import { pause } from '../../operations/pause.ts';
import type { OperationDefinition, Run, Step } from '../../operations/types.ts';
import { ask } from '../../rotation/preconditions.ts';
import {
  ensureDirectory,
  readTextFile,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { editEnv, readEnv } from '../../workspace/env-file.ts';
import { scrapeTargets, grafanaLogin } from './answers.ts';
import { missingImages, stackCompose, type StackWorld } from './compose.ts';
import {
  grafanaUrl,
  profiles,
  prometheusUrl,
  readDeployed,
  stackDirectory,
  withGrafana,
  type Deployed,
} from './deployed.ts';
import { grafanaPassword } from './status.ts';
import {
  alertmanagerList,
  images,
  operatorLists,
  stackFiles,
  targetList,
  type StackOptions,
} from './files.ts';

const port = z.number().int().min(1).max(65_535);
const upSchema = z
  .object({
    profile: z.enum(profiles),
    exporterPort: port.default(9464),
    grafanaPort: port.default(3000),
    prometheusPort: port.default(9090),
    /** False: Prometheus alone. */
    grafana: z.boolean().default(true),
    /** `host:port` of the Alertmanagers as containers reach them; none: those named before stay. */
    alertmanagers: z
      .array(
        z
          .string()
          .max(260)
          .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/),
      )
      .max(16)
      .default([]),
    /** public: PEM files for Grafana. */
    tls: z.object({ cert: z.string().min(1).max(4096), key: z.string().min(1).max(4096) }).optional(),
  })
  .refine(({ profile, grafana, tls }) => profile === 'lan' || !grafana || tls !== undefined, {
    path: ['tls'],
  });
const downSchema = z.object({ resetGrafanaAdminPassword: z.boolean().default(false) });

const servicesOf = (grafana: boolean): readonly (keyof typeof images)[] =>
  grafana ? ['prometheus', 'grafana'] : ['prometheus'];
const containers = (action: 'start' | 'stop', grafana = true): Effect[] =>
  servicesOf(grafana).map((name) => ({ kind: 'process', name, action }));

const password = (): string => randomBytes(24).toString('base64url');

function fileStep(path: string, text: string, before: string | undefined, index: number): Step {
  const note = `before-${index}`;
  return {
    id: `file:${path}`,
    title: message('monitoring.step.file', { path }),
    effects:
      before === text
        ? []
        : [
            {
              kind: 'file',
              path,
              action: before === undefined ? 'create' : 'change',
              mode: '0644',
              diff: unifiedDiff(before, text, { path }),
            },
          ],
    check: async () => (await readTextFileIfPresent(path)) === text,
    async apply(run) {
      await run.stage.once(note, () => (before === undefined ? '-' : `=${before}`));
      await ensureDirectory(dirname(path), { mode: 0o755 });
      await writeFileAtomic(path, text, { mode: 0o644 });
    },
    async undo(run) {
      const was = await run.stage.read(note);
      if (was === '-') await removeFile(path);
      else if (was !== undefined) await writeFileAtomic(path, was.slice(1), { mode: 0o644 });
    },
  };
}

/** The password of Grafana in `.env` and the token of the exporter: made once, 0600. */
function secretsStep(world: StackWorld): Step {
  const token = join(stackDirectory(world.paths), 'prometheus', 'token');
  const { env } = world.paths;
  const passwordOf = async (): Promise<string | undefined> =>
    readEnv((await readTextFileIfPresent(env)) ?? '').get('GRAFANA_ADMIN_PASSWORD');
  return {
    id: 'secrets',
    title: message('monitoring.step.secrets'),
    effects: [
      { kind: 'file', path: token, action: 'create', mode: '0600' },
      { kind: 'file', path: env, action: 'change', mode: '0600' },
    ],
    check: async () =>
      (await passwordOf()) !== undefined && (await readTextFileIfPresent(token)) !== undefined,
    async apply(run) {
      await ensureDirectory(dirname(token), { mode: 0o755 });
      if ((await readTextFileIfPresent(token)) === undefined)
        await writeFileAtomic(token, await run.stage.once('token', password), { mode: 0o600 });
      if ((await passwordOf()) !== undefined) return;
      const made = await run.stage.once('grafana', password);
      const text = (await readTextFileIfPresent(env)) ?? '';
      await writeFileAtomic(env, editEnv(text, { GRAFANA_ADMIN_PASSWORD: made }), { mode: 0o600 });
    },
  };
}

/** Names the images that are neither on this host nor to be had. */
async function noImage(error: unknown, grafana: boolean): Promise<unknown> {
  if (!(error instanceof ConsoleError) || error.code !== 'compose_no_image') return error;
  const missing = await missingImages(servicesOf(grafana).map((name) => images[name]));
  if (missing.length === 0) return error;
  const { detail = '' } = error.data;
  return new ConsoleError('monitoring_no_image', { images: missing.join(', ') }, { detail, cause: error });
}

function upStep(world: StackWorld, grafana: boolean): Step {
  const compose = stackCompose(world);
  return {
    id: 'up',
    title: message(grafana ? 'monitoring.step.up' : 'monitoring.step.up_alone'),
    weight: 4,
    effects: containers('start', grafana),
    check: () => Promise.resolve(false),
    async apply(run) {
      for (const name of servicesOf(grafana))
        await ensureDirectory(join(stackDirectory(world.paths), 'data', name), { mode: 0o700 });
      try {
        await compose(['up', '-d', '--wait', '--remove-orphans'], run.signal);
      } catch (error) {
        throw await noImage(error, grafana);
      }
    },
    async undo(run) {
      await compose(['down'], run.signal);
    },
  };
}

/** A docker command with the compose plugin; why not, if not. */
const composePrecondition = (world: StackWorld): Promise<Precondition> =>
  ask('compose', message('monitoring.precondition.compose'), async () => {
    await stackCompose(world)(['version', '--short']);
    return undefined;
  });

/** Files that Grafana could not read would be found out by a container that ends again and again. */
async function tlsPreconditions(
  tls: { readonly cert: string; readonly key: string } | undefined,
): Promise<readonly Precondition[]> {
  if (tls === undefined) return [];
  return [
    await ask('tls', message('monitoring.precondition.tls'), async () => {
      const [cert, key] = await Promise.all([readTextFile(tls.cert), readTextFile(tls.key)]);
      return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
        ? undefined
        : message('monitoring.precondition.tls_pair', { cert: tls.cert, key: tls.key });
    }),
  ];
}

const patienceMs = 60_000;

/** Asks until it fits or the time is over; the last answer. */
async function until<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer) || Date.now() > end || signal.aborted) return answer;
    await pause(500, signal);
  }
}

async function proveGrafana(run: Run, deployed: Deployed, paths: WorkspacePaths): Promise<void> {
  const secret = (await grafanaPassword(paths)) ?? '';
  const bundle = await readFile(paths.bundle, 'utf8').catch(() => undefined);
  const login = await until(
    () => grafanaLogin(deployed, secret, bundle),
    (answer) => answer !== 'unreachable',
    run.signal,
  );
  if (login === 'unreachable') throw new ConsoleError('monitoring_not_up', { name: grafanaUrl(deployed) });
  if (login === 'refused') throw new ConsoleError('grafana_password', { url: grafanaUrl(deployed) });
  if (login === 'open') throw new ConsoleError('grafana_open', { url: grafanaUrl(deployed) });
  run.prove({ title: message('monitoring.proof.grafana'), outcome: 'proved' });
}

/** What runs is asked: Prometheus with its rules, Grafana by a login, and each target that was declared (failure mode C25). */
function proofStep({ paths }: StackWorld): Step {
  const required = async (): Promise<Deployed> => {
    const deployed = await readDeployed(paths);
    if (deployed === undefined) throw new ConsoleError('monitoring_not_up', { name: 'stack.json' });
    return deployed;
  };
  return {
    id: 'proof',
    title: message('monitoring.step.proof'),
    effects: [],
    check: () => Promise.resolve(false),
    async apply(run) {
      const deployed = await required();
      const targets = await until(
        () => scrapeTargets(deployed),
        (found) => found?.some(({ health }) => health !== 'unknown') === true,
        run.signal,
      );
      if (targets === undefined)
        throw new ConsoleError('monitoring_not_up', { name: prometheusUrl(deployed) });
      run.prove({ title: message('monitoring.proof.prometheus'), outcome: 'proved' });
      if (withGrafana(deployed)) await proveGrafana(run, deployed, paths);
      for (const { job, url, health, error = '' } of targets)
        run.prove({
          title: message('monitoring.proof.target', { job }),
          outcome: health === 'up' ? 'proved' : 'pending',
          evidence: message(
            health === 'up' ? 'monitoring.evidence.scraped' : 'monitoring.evidence.not_scraped',
            { url, error },
          ),
        });
    },
    undo: () => Promise.resolve(),
  };
}

/** `monitoring up`: writes Prometheus and Grafana with provisioning, dashboard and rules, and starts them. */
export const monitoringUpDefinition = (world: StackWorld): OperationDefinition<z.infer<typeof upSchema>> => ({
  kind: 'monitoring.up',
  input: upSchema,
  async prepare({ profile, exporterPort, grafanaPort, prometheusPort, grafana, alertmanagers, tls }) {
    const options: StackOptions = {
      profile,
      instance: world.instance,
      exporter: `host.docker.internal:${exporterPort}`,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      grafanaPort,
      prometheusPort,
      grafana,
      ...(tls === undefined ? {} : { tls }),
    };
    const files = await Promise.all(
      [...stackFiles(options)].map(async ([name, text], index) => {
        const path = join(stackDirectory(world.paths), name);
        const before = await readTextFileIfPresent(path);
        const named = name === alertmanagerList && alertmanagers.length > 0;
        const wanted = named ? targetList(alertmanagers) : operatorLists.has(name) ? (before ?? text) : text;
        return fileStep(path, wanted, before, index);
      }),
    );
    return {
      title: message('monitoring.up.title', { profile }),
      summary: grafana
        ? message('monitoring.up.summary', { count: files.length, port: grafanaPort })
        : message('monitoring.up.summary_alone', { port: prometheusPort }),
      steps: [...files, secretsStep(world), upStep(world, grafana), proofStep(world)],
      preconditions: [await composePrecondition(world), ...(await tlsPreconditions(tls))],
      confirm: { verb: message('monitoring.up.confirm') },
    };
  },
});

/** `monitoring down`: ends the containers; the data stay, unless Grafana is to begin anew with another password. */
export const monitoringDownDefinition = (
  world: StackWorld,
): OperationDefinition<z.infer<typeof downSchema>> => ({
  kind: 'monitoring.down',
  input: downSchema,
  async prepare({ resetGrafanaAdminPassword }) {
    const compose = stackCompose(world);
    const data = join(stackDirectory(world.paths), 'data', 'grafana');
    const { env } = world.paths;
    const down: Step = {
      id: 'down',
      title: message('monitoring.step.down'),
      effects: containers('stop'),
      check: () => Promise.resolve(false),
      async apply(run) {
        await compose(['down'], run.signal);
      },
      async undo(run) {
        await compose(['up', '-d', '--wait'], run.signal);
      },
    };
    const reset: Step = {
      id: 'reset',
      title: message('monitoring.step.reset'),
      effects: [
        { kind: 'file', path: data, action: 'remove' },
        { kind: 'file', path: env, action: 'change', mode: '0600' },
      ],
      check: () => Promise.resolve(false),
      async apply(run) {
        const made = await run.stage.once('grafana', password);
        await rm(data, { recursive: true, force: true });
        const text = (await readTextFileIfPresent(env)) ?? '';
        await writeFileAtomic(env, editEnv(text, { GRAFANA_ADMIN_PASSWORD: made }), { mode: 0o600 });
      },
    };
    return {
      title: message('monitoring.down.title'),
      summary: message('monitoring.down.summary'),
      steps: resetGrafanaAdminPassword ? [down, reset] : [down],
      preconditions: [await composePrecondition(world)],
      confirm: { verb: message('monitoring.down.confirm') },
    };
  },
});
