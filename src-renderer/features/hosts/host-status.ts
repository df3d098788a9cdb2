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

/**
 * Whether a host is to be brought back by hand: it cannot log in, has been silent for long, or was heard of before and has not yet taken
 * the hand-over that was made for it.
 */
export const isLost = ({
  state,
  items,
  handover,
  lastSeen,
}: Pick<HostRow, 'state' | 'items' | 'handover' | 'lastSeen'>): boolean => {
  // An incident comes first.
  if (handover.state === 'opened') return false;
  const secretId = items.find(({ item }) => item === 'secret_id')?.status;
  const underWay = lastSeen !== undefined && handover.state === 'waiting' && secretId !== 'applied';
  return state === 'silent' || secretId === 'expired' || underWay;
};
