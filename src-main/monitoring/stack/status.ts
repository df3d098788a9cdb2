import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { StackStatus } from '../../../shared/contract/monitoring.ts';
import { errorMessages } from '../../../shared/errors.ts';
import { toErrorData } from '../../operations/error-data.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import { readEnv } from '../../workspace/env-file.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import { grafanaLogin, scrapeTargets } from './answers.ts';
import { stackCompose, type StackWorld } from './compose.ts';
import { grafanaUrl, prometheusUrl, readDeployed, withGrafana, type Deployed } from './deployed.ts';
import { prometheusPasswordName } from './files.ts';

/** A line of `docker compose ps --format json`. */
const listedSchema = z.object({ Service: z.string(), State: z.string(), Status: z.string() });

/** One JSON object a line since Compose 2.21, an array before. */
function listed(text: string): StackStatus['containers'] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const values: unknown = trimmed.startsWith('[')
    ? JSON.parse(trimmed)
    : trimmed.split('\n').map((line): unknown => JSON.parse(line));
  return z
    .array(listedSchema)
    .parse(values)
    .map(({ Service: name, State: state, Status: status }) => ({ name, state, status }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

const fromEnv = async ({ env }: WorkspacePaths, name: string): Promise<string | undefined> =>
  readEnv((await readTextFileIfPresent(env)) ?? '').get(name);

/** The administrator's password as `.env` has it. */
export const grafanaPassword = (paths: WorkspacePaths): Promise<string | undefined> =>
  fromEnv(paths, 'GRAFANA_ADMIN_PASSWORD');

/** The password of Prometheus's own login, where it asks for one. */
export const prometheusPassword = async (
  paths: WorkspacePaths,
  { guarded }: Pick<Deployed, 'guarded'>,
): Promise<string | undefined> => (guarded === true ? fromEnv(paths, prometheusPasswordName) : undefined);

/** The containers of the stack, where their pages are, and whether the administrator's password is taken. */
export async function stackStatus(world: StackWorld): Promise<StackStatus> {
  const { paths } = world;
  const deployed = await readDeployed(paths);
  if (deployed === undefined) return { written: false, containers: [], targets: [], password: 'unknown' };
  const bundle = await readFile(paths.bundle, 'utf8').catch(() => undefined);
  const secret = await grafanaPassword(paths);
  const base = {
    written: true,
    profile: deployed.profile,
    exporter: deployed.exporter,
    ...(withGrafana(deployed) ? { grafanaUrl: grafanaUrl(deployed) } : {}),
    prometheusUrl: prometheusUrl(deployed),
  };
  try {
    const compose = stackCompose(world);
    const containers = listed(await compose(['ps', '--all', '--format', 'json']));
    const [targets, login] = await Promise.all([
      scrapeTargets(deployed, await prometheusPassword(paths, deployed), bundle),
      secret === undefined || !withGrafana(deployed)
        ? ('unknown' as const)
        : grafanaLogin(deployed, secret, bundle),
    ]);
    return {
      ...base,
      containers,
      targets: [...(targets ?? [])],
      password: login === 'unreachable' ? 'unknown' : login,
    };
  } catch (error) {
    const problem = errorMessages(toErrorData(error)).what;
    return { ...base, containers: [], targets: [], password: 'unknown', problem };
  }
}
