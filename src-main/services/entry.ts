import { dirname, join } from 'node:path';
import { ConsoleError } from '../../shared/errors.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import type { ServiceEntry, State } from '../workspace/state-schema.ts';
import { identityOf } from './identity.ts';

/** A service as state.json has it, with its paths made absolute. */
export interface Service {
  readonly id: string;
  readonly entry: ServiceEntry;
  readonly identity: string;
  readonly cert: string;
  readonly key: string;
  readonly bundle: string;
  readonly agentConfig: string;
  readonly roleIdPath: string;
  readonly secretIdPath: string;
}

/** Whether its files are another host's. */
export const isRemote = ({ entry }: Pick<Service, 'entry'>): boolean =>
  entry.delivery_mode === 'remote-bootstrap';

export function serviceOf(id: string, entry: ServiceEntry, paths: WorkspacePaths): Service {
  const secretIdPath = paths.resolve(entry.approle.secret_id_path);
  const cert = paths.resolve(entry.cert_path);
  return {
    id,
    entry,
    identity: identityOf({
      instanceId: entry.instance_id ?? '',
      serviceName: entry.service_name,
      hostname: entry.hostname,
      domain: entry.domain,
    }),
    cert,
    key: paths.resolve(entry.key_path),
    // Beside the certificate: where the tools put it unless agent.toml says otherwise.
    bundle: join(dirname(cert), 'ca-bundle.pem'),
    agentConfig: paths.resolve(entry.agent_config_path),
    roleIdPath: join(dirname(secretIdPath), 'role_id'),
    secretIdPath,
  };
}

export const servicesOf = (state: State | undefined, paths: WorkspacePaths): readonly Service[] =>
  Object.entries(state?.services ?? {}).map(([id, entry]) => serviceOf(id, entry, paths));

/** The service of this id. Throws `not_found`. */
export async function findService(id: string, paths: WorkspacePaths): Promise<Service> {
  const entry = (await readStateIfPresent(paths.state))?.services?.[id];
  if (entry === undefined) throw new ConsoleError('not_found', { what: 'service', name: id });
  return serviceOf(id, entry, paths);
}
