import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import { tlsClient, type TlsClient } from '../tls/client.ts';

/** Where an engine listens. */
export type DockerEndpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly tls: TlsClient };

export const usualSocket = '/var/run/docker.sock';

/** How an endpoint is called in sentences. */
export const nameOf = (endpoint: DockerEndpoint): string =>
  endpoint.kind === 'socket' ? endpoint.path : `${endpoint.host}:${String(endpoint.port)}`;

/** What an operator's shell says of the engine, in the docker command's own words. */
export type DockerEnvironment = Readonly<Record<string, string | undefined>>;

/** The port of an engine with TLS (dockerd(8)). */
const tlsPort = 2376;

const certificateFiles = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;

/** The three files by their names in `DOCKER_CERT_PATH`. Throws `docker_certificates` naming the one that is missing. */
function clientOf(directory: string, host: string): TlsClient {
  const read = (name: keyof typeof certificateFiles): string => {
    const path = join(directory, certificateFiles[name]);
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw new ConsoleError('docker_certificates', { path }, { cause });
    }
  };
  return tlsClient({ ca: read('ca'), cert: read('cert'), key: read('key'), serverName: host });
}

/**
 * What `DOCKER_HOST`, `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` say, as the docker command reads them; the usual socket when they say
 * nothing.
 * @throws `docker_endpoint` for TCP without verified TLS, because whoever reaches such an engine is root on its host;
 * `docker_certificates`
 */
export function endpointOf(environment: DockerEnvironment): DockerEndpoint {
  const said = environment['DOCKER_HOST'];
  if (said === undefined || said === '') return { kind: 'socket', path: usualSocket };
  const path = said.startsWith('unix://') ? said.slice('unix://'.length) : '';
  if (isAbsolute(path)) return { kind: 'socket', path };
  const [, name, port] = /^tcp:\/\/(\[[0-9a-f:]+\]|[^:/]+)(?::(\d+))?\/?$/i.exec(said) ?? [];
  if (name === undefined || (environment['DOCKER_TLS_VERIFY'] ?? '') === '')
    throw new ConsoleError('docker_endpoint', { endpoint: said });
  const host = name.replace(/^\[|\]$/g, '');
  const certificates = environment['DOCKER_CERT_PATH'] ?? join(environment['HOME'] ?? homedir(), '.docker');
  return {
    kind: 'tls',
    host,
    port: port === undefined ? tlsPort : Number(port),
    tls: clientOf(certificates, host),
  };
}
