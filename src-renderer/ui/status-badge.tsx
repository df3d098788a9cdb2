import type { ReactNode } from 'react';
import { useT } from '../app/i18n.tsx';
import { statusIcons, type Status } from './status.ts';

interface StatusBadgeProps {
  readonly status: Status;
  /** Instead of the status word, where a finer word says more. The icon and colour stay those of the status. */
  readonly label?: string | undefined;
}

/** A status word with its icon and its checked colours. The only way a status is shown. */
export function StatusBadge({ status, label }: StatusBadgeProps): ReactNode {
  const t = useT();
  const Icon = statusIcons[status];
  return (
    <span
      className="bc-badge"
      style={{ color: `var(--bc-${status}-text)`, background: `var(--bc-${status}-ground)` }}
    >
      <Icon size={14} stroke={2} aria-hidden />
      {label ?? t(`status.${status}`)}
    </span>
  );
}
