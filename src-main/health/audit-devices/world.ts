import type { Disk } from '../../monitoring/picture.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';

/** Where the audit devices of OpenBao are asked and their files lie. */
export interface AuditWorld {
  /** Throws `no_openbao_session`. */
  readonly client: () => OpenBaoClient;
  /** A file of OpenBao as this host has it; undefined: out of reach. */
  readonly hostPath: (path: string) => Promise<string | undefined>;
  /** SIGHUP. @returns false when OpenBao does not run */
  readonly reload: () => Promise<boolean>;
  /** Whether this console runs OpenBao. */
  readonly managed: () => Promise<boolean>;
  /** When a disk is full, unix milliseconds; undefined: it does not fill, or nobody knows yet. */
  readonly fullAt: (disk: Disk) => Promise<number | undefined>;
  /** Unix milliseconds. */
  readonly now: () => number;
}
