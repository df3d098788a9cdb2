import { join } from 'node:path';
import * as z from 'zod';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { StackOptions } from './files.ts';

/** lan: Grafana for the local network, with a login. public: also TLS. Nobody is let in without a login in either. */
export const profiles = ['lan', 'public'] as const;
export type Profile = (typeof profiles)[number];

const port = z.number().int().min(1).max(65_535);
const deployedSchema = z.object({
  profile: z.enum(profiles),
  grafanaPort: port,
  prometheusPort: port,
  exporter: z.string(),
  /** False: Prometheus alone. */
  grafana: z.boolean().optional(),
  /** True: Prometheus asks for a login and speaks TLS, with the same certificate. */
  guarded: z.boolean().optional(),
  /** Certificate file that Grafana serves. */
  certificate: z.string().optional(),
});
/** What was chosen when the stack was written. */
export type Deployed = z.infer<typeof deployedSchema>;

export const stackDirectory = (paths: WorkspacePaths): string => join(paths.root, 'monitoring');

/** Of the stack's files, the one that says what was chosen. */
export const deployedFile = 'stack.json';

export function renderDeployed({
  profile,
  grafanaPort,
  prometheusPort,
  exporter,
  grafana,
  tls,
}: StackOptions): string {
  const deployed: Deployed = {
    profile,
    grafanaPort,
    prometheusPort,
    exporter,
    ...(grafana === false ? { grafana } : {}),
    ...(tls === undefined ? {} : { certificate: tls.cert }),
    ...(profile === 'public' && tls !== undefined ? { guarded: true } : {}),
  };
  return `${JSON.stringify(deployed, undefined, 2)}\n`;
}

/** Undefined: no stack was written here. */
export async function readDeployed(paths: WorkspacePaths): Promise<Deployed | undefined> {
  const text = await readTextFileIfPresent(join(stackDirectory(paths), deployedFile));
  if (text === undefined) return undefined;
  try {
    return deployedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export const prometheusUrl = ({ prometheusPort, guarded }: Deployed): string =>
  `${guarded === true ? 'https' : 'http'}://127.0.0.1:${prometheusPort}`;

export const withGrafana = ({ grafana }: Pick<Deployed, 'grafana'>): boolean => grafana !== false;

export const grafanaUrl = ({ profile, grafanaPort }: Deployed): string =>
  `${profile === 'public' ? 'https' : 'http'}://127.0.0.1:${grafanaPort}`;
