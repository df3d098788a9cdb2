import { dirname } from 'node:path';
import { serverConfig } from '../../openbao/config.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { ComposeLayout, Layout } from '../layout.ts';
import type { LayoutChoices } from '../make-layout.ts';
import type { ComposePaths } from './compose-paths.ts';
import type { Images } from './images/pinned.ts';
import {
  renderAgentOverride,
  renderComposeFile,
  renderEnv,
  renderResponderOverride,
  type ContainerLayout,
} from './render.ts';

/** What was chosen, as a layout of containers. */
export const layoutOf = (
  choices: LayoutChoices,
  images: Images,
  paths: WorkspacePaths,
  own: Pick<ComposeLayout, 'identity' | 'user'>,
): ContainerLayout => ({
  version: 1,
  ports: choices.ports,
  leafHours: choices.leafHours,
  ...(choices.tls === true ? { tls: true } : {}),
  programs: { openbao: images.openbao, postgres: images.postgres, 'step-ca': images['step-ca'] },
  postgres: { home: paths.local, superuser: 'postgres' },
  compose: { ...own, instance: choices.instance ?? 'bootroot', responderImage: images.responder.path },
});

/** What a file of the layout holds, for the plan; undefined for what is only known later or is secret. */
export function plannedText(path: string, files: ComposePaths, layout: ContainerLayout): string | undefined {
  switch (path) {
    case files.composeFile:
      return renderComposeFile(layout);
    case files.agentOverride:
      return renderAgentOverride(layout);
    case files.env:
      return renderEnv(layout, '…');
    case files.responderOverride:
      return renderResponderOverride([]);
    default:
      return undefined;
  }
}

export async function writeAliases(files: ComposePaths, names: readonly string[]): Promise<void> {
  await ensureDirectory(dirname(files.responderOverride), { mode: 0o700 });
  await writeFileAtomic(files.responderOverride, renderResponderOverride(names), { mode: 0o600 });
}

/** The compose file, its overrides and `.env`, from the layout. A password that `.env` holds stays unless another is given. */
export async function writeComposeFiles(
  files: ComposePaths,
  layout: ContainerLayout,
  password?: string,
): Promise<void> {
  const env = await readTextFileIfPresent(files.env);
  const kept = /^POSTGRES_PASSWORD=(.*)$/m.exec(env ?? '')?.[1] ?? '';
  const written: readonly (readonly [string, string])[] = [
    [files.composeFile, renderComposeFile(layout)],
    [files.agentOverride, renderAgentOverride(layout)],
    [files.env, renderEnv(layout, password ?? kept)],
  ];
  for (const [path, text] of written) {
    await ensureDirectory(dirname(path), { mode: 0o700 });
    await writeFileAtomic(path, text, { mode: 0o600 });
  }
  if ((await readTextFileIfPresent(files.responderOverride)) === undefined) await writeAliases(files, []);
}

/** Where OpenBao writes its audit log inside of its container. */
export const containerAuditFiles = ['/openbao/audit/audit.log', '/openbao/audit/second.log'] as const;

/** Where OpenBao reads its pair inside of its container. */
const containerTls = {
  certFile: '/openbao/config/tls/server.crt',
  keyFile: '/openbao/config/tls/server.key',
};

/** The Raft node that the container is; its address inside never changes. */
export const renderContainerOpenBaoConfig = ({ tls }: Pick<Layout, 'tls'>): string =>
  serverConfig({
    dataDir: '/openbao/file',
    nodeId: 'bootroot-compose',
    listen: '0.0.0.0:8200',
    clusterListen: '0.0.0.0:8201',
    apiUrl: `${tls === true ? 'https' : 'http'}://openbao:8200`,
    ...(tls === true ? { tls: containerTls } : {}),
    audit: containerAuditFiles.map((file, index) => ({ name: index === 0 ? 'file' : 'second', file })),
  }).replace('https://0.0.0.0:8201', 'https://openbao:8201');

export async function writeContainerOpenBaoConfig(
  { openbaoConfig }: ComposePaths,
  layout: Pick<Layout, 'tls'>,
): Promise<void> {
  await ensureDirectory(dirname(openbaoConfig), { mode: 0o755 });
  // No secret is in it, and the server's own user has to read it.
  await writeFileAtomic(openbaoConfig, renderContainerOpenBaoConfig(layout), { mode: 0o644 });
}
