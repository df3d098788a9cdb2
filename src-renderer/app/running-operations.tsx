import { Button, Menu, RingProgress, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { isUnderWay } from '../features/operations/records.ts';
import { useOperations } from '../features/operations/operations-context.tsx';
import { useMessage, useT } from './i18n.tsx';

/** The operations that run now, with a ring each. Absent when nothing runs. */
export function RunningOperations(): ReactNode {
  const t = useT();
  const say = useMessage();
  const navigate = useNavigate();
  const running = useOperations().value?.operations.filter(isUnderWay) ?? [];
  const first = running[0];
  if (first === undefined) return null;
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
          {t('header.running', { count: running.length })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {running.map((operation) => (
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
