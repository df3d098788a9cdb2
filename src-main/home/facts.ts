import type { Need } from '../../shared/contract/home.ts';
import type { OpenBaoStatus, Ceremony } from '../../shared/contract/openbao.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import type { HostRow } from '../../shared/contract/hosts.ts';
import type { CaKeyBoard } from '../../shared/contract/rotation-ca-key.ts';
import type { RotationItem } from '../../shared/contract/rotation.ts';
import type { ServiceSummary } from '../../shared/contract/services.ts';
import type { Message } from '../../shared/message.ts';

/** What is known of one server of the installation. */
export interface ServerFact {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly version?: string;
  readonly problem?: Message;
  /** Unix milliseconds since when it is in this state. */
  readonly since?: number;
}

/** What was changed for good only when the operator says so. `at`: unix milliseconds. */
export type Unconfirmed =
  | {
      readonly kind: 'upgrade';
      readonly server: string;
      readonly from: string;
      readonly to: string;
      readonly at: number;
    }
  | { readonly kind: 'move'; readonly from: string; readonly at: number };

/** Everything that Home judges, gathered at one instant. Times are unix milliseconds. */
export interface Facts {
  readonly at: number;
  readonly openbao: OpenBaoStatus | undefined;
  readonly servers: readonly ServerFact[];
  readonly services: readonly ServiceSummary[];
  readonly authorities: readonly {
    readonly name: string;
    readonly notAfter: number;
    readonly path: string;
  }[];
  readonly operations: readonly Operation[];
  /** Every secret that can be rotated, as its policy judges it. */
  readonly rotations: readonly Pick<RotationItem, 'target' | 'title' | 'due' | 'dueAt'>[];
  /** A rotation of the CA keys that is under way, and since when it is at this stage. */
  readonly caKey:
    { readonly stage: Exclude<CaKeyBoard['stage'], 'idle'>; readonly since: number } | undefined;
  /** Services on other hosts. */
  readonly hosts: readonly Pick<HostRow, 'id' | 'state'>[];
  /** Upgrades and moves that the operator has neither confirmed nor taken back. */
  readonly unconfirmed: readonly Unconfirmed[];
  readonly ceremony: Ceremony;
  readonly leafMs: number;
  readonly auditIntact: boolean;
  readonly secrets: readonly { readonly name: Message; readonly changedAt?: number }[];
  /** What the monitoring has judged already: checks, disks, clocks, targets. */
  readonly alarms: readonly Need[];
  /** What could not be read, named; never silently left out. */
  readonly unreadable: readonly Message[];
  /** The installation's servers are started and stopped by this console. */
  readonly managed: boolean;
}
