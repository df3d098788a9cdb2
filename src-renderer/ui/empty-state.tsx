import { Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly icon: Icon;
  /** One sentence. */
  readonly text: string;
  /** The button that fills it. */
  readonly action?: ReactNode;
}

/** What a list shows when there is truly nothing. */
export function EmptyState({ icon: Icon, text, action }: EmptyStateProps): ReactNode {
  return (
    <div className="bc-empty">
      <Icon size={32} stroke={1.3} aria-hidden />
      <Text c="dimmed">{text}</Text>
      {action}
    </div>
  );
}
