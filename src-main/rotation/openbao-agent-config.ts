import type { WorkspacePaths } from '../workspace/paths.ts';
import { infraTargets, type Credential } from './targets.ts';

/** The configuration of the OpenBao Agent that logs in with a credential of this host. */
export function openbaoAgentConfig(paths: WorkspacePaths, { id }: Pick<Credential, 'id'>): string {
  const infra = infraTargets.find((target) => id === `infra-${target}`);
  return infra === undefined ? paths.serviceAgent(id, 'agent.hcl') : paths.infraAgent(infra, 'agent.hcl');
}
