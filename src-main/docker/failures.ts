import { ConsoleError } from '../../shared/errors.ts';
import { errno } from '../workspace/file-failure.ts';
import { nameOf, type DockerEndpoint } from './endpoint.ts';

/** Why no answer came, by the error of the socket. */
export function unreachable(endpoint: DockerEndpoint, error: unknown): ConsoleError {
  const params = { endpoint: nameOf(endpoint) };
  const code = errno(error) ?? '';
  if (code === 'ENOENT') return new ConsoleError('docker_absent', params, { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new ConsoleError('docker_permission', params, { cause: error });
  if (code === 'ECONNREFUSED') return new ConsoleError('docker_stopped', params, { cause: error });
  if (endpoint.kind === 'tls' && /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO)/.test(code))
    return new ConsoleError('docker_untrusted', { ...params, reason: code }, { cause: error });
  return new ConsoleError('docker_lost', { ...params, code }, { cause: error });
}

/** What an answer that is no success says. `what`: the container, image or path that was asked for. */
export function refused(status: number, what: string, said: string): ConsoleError {
  if (status === 404 && /no such image|not found: manifest|pull access denied/i.test(said))
    return new ConsoleError('docker_no_image', { image: what }, { detail: said });
  if (status === 404) return new ConsoleError('docker_not_found', { name: what }, { detail: said });
  if (/port is already allocated|address already in use/i.test(said))
    return new ConsoleError('docker_port', { name: what }, { detail: said });
  return new ConsoleError('docker_refused', { name: what, status }, { detail: said });
}
