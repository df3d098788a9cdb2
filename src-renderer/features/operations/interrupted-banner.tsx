import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useOperations } from './operations-context.tsx';
import { RecoveryDialog } from './recovery-dialog.tsx';

/** An operation that was cut off comes before anything else: what happened, resume, undo. */
export function InterruptedBanner(): ReactNode {
  const t = useT();
  const say = useMessage();
  const { value } = useOperations();
  const [way, setWay] = useState<'resume' | 'undo'>();
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
        {t('explain.title')}
      </Button>
      {stopped.canResume ? (
        <Button variant="default" onClick={() => setWay('resume')}>
          {t('operation.resume')}
        </Button>
      ) : null}
      {stopped.canUndo ? (
        <Button variant="default" onClick={() => setWay('undo')}>
          {t('operation.undo')}
        </Button>
      ) : null}
      <RecoveryDialog operation={stopped} way={way} onClose={() => setWay(undefined)} />
    </div>
  );
}
