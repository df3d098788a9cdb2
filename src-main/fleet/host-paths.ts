import { dirname, posix } from 'node:path';
import type { HostAdd } from '../../shared/contract/hosts.ts';

/** Where the files of a service are on its host. */
export interface HostPaths {
  readonly roleId: string;
  readonly secretId: string;
  readonly eab: string;
  readonly bundle: string;
  readonly artifact: string;
  /** The three paths of an OpenBao Agent, which only the older tools read. */
  readonly openbaoAgent: { readonly config: string; readonly template: string; readonly token: string };
}

export function hostPaths({ directory, certPath }: Pick<HostAdd, 'directory' | 'certPath'>): HostPaths {
  const secret = (name: string): string => posix.join(directory, 'secrets', name);
  const agent = (name: string): string => posix.join(directory, 'openbao', name);
  return {
    roleId: secret('role_id'),
    secretId: secret('secret_id'),
    eab: secret('eab.json'),
    bundle: posix.join(dirname(certPath), 'ca-bundle.pem'),
    artifact: posix.join(directory, 'bootstrap.json'),
    openbaoAgent: {
      config: agent('agent.hcl'),
      template: agent('agent.toml.ctmpl'),
      token: agent('token'),
    },
  };
}
