import type { RotationContext } from '../rotation/context.ts';
import type { HostRecords } from './records.ts';

/** What the operations and queries of remote hosts work on. */
export interface FleetContext {
  readonly rotation: RotationContext;
  readonly records: HostRecords;
}
