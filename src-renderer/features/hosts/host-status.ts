import type { HostRow } from '../../../shared/contract/hosts.ts';
import type { Status } from '../../ui/status.ts';

/** Colour and icon of each state of a host. Silence is not green, and not yet a failure. */
export const statusOfHost: Readonly<Record<HostRow['state'], Status>> = {
  applied: 'proved',
  pending: 'pending',
  failed: 'failed',
  expired: 'expired',
  silent: 'overdue',
  opened: 'contradicted',
  none: 'unknown',
};

export const statusOfItem: Readonly<Record<HostRow['items'][number]['status'], Status>> = {
  none: 'unknown',
  pending: 'pending',
  applied: 'proved',
  failed: 'failed',
  expired: 'expired',
};

export const statusOfHandover: Readonly<Record<HostRow['handover']['state'], Status>> = {
  none: 'unknown',
  waiting: 'pending',
  opened: 'contradicted',
  expired: 'expired',
  taken: 'proved',
};

/** Whether a host needs to be brought back by hand: it cannot log in, or has been silent for long. */
export const isLost = ({ state, items }: Pick<HostRow, 'state' | 'items'>): boolean =>
  state === 'silent' || items.some(({ item, status }) => item === 'secret_id' && status === 'expired');
