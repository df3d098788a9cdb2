import { hostname } from 'node:os';
import type { ServiceAdd } from '../../shared/contract/services.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import type { ServicesContext } from './context.ts';
import { isDnsLabel } from './identity.ts';

const thisHost = (): string => {
  const [first = ''] = hostname().toLowerCase().split('.');
  return isDnsLabel(first) ? first : 'localhost';
};

/** Answers that work for a first service: an unused name, this host, the installation's domain, files below the work directory. */
export async function serviceDefaults(context: ServicesContext, wanted?: string): Promise<ServiceAdd> {
  const taken = new Set(Object.keys((await readStateIfPresent(context.paths.state))?.services ?? {}));
  let serviceName = wanted ?? 'edge-proxy';
  for (let number = 2; wanted === undefined && taken.has(serviceName); number += 1)
    serviceName = `edge-proxy-${number}`;
  return {
    serviceName,
    instanceId: '001',
    hostname: thisHost(),
    domain: (await context.endpoints()).domain,
    deployType: 'daemon',
    agentConfigPath: `agent-${serviceName}.toml`,
    certPath: `certs/${serviceName}.crt`,
    keyPath: `certs/${serviceName}.key`,
  };
}
