import type { DockerEngine } from '../docker/engine.ts';
import type { DriftWorld } from '../drift/look.ts';
import type { OpenBao, OpenBaoClient } from '../openbao/openbao.ts';
import type { State } from '../workspace/state-schema.ts';
import type { DockerCommand } from '../topology/compose/docker-command.ts';
import type { Service } from '../services/entry.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Oddity } from '../../shared/contract/adopt.ts';
import type { StorageInput, Kept } from './storage/place.ts';

/** What of an installation can be looked at. */
export interface AdoptWorld {
  readonly paths: WorkspacePaths;
  readonly drift: DriftWorld;
  /** Absent: state.json does not say where it is. */
  readonly openbao: OpenBao | undefined;
  /** Absent: nobody has signed in. */
  readonly client: OpenBaoClient | undefined;
  /** The engine of this host (throws `docker_endpoint`, `docker_certificates`) and the docker command: asked, never told. */
  readonly docker: { readonly engine: () => DockerEngine; readonly command: DockerCommand };
  /** Unix milliseconds when it was taken over; undefined: not. */
  readonly takenOverAt: () => Promise<number | undefined>;
  readonly owned: () => Promise<boolean>;
  readonly kept: () => Promise<Kept | undefined>;
  readonly now: () => number;
}

/** The same, with what every finder needs read once. */
export interface Scene extends AdoptWorld {
  readonly state: State | undefined;
  readonly services: readonly Service[];
}

/** Looks for one kind of oddity. No effect; what cannot be asked is no oddity. */
export type Finder = (scene: Scene) => Promise<readonly Oddity[]>;

/** Where the old storage of an adopted OpenBao lies, as far as files of this host tell. */
export type StoragePlace = StorageInput;
