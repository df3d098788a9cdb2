import { join } from 'node:path';
import type { WorkspacePaths } from '../../workspace/paths.ts';

/** What the compose topology keeps in the work directory, where the bootroot tools have it (formats.md "Work directory"). */
export class ComposePaths {
  readonly layout: string;
  readonly composeFile: string;
  readonly env: string;
  /** Network aliases of the responder, one for each service. */
  readonly responderOverride: string;
  readonly agentOverride: string;
  readonly openbaoConfig: string;

  constructor(paths: WorkspacePaths) {
    this.layout = join(paths.local, 'topology.json');
    this.composeFile = paths.composeFile;
    this.env = paths.env;
    this.responderOverride = paths.responderComposeOverride;
    this.agentOverride = paths.openbaoAgentComposeOverride;
    this.openbaoConfig = join(paths.root, 'openbao', 'openbao.hcl');
  }
}
