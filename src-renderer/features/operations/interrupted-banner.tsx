import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useOperations } from './operations-context.tsx';

/** An operation that was cut off stands in the way of every other until it is resumed or undone. */
export function InterruptedBanner(): ReactNode {
  const t = useT();
  const say = useMessage();
  const { value } = useOperations();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const stopped = value?.operations.find(
    ({ state, canResume, canUndo }) => state === 'interrupted' && (canResume || canUndo),
  );
  // Its own page says it already.
  if (stopped === undefined || path === `/operations/${stopped.id}`) return null;
  return (
    <div className="bc-banner" data-severity="warning" role="status">
      <IconAlertTriangle size={18} aria-hidden />
      <span>{t('operation.interruptedBanner', { title: say(stopped.title) })}</span>
      <Button component={Link} to={`/operations/${stopped.id}`} variant="default">
        {t('operation.decide')}
      </Button>
    </div>
  );
}
