import { readFile } from 'node:fs/promises';
import type { ServicesContext } from '../services/context.ts';
import type { RotationContext, RotationTopology } from './context.ts';
import { consoleFiles, openSecretIds, type CredentialFiles } from './secret-ids.ts';

/** The parts of a local topology that a rotation uses. */
export interface ServerControl {
  readLayout(): Promise<unknown>;
  restartServer(id: 'step-ca', signal?: AbortSignal): Promise<void>;
  reloadServer(id: 'responder'): Promise<boolean>;
}

export const topologyOf = (servers: ServerControl): RotationTopology => ({
  managed: async () => (await servers.readLayout()) !== undefined,
  restartStepCa: (signal) => servers.restartServer('step-ca', signal),
  reloadResponder: () => servers.reloadServer('responder'),
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
    return openSecretIds(paths, { url: openbao.url, ...(ca === undefined ? {} : { ca }) }, files());
  },
  adopt,
});
