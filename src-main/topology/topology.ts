import type { ContainerDifference } from '../../shared/contract/containers.ts';
import type { LogLine, LogSource, ServerStatus } from '../../shared/contract/topology.ts';
import type { RenewalAgents } from './agents/renewal-agents.ts';
import type { Layout, Ports } from './layout.ts';
import type { LayoutChoices } from './make-layout.ts';
import type { TakenPort } from './preflight.ts';
import type { ProbeResult } from './probes.ts';
import type { ServerId } from './server-id.ts';

/** What is known of a server that runs, whatever runs it. Unix milliseconds. */
export interface Running {
  readonly pid: number;
  readonly startedAt: number;
}

/** A server as others are configured to call it. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * How the servers see this installation. Processes of this machine see what the console sees; containers have other paths and names
 * (failure mode C18).
 */
export interface InsideView {
  /** A file of the secrets directory as step-ca has it. */
  stepCaPath(path: string): string;
  /** A file of the secrets directory as the OpenBao Agents have it. */
  agentPath(path: string): string;
  openbaoUrl(ports: Ports, secure: boolean): string;
  /** DNS names by which servers with TLS are called there; besides them this host is 127.0.0.1. */
  readonly names: Readonly<Record<'openbao' | 'postgres', readonly string[]>>;
  /** PostgreSQL as step-ca calls it; the console itself calls it on loopback. */
  database(ports: Ports): Address;
  /** `host:port` that step-ca listens on, and the names that its own certificate is for (failure mode C12). */
  stepCa(ports: Ports): { readonly address: string; readonly names: readonly string[] };
  responder(ports: Ports): { readonly challenge: string; readonly admin: string };
}

/** Helpers beside the servers that start after them and stop before them. */
export interface Sidecars {
  readonly names: readonly string[];
  running(): Promise<boolean>;
  start(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** The servers of one installation and whatever runs them. Every console of the workspace sees the same ones. */
export interface Topology {
  readonly kind: 'local' | 'compose';
  /** In the order in which they start. */
  readonly servers: readonly ServerId[];
  readonly files: { readonly layout: string; readonly openbaoConfig: string };
  readonly inside: InsideView;
  readonly sidecars?: Sidecars;
  /** The renewal agents of this host, where the console runs them itself. They start after the servers and stop before them. */
  readonly agents?: RenewalAgents;

  /** Undefined when this installation has no servers of this kind. Throws `topology_layout`. */
  readLayout(): Promise<Layout | undefined>;
  /** Throws `topology_none`. */
  requireLayout(): Promise<Layout>;
  createLayout(choices: LayoutChoices): Promise<Layout>;
  changePorts(change: Partial<Ports>): Promise<void>;
  takenPorts(id: ServerId): Promise<readonly TakenPort[]>;

  writeOpenBaoConfig(): Promise<void>;
  writeResolverConfig(): Promise<void>;
  /** Makes PostgreSQL's data with this password of its superuser, unless it is there. */
  initPostgres(password: string, signal?: AbortSignal): Promise<void>;
  /** Removes what a server stored. Only for a store that nobody has used. */
  removeData(id: 'openbao' | 'postgres'): Promise<void>;

  /** What starting these servers would make anew, where anything is made: the plan shows it (failure mode C11). */
  changes?(ids: readonly ServerId[]): Promise<readonly ContainerDifference[]>;

  /** Starts a server and waits until it answers a real question. Idempotent. */
  startServer(id: ServerId, signal?: AbortSignal): Promise<void>;
  /** After an unseal: waits until OpenBao leads and serves. */
  settle(signal?: AbortSignal): Promise<void>;
  stopServer(id: ServerId): Promise<void>;
  restartServer(id: ServerId, signal?: AbortSignal): Promise<void>;
  /** SIGHUP. @returns false when it does not run */
  reloadServer(id: ServerId): Promise<boolean>;
  probe(id: ServerId): Promise<ProbeResult>;
  isRunning(id: ServerId): Promise<boolean>;
  /** Whether it is ours, is wanted, and answers. For OpenBao any state is an answer. */
  isReady(id: ServerId): Promise<boolean>;
  anyRunning(): Promise<boolean>;
  startAll(signal?: AbortSignal): Promise<void>;
  stopAll(): Promise<void>;

  /** Makes the names of the services lead to the responder for whoever the CA asks (failure mode C24). */
  publishNames(names: readonly string[]): Promise<void>;
  /** Where this host reaches what the CA's network calls by this name; undefined: DNS says. */
  addressesOf(name: string): Promise<readonly string[] | undefined>;

  /** Where this host has a file that a server writes; undefined: out of its reach. */
  hostPath(id: ServerId, path: string): Promise<string | undefined>;

  statuses(): Promise<ServerStatus[]>;
  watch(signal: AbortSignal, pollMs?: number): AsyncIterable<ServerStatus[]>;
  logs(
    options: { readonly server?: LogSource; readonly lines: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncIterable<LogLine>;
  supervise(): void;
  close(): Promise<void>;
}
