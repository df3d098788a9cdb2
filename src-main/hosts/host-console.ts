import type { Dispatcher } from '../console/dispatcher.ts';

/** The part of a pino logger that hosts use. Fields come first, as in pino. */
export interface HostLog {
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
  error(fields: Readonly<Record<string, unknown>>, text: string): void;
}

/** What a host needs of an opened console; `openConsole` of the composition root answers more. */
export interface HostConsole {
  readonly dispatcher: Dispatcher;
  /** Who acts, without the host: `kim@desk`. */
  readonly actor: string;
  /** Ends sessions and the store. Servers keep running. */
  shutdown(): Promise<void>;
  infraRunning(): Promise<boolean>;
  stopInfra(): Promise<void>;
  /** The open workspace, if there is one: what it leaves beside its directory can be thrown away with it. */
  readonly workspace?:
    { readonly topologies: { readonly compose: { discard(): Promise<void> } } } | undefined;
}
