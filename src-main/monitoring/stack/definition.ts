import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Effect, Precondition } from '../../../shared/contract/operations.ts';
import type { OperationDefinition, Step } from '../../operations/types.ts';
import { dnsNames } from '../../issuance/set-files.ts';
import { ask } from '../../rotation/preconditions.ts';
import {
  ensureDirectory,
  readTextFile,
  readTextFileIfPresent,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import { editEnv } from '../../workspace/env-file.ts';
import { missingImages, stackCompose, type StackWorld } from './compose.ts';
import { profiles, stackDirectory } from './deployed.ts';
import { fileStep, password, secretsStep } from './file-steps.ts';
import {
  alertmanagerList,
  images,
  operatorLists,
  stackFiles,
  targetList,
  type StackOptions,
} from './files.ts';
import { proofStep } from './proof-step.ts';
import { beforeStep, noteRunning, runAgain } from './running.ts';

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
    /** public: PEM files for Grafana and Prometheus. */
    tls: z.object({ cert: z.string().min(1).max(4096), key: z.string().min(1).max(4096) }).optional(),
  })
  .refine(({ profile, tls }) => profile === 'lan' || tls !== undefined, {
    path: ['tls'],
  });
const downSchema = z.object({ resetGrafanaAdminPassword: z.boolean().default(false) });

const servicesOf = (grafana: boolean): readonly (keyof typeof images)[] =>
  grafana ? ['prometheus', 'grafana'] : ['prometheus'];
const containers = (action: 'start' | 'stop', grafana = true): Effect[] =>
  servicesOf(grafana).map((name) => ({ kind: 'process', name, action }));

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

/** A name that a certificate is for. A file that is none is found by the precondition. */
async function nameOf(path: string): Promise<{ readonly name?: string }> {
  const text = await readTextFileIfPresent(path).catch(() => undefined);
  try {
    const name = text === undefined ? undefined : dnsNames(new X509Certificate(text))[0];
    return name === undefined ? {} : { name };
  } catch {
    return {};
  }
}

/** A docker command with the compose plugin; why not, if not. */
const composePrecondition = (world: StackWorld): Promise<Precondition> =>
  ask('compose', message('monitoring.precondition.compose'), async () => {
    await stackCompose(world)(['version', '--short']);
    return undefined;
  });

/** Files that the containers could not read would be found out by a container that ends again and again. */
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
      ...(tls === undefined ? {} : { tls: { ...tls, ...(await nameOf(tls.cert)) } }),
    };
    const files = await Promise.all(
      [...stackFiles(options)].map(async ([name, text], index) => {
        const path = join(stackDirectory(world.paths), name);
        const before = await readTextFileIfPresent(path);
        const named = name === alertmanagerList && alertmanagers.length > 0;
        const wanted = named ? targetList(alertmanagers) : operatorLists.has(name) ? (before ?? text) : text;
        return fileStep(name, path, wanted, before, index);
      }),
    );
    return {
      title: message('monitoring.up.title', { profile }),
      summary: grafana
        ? message('monitoring.up.summary', { count: files.length, port: grafanaPort })
        : message('monitoring.up.summary_alone', { port: prometheusPort }),
      steps: [
        beforeStep(stackCompose(world)),
        ...files,
        secretsStep(world, profile === 'public'),
        upStep(world, grafana),
        proofStep(world),
      ],
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
        await noteRunning(compose, run);
        await compose(['down'], run.signal);
      },
      undo: (run) => runAgain(compose, run),
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
