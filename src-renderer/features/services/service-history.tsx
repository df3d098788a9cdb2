import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { useProcedure } from '../../app/procedures.ts';
import { FiveFaces } from '../../ui/five-faces.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { operationStatus } from '../operations/states.ts';

/** An operation belongs to a service when its title speaks of it. */
const concerns = (operation: Operation, id: string): boolean =>
  operation.kind.startsWith('service.') && Object.values(operation.title.params ?? {}).includes(id);

/** What was done to one service, newest first. */
export function ServiceHistory({ id }: { id: string }): ReactNode {
  const t = useT();
  const say = useMessage();
  const list = useProcedure('operations.list', { limit: 500 });
  const mine = list.data?.filter((operation) => concerns(operation, id)).slice(0, 20);
  return (
    <Section title={t('services.history')}>
      <FiveFaces
        count={mine?.length}
        error={list.error}
        at={list.dataUpdatedAt}
        rows={2}
        onRetry={() => void list.refetch()}
        empty={<Text c="dimmed">{t('services.noHistory')}</Text>}
      >
        <ul className="bc-lines">
          {mine?.map((operation) => (
            <li key={operation.id}>
              <Link to="/operations/$id" params={{ id: operation.id }} className="bc-link">
                {say(operation.title)}
              </Link>
              <span className="bc-muted">{operation.actor}</span>
              <RelativeTime at={operation.startedAt} />
              <StatusBadge
                status={operationStatus[operation.state]}
                label={t(`operationState.${operation.state}`)}
              />
            </li>
          ))}
        </ul>
      </FiveFaces>
    </Section>
  );
}
