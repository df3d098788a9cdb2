import { join } from 'node:path';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** What the local topology keeps below `<work directory>/local/`. */
export class TopologyPaths {
  readonly root: string;

  /** The pair of an OpenBao with TLS, where every topology has it. */
  readonly openbaoTls: { readonly certFile: string; readonly keyFile: string };

  constructor(paths: WorkspacePaths) {
    this.root = paths.local;
    this.openbaoTls = { certFile: paths.openbaoTls('server.crt'), keyFile: paths.openbaoTls('server.key') };
  }

  get layout(): string {
    return join(this.root, 'topology.json');
  }
  get openbao(): string {
    return join(this.root, 'openbao');
  }
  get openbaoConfig(): string {
    return join(this.openbao, 'openbao.hcl');
  }
  get openbaoData(): string {
    return join(this.openbao, 'data');
  }
  get openbaoAudit(): string {
    return join(this.openbao, 'audit.log');
  }
  /** The second device: a directory of its own, so that another disk can be mounted there. */
  get openbaoAuditSecond(): string {
    return join(this.openbao, 'audit-second', 'audit.log');
  }
  get postgres(): string {
    return join(this.root, 'postgres');
  }
  get resolverConfig(): string {
    return join(this.root, 'dns', 'resolver.json');
  }
}
