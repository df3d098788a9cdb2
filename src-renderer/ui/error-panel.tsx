import { Button, Code, Group, Text } from '@mantine/core';
import { IconCircleX, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { errorMessages, type ErrorData } from '../../shared/errors.ts';
import { useMessage, useT } from '../app/i18n.tsx';
import { Disclosure } from './disclosure.tsx';

interface ErrorPanelProps {
  readonly error: ErrorData;
  readonly onRetry?: (() => void) | undefined;
  readonly actions?: ReactNode;
}

/** An error in its order: what happened, what was and was not changed, what to do next, details folded. */
export function ErrorPanel({ error, onRetry, actions }: ErrorPanelProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const { what, changed, next } = errorMessages(error);
  return (
    <div className="bc-panel bc-panel-failed" role="alert">
      <IconCircleX size={18} aria-hidden className="bc-panel-icon" />
      <div className="bc-panel-body">
        <Text fw={600}>{say(what)}</Text>
        <Text size="sm">{say(changed)}</Text>
        <Text size="sm">{say(next)}</Text>
        {error.detail === undefined ? null : (
          <Disclosure label={t('ui.details')}>
            <Code block>{error.detail}</Code>
            <Text size="xs" c="dimmed">
              {error.code}
            </Text>
          </Disclosure>
        )}
        {onRetry === undefined && actions === undefined ? null : (
          <Group gap="xs" mt="xs">
            {onRetry === undefined ? null : (
              <Button variant="default" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
                {t('ui.retry')}
              </Button>
            )}
            {actions}
          </Group>
        )}
      </div>
    </div>
  );
}
