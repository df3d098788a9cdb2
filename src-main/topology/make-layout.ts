import { dirname } from 'node:path';
import { requireServer, type FoundServer } from '../servers/find-server.ts';
import { ensureDirectory } from '../workspace/atomic.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Layout, Ports } from './layout.ts';
import { reachableHome, reachableProgram, unprivilegedUser } from './reach.ts';
import type { TopologyPaths } from './topology-paths.ts';

/** What the operator chose; the rest is found out. */
export interface LayoutChoices {
  readonly ports: Ports;
  readonly leafHours: number;
  /** Whether OpenBao and PostgreSQL serve TLS. */
  readonly tls?: boolean;
  /** Containers: what their names begin with. */
  readonly instance?: string;
  /** Programs to use; those that are found unless given. */
  readonly programs?: Partial<Readonly<Record<'openbao' | 'postgres' | 'step-ca', FoundServer>>>;
}

const plain = ({ path, version }: FoundServer): { path: string; version: string } => ({ path, version });

/** Settles programs, PostgreSQL's user and where its data lies. Makes the directories, writes no file. */
export async function makeLayout(
  choices: LayoutChoices,
  paths: WorkspacePaths,
  files: TopologyPaths,
): Promise<Layout> {
  const openbao = choices.programs?.openbao ?? (await requireServer('openbao'));
  const postgres = choices.programs?.postgres ?? (await requireServer('postgres'));
  const stepCa = choices.programs?.['step-ca'] ?? (await requireServer('step-ca'));
  await ensureDirectory(paths.local, { mode: 0o700 });
  const base = {
    version: 1 as const,
    ports: choices.ports,
    leafHours: choices.leafHours,
    ...(choices.tls === true ? { tls: true } : {}),
    programs: { openbao: plain(openbao), postgres: plain(postgres), 'step-ca': plain(stepCa) },
  };
  if (process.getuid?.() !== 0) return { ...base, postgres: { home: files.postgres, superuser: 'postgres' } };
  const user = await unprivilegedUser();
  const home = await reachableHome(files.postgres, [paths.root, dirname(files.postgres)], user);
  const path = await reachableProgram(postgres.path, postgres.version, user);
  return {
    ...base,
    programs: { ...base.programs, postgres: { path, version: postgres.version } },
    postgres: { home, superuser: 'postgres', user },
  };
}
