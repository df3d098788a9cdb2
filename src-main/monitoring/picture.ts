import type { CheckView, MonitoringSettings, Target } from '../../shared/contract/monitoring.ts';
import type { Timeline } from '../../shared/contract/credential-expiry.ts';
import type { HostRow } from '../../shared/contract/hosts.ts';
import type { RotationItem } from '../../shared/contract/rotation.ts';
import type { Facts } from '../home/facts.ts';

/** How far a server's clock is ahead of this machine's, seconds. */
export interface Skew {
  readonly server: string;
  readonly seconds: number;
}

/** The file system below something that must go on being written. */
export interface Disk {
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** When it is full at the growth of the last days, unix milliseconds; absent: not for a year, or nobody knows yet. */
  readonly fullAt?: number;
  /** Of the system: paths with the same one share their room. */
  readonly device?: number;
}

/** With so much room left, bytes, a disk is not near its end, however small a share of it that is. */
export const roomyBytes = 20 * 2 ** 30;

/** An audit file that grew beyond this, bytes, is rotated by nobody. */
export const largeAuditFile = 2 ** 30;

/** A database of step-ca that grew beyond this, bytes, is pruned by nobody: a hundred thousand certificates take a third of it. */
export const largeCaDatabase = 2 * 2 ** 30;

/** An audit device of OpenBao. */
export interface AuditFile {
  readonly name: string;
  readonly type: string;
  /** Of a file that this machine can see. */
  readonly bytes?: number;
}

export interface TargetState extends Target {
  readonly up: boolean;
  readonly problem?: string;
}

/** Backups as the journal of operations knows them. Unix milliseconds; absent: never. */
export interface BackupFact {
  readonly takenAt?: number;
  readonly provedAt?: number;
}

/** Everything that the console knows of an installation at one instant: what metrics, alarms and history are made of. */
export interface Picture {
  readonly facts: Facts;
  readonly rotations: readonly RotationItem[];
  readonly timeline: Timeline | undefined;
  readonly hosts: readonly HostRow[];
  readonly checks: readonly CheckView[];
  readonly skews: readonly Skew[];
  readonly disks: readonly Disk[];
  /** Undefined: OpenBao could not be asked. */
  readonly auditFiles: readonly AuditFile[] | undefined;
  /** Size of step-ca's database; undefined: this host cannot ask it. */
  readonly caDatabaseBytes: number | undefined;
  readonly targets: readonly TargetState[];
  readonly backup: BackupFact;
  readonly settings: MonitoringSettings;
  /** Parts that could not be read. */
  readonly unreadable: readonly string[];
  /** How long the gathering took, milliseconds. */
  readonly ms: number;
}
