import { Button, Skeleton, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ConsoleError } from '../../shared/errors.ts';
import { errorMessages } from '../../shared/errors.ts';
import { useMessage, useT } from '../app/i18n.tsx';
import { Age } from './age.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { faceOf } from './faces.ts';
import { RelativeTime } from './relative-time.tsx';

interface FiveFacesProps {
  readonly asked?: boolean;
  readonly count: number | undefined;
  readonly error: ConsoleError | undefined | null;
  /** Unix milliseconds of what is shown. */
  readonly at?: number | undefined;
  readonly stale?: boolean;
  readonly onRetry: () => void;
  readonly notAsked?: ReactNode;
  readonly empty: ReactNode;
  /** Rows of the skeleton. */
  readonly rows?: number;
  readonly children: ReactNode;
}

/** Every collection is shown through this: not asked, loading with its age, empty, partial or stale, failed. */
export function FiveFaces(props: FiveFacesProps): ReactNode {
  const { asked = true, count, at, stale = false, onRetry, rows = 6 } = props;
  const t = useT();
  const say = useMessage();
  const [since] = useState(() => Date.now());
  const error = props.error ?? undefined;
  const face = faceOf({ asked, count, error, stale });
  if (face === 'not_asked') return props.notAsked;
  if (face === 'empty') return props.empty;
  if (face === 'failed' && error !== undefined) return <ErrorPanel error={error.data} onRetry={onRetry} />;
  if (face === 'loading') {
    return (
      <div role="status" aria-label={t('ui.loading')} className="bc-skeletons">
        {Array.from({ length: rows }, (_, row) => (
          <Skeleton key={row} height={18} width={`${96 - ((row * 17) % 40)}%`} animate={false} />
        ))}
        <Text size="xs" c="dimmed">
          <Age since={since} />
        </Text>
      </div>
    );
  }
  return (
    <>
      {face === 'partial' ? (
        <div className="bc-stale" role="status">
          <IconAlertTriangle size={16} aria-hidden />
          <Text size="sm">
            {at === undefined ? t('ui.stale') : t('ui.staleSince')}{' '}
            {at === undefined ? null : <RelativeTime at={at} />}
            {error === undefined ? null : ` · ${say(errorMessages(error.data).what)}`}
          </Text>
          <Button variant="subtle" onClick={onRetry}>
            {t('ui.retry')}
          </Button>
        </div>
      ) : null}
      {props.children}
    </>
  );
}
