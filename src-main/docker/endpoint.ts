import { isAbsolute } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import type { TlsClient } from '../tls/client.ts';

/** Where an engine listens. */
export type DockerEndpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly tls: TlsClient };

export const usualSocket = '/var/run/docker.sock';

/** How an endpoint is called in sentences. */
export const nameOf = (endpoint: DockerEndpoint): string =>
  endpoint.kind === 'socket' ? endpoint.path : `${endpoint.host}:${String(endpoint.port)}`;

/**
 * What `DOCKER_HOST` says, as the docker command reads it; the usual socket when it says nothing.
 * Throws `docker_endpoint`: plain TCP is refused, because whoever reaches such an engine is root on its host.
 */
export function socketOf(environment: Readonly<Record<string, string | undefined>>): DockerEndpoint {
  const said = environment['DOCKER_HOST'];
  if (said === undefined || said === '') return { kind: 'socket', path: usualSocket };
  const path = said.startsWith('unix://') ? said.slice('unix://'.length) : '';
  if (!isAbsolute(path)) throw new ConsoleError('docker_endpoint', { endpoint: said });
  return { kind: 'socket', path };
}
