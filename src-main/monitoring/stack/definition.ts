import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { Effect } from '../../../shared/contract/operations.ts';
import type { OperationDefinition, Step } from '../../operations/types.ts';
import {
  ensureDirectory,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { editEnv, readEnv } from '../../workspace/env-file.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { agentList, profiles, stackFiles, type StackOptions } from './files.ts';

const port = z.number().int().min(1).max(65_535);
const upSchema = z
  .object({
    profile: z.enum(profiles),
    exporterPort: port.default(9464),
    grafanaPort: port.default(3000),
    prometheusPort: port.default(9090),
    /** public: PEM files for Grafana. */
    tls: z.object({ cert: z.string().min(1).max(4096), key: z.string().min(1).max(4096) }).optional(),
  })
  .refine(({ profile, tls }) => profile === 'lan' || tls !== undefined, { path: ['tls'] });
const downSchema = z.object({ resetGrafanaAdminPassword: z.boolean().default(false) });

export interface StackWorld {
  readonly paths: WorkspacePaths;
  /** Identity of this installation. */
  readonly instance: string;
  /** `docker compose …`; throws `monitoring_docker`. Replaced by tests. */
  readonly compose?: (args: readonly string[], signal: AbortSignal) => Promise<string>;
}

const directoryOf = ({ paths }: StackWorld): string => join(paths.root, 'monitoring');

/** Runs the compose command on the stack. Its environment carries nothing of ours: the password is in the .env file. */
export const composeCommand =
  (world: StackWorld) =>
  (args: readonly string[], signal: AbortSignal): Promise<string> => {
    const directory = directoryOf(world);
    const files = ['--env-file', world.paths.env, '-f', join(directory, 'docker-compose.yml')];
    const all = ['compose', '--project-directory', directory, ...files, ...args];
    return new Promise((resolve, reject) => {
      execFile('docker', all, { signal, timeout: 10 * 60_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new ConsoleError('monitoring_docker', {}, { detail: stderr.slice(0, 2000), cause: error }));
      });
    });
  };

const containers = (action: 'start' | 'stop'): Effect[] =>
  ['prometheus', 'grafana'].map((name) => ({ kind: 'process', name, action }));

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
  const token = join(directoryOf(world), 'prometheus', 'token');
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

function upStep(world: StackWorld): Step {
  const compose = world.compose ?? composeCommand(world);
  return {
    id: 'up',
    title: message('monitoring.step.up'),
    weight: 4,
    effects: containers('start'),
    check: () => Promise.resolve(false),
    async apply(run) {
      for (const name of ['prometheus', 'grafana'])
        await ensureDirectory(join(directoryOf(world), 'data', name), { mode: 0o700 });
      await compose(['up', '-d', '--wait'], run.signal);
    },
    async undo(run) {
      await compose(['down'], run.signal);
    },
  };
}

/** `monitoring up`: writes Prometheus and Grafana with provisioning, dashboard and rules, and starts them. */
export const monitoringUpDefinition = (world: StackWorld): OperationDefinition<z.infer<typeof upSchema>> => ({
  kind: 'monitoring.up',
  input: upSchema,
  async prepare({ profile, exporterPort, grafanaPort, prometheusPort, tls }) {
    const options: StackOptions = {
      profile,
      instance: world.instance,
      exporter: `host.docker.internal:${exporterPort}`,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      grafanaPort,
      prometheusPort,
      ...(tls === undefined ? {} : { tls }),
    };
    const files = await Promise.all(
      [...stackFiles(options)].map(async ([name, text], index) => {
        const path = join(directoryOf(world), name);
        const before = await readTextFileIfPresent(path);
        // The list of agents is the operator's.
        return fileStep(path, name === agentList ? (before ?? text) : text, before, index);
      }),
    );
    return {
      title: message('monitoring.up.title', { profile }),
      summary: message('monitoring.up.summary', { count: files.length, port: grafanaPort }),
      steps: [...files, secretsStep(world), upStep(world)],
      preconditions: [],
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
  prepare({ resetGrafanaAdminPassword }) {
    const compose = world.compose ?? composeCommand(world);
    const data = join(directoryOf(world), 'data', 'grafana');
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
    return Promise.resolve({
      title: message('monitoring.down.title'),
      summary: message('monitoring.down.summary'),
      steps: resetGrafanaAdminPassword ? [down, reset] : [down],
      preconditions: [],
      confirm: { verb: message('monitoring.down.confirm') },
    });
  },
});
