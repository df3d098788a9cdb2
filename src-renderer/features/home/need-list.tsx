import { Button, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Need } from '../../../shared/contract/home.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { useAction } from './use-action.ts';

const icons = { critical: IconCircleX, warning: IconAlertTriangle, notice: IconInfoCircle } as const;

/** What needs the operator, worst first, each with the button that does it. */
export function NeedList({ needs }: { needs: readonly Need[] }): ReactNode {
  const t = useT();
  const say = useMessage();
  const act = useAction();
  if (needs.length === 0) return null;
  return (
    <ul className="bc-needs" aria-label={t('home.needs')}>
      {needs.map((need) => {
        const Icon = icons[need.severity];
        const { action } = need;
        return (
          <li key={need.id} className="bc-need" data-severity={need.severity}>
            <Icon size={20} stroke={1.8} aria-label={t(`severity.${need.severity}`)} role="img" />
            <div>
              <strong>{say(need.title)}</strong>
              {need.detail === undefined ? null : (
                <Text size="sm" c="dimmed">
                  {say(need.detail)}
                </Text>
              )}
            </div>
            {need.since === undefined ? null : (
              <Text size="sm" c="dimmed">
                <RelativeTime at={need.since} />
              </Text>
            )}
            {action === undefined ? null : (
              <Button
                size="sm"
                variant={need.severity === 'notice' ? 'default' : 'filled'}
                onClick={() => act(action)}
              >
                {say(action.label)}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
