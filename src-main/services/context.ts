import type { AgentProcess } from '../../shared/contract/renewal-agents.ts';
import type { Rung } from '../../shared/contract/services.ts';
import type { OpenBao, OpenBaoClient } from '../openbao/openbao.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';

/** Where the servers of this installation answer, as services and the CA see them. */
export interface Endpoints {
  /** For example `https://localhost:9000/acme/acme/directory`. */
  readonly directoryUrl: string;
  readonly responderAdminUrl: string;
  /** The port that the CA calls for HTTP-01. */
  readonly httpPort: number;
  /** `host:port` of the name server that the CA asks; absent: the system's. */
  readonly resolver?: string;
  /** Where this host reaches what the CA's network calls by this name, when no name server of this host knows; undefined: DNS says. */
  readonly addressesOf?: (name: string) => Promise<readonly string[] | undefined>;
  /** Default domain of new services. */
  readonly domain: string;
}

/** The last proof of each rung by service, kept by the console. */
export interface Evidence {
  read(): Promise<ReadonlyMap<string, readonly Rung[]>>;
  write(id: string, ladder: readonly Rung[]): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What the operations of services work on. */
export interface ServicesContext {
  readonly paths: WorkspacePaths;
  readonly openbao: OpenBao;
  readonly kvMount: string;
  /** OpenBao with the console's live session. Throws `no_openbao_session`. */
  client(): OpenBaoClient;
  endpoints(): Promise<Endpoints>;
  /** Makes the names of all services of state.json lead to the responder. */
  publishNames?(): Promise<void>;
  /** State of the renewal agent of this agent.toml, where the console was chosen to run it. */
  agentState?(agentConfig: string): Promise<AgentProcess['state'] | undefined>;
  /** SHA-256 of the CA certificates on this host. */
  localPins(): Promise<readonly string[]>;
  readonly evidence: Evidence;
  /** Unix milliseconds. */
  readonly now: () => number;
}
