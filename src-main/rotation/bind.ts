import { readFile } from 'node:fs/promises';
import { isConsoleError } from '../../shared/errors.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Layout } from '../topology/layout.ts';
import type { RotationContext, RotationTopology } from './context.ts';
import { consoleFiles, openSecretIds, secretIdsOf, type CredentialFiles } from './secret-ids.ts';

/** The parts of a topology that a rotation uses. */
export interface ServerControl {
  readLayout(): Promise<Layout | undefined>;
  restartServer(id: 'step-ca', signal?: AbortSignal): Promise<void>;
  reloadServer(id: 'responder'): Promise<boolean>;
}

export const topologyOf = (servers: ServerControl): RotationTopology => ({
  managed: async () => (await servers.readLayout()) !== undefined,
  restartStepCa: (signal) => servers.restartServer('step-ca', signal),
  reloadResponder: () => servers.reloadServer('responder'),
  async ownDatabase() {
    const layout = await servers.readLayout();
    return layout?.compose === undefined ? undefined : { host: '127.0.0.1', port: layout.ports.postgres };
  },
});

/**
 * The context of all rotations of one workspace.
 * @param adopt lets the live session go on with other credentials
 * @param files of the AppRole that this process works with
 */
export const rotationContext = (
  services: ServicesContext,
  servers: ServerControl,
  adopt: RotationContext['adopt'],
  files: () => CredentialFiles = () => consoleFiles(services.paths),
): RotationContext => ({
  services,
  topology: topologyOf(servers),
  async secretIds() {
    const { openbao, paths } = services;
    const secure = openbao.url.startsWith('https:');
    const ca = secure ? await readFile(paths.bundle, 'utf8').catch(() => undefined) : undefined;
    const address = { url: openbao.url, ...(ca === undefined ? {} : { ca }) };
    return openSecretIds(paths, address, files()).catch((error: unknown) => {
      // An installation of the tools has no role for the console: then whoever signed in does it.
      if (isConsoleError(error, 'rotation_no_console_role')) return secretIdsOf(services.client());
      throw error;
    });
  },
  adopt,
});
