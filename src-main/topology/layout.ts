import * as z from 'zod';
import { unitPrefixSchema } from '../../shared/contract/topology.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';

const port = z.number().int().min(1).max(65_535);
const programSchema = z.object({ path: z.string().min(1), version: z.string().min(1) });

/** What containers are made of. `path` of each program is its image then. */
const composeSchema = z.object({
  /** Compose project and prefix of every container's name (formats-newer.md, `BOOTROOT_INSTANCE`). */
  instance: z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/),
  /** On every container, network and volume: another installation's have another, whatever their names (failure mode C10). */
  identity: z.uuid(),
  responderImage: z.string().min(1),
  /** `uid:gid` of whoever owns the secrets directory. */
  user: z.string().regex(/^\d+:\d+$/),
});
export type ComposeLayout = z.infer<typeof composeSchema>;

/** `<work directory>/local/topology.json`, 0600: what was chosen when the installation was made. Holds no secret. */
const layoutSchema = z.object({
  version: z.literal(1),
  /** TCP, all on 127.0.0.1; the resolver's is UDP as well. */
  ports: z.object({
    openbao: port,
    openbaoCluster: port,
    postgres: port,
    stepCa: port,
    /** The responder's challenge listener, which step-ca calls. */
    acmeHttp: port,
    responderAdmin: port,
    resolver: port,
  }),
  /** Lifetime of a leaf. */
  leafHours: z.number().int().min(1),
  programs: z.object({ openbao: programSchema, postgres: programSchema, 'step-ca': programSchema }),
  postgres: z.object({
    /** Holds `data/`. Not always below the work directory: a server that may not run as root must be able to reach it. */
    home: z.string().min(1),
    /** Name of the superuser inside the database. */
    superuser: z.string().min(1),
    /** The system's user that it runs as, when the console is root. */
    user: z.object({ name: z.string(), uid: z.number().int(), gid: z.number().int() }).optional(),
  }),
  /** Present: systemd runs the servers, as units whose names begin so. */
  systemd: z.object({ prefix: unitPrefixSchema }).optional(),
  /** True: the console runs the renewal agents of this host's services as well. */
  agents: z.boolean().optional(),
  /** True: OpenBao serves TLS with the pair at `openbao/tls/`, PostgreSQL with the one in its data directory. */
  tls: z.boolean().optional(),
  /** Present: the servers are containers. */
  compose: composeSchema.optional(),
});
export type Layout = z.infer<typeof layoutSchema>;
export type Ports = Layout['ports'];
export type SystemUser = NonNullable<Layout['postgres']['user']>;

/** Undefined when the installation is not of this kind. @throws `topology_layout` when the file is spoilt */
export async function readLayout(path: string): Promise<Layout | undefined> {
  const text = await readTextFileIfPresent(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConsoleError('topology_layout', { path, field: 'JSON' }, { cause });
  }
  const parsed = layoutSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConsoleError('topology_layout', { path, field: parsed.error.issues[0]?.path.join('.') ?? '' });
}

export async function writeLayout(path: string, layout: Layout): Promise<void> {
  await writeFileAtomic(path, layoutText(layout), { mode: 0o600 });
}

/** The same installation with its servers as units of this prefix; undefined: as processes of the console. */
export function runAsUnits(layout: Layout, prefix: string | undefined): Layout {
  const next = { ...layout };
  delete next.systemd;
  return prefix === undefined ? next : { ...next, systemd: { prefix } };
}

/** The same installation, with the renewal agents run by the console or not. */
export function runAgents(layout: Layout, chosen: boolean): Layout {
  const next = { ...layout };
  delete next.agents;
  return chosen ? { ...next, agents: true } : next;
}

/** The same installation with another program of a server. */
export const withProgram = (
  layout: Layout,
  server: keyof Layout['programs'],
  program: { readonly path: string; readonly version: string },
): Layout => ({ ...layout, programs: { ...layout.programs, [server]: { ...program } } });

/** As it is written to the file. */
export const layoutText = (layout: Layout): string => `${JSON.stringify(layout, undefined, 2)}\n`;
