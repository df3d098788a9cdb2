import { Button, Menu, RingProgress, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { isUnderWay } from '../features/operations/records.ts';
import { useOperations } from '../features/operations/operations-context.tsx';
import { useMessage, useT } from './i18n.tsx';

/** The operations under way, with a ring each. Absent when there is none. */
export function RunningOperations(): ReactNode {
  const t = useT();
  const say = useMessage();
  const navigate = useNavigate();
  const underWay = useOperations().value?.operations.filter(isUnderWay) ?? [];
  const [first] = underWay;
  if (first === undefined) return null;
  const running = underWay.filter(({ state }) => state !== 'paused').length;
  return (
    <Menu position="bottom-end" width={340}>
      <Menu.Target>
        <Button
          variant="subtle"
          leftSection={
            <RingProgress
              size={22}
              thickness={3}
              aria-label={t('operation.progress')}
              sections={[{ value: first.progress * 100, color: 'accent' }]}
            />
          }
        >
          {running > 0
            ? t('header.running', { count: running })
            : t('header.paused', { count: underWay.length })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {underWay.map((operation) => (
          <Menu.Item
            key={operation.id}
            onClick={() => void navigate({ to: '/operations/$id', params: { id: operation.id } })}
          >
            {say(operation.title)}
            <Text size="xs" c="dimmed">
              {t('operation.percent', { percent: Math.round(operation.progress * 100) })}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
