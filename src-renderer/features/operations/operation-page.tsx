import type { ReactNode } from 'react';
import { useMessage, useT } from '../../app/i18n.tsx';
import { usePathId } from '../../app/use-path-id.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Mono } from '../../ui/mono.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { OperationView } from './operation-view.tsx';
import { operationStatus } from './states.ts';
import { useOperation } from './use-operation.ts';

/** The page of one operation. */
export function OperationPage(): ReactNode {
  const id = usePathId();
  const t = useT();
  const say = useMessage();
  const { operation } = useOperation(id);
  return (
    <Page
      title={operation === undefined ? t('nav.operation') : say(operation.title)}
      above={[{ label: t('nav.operations'), to: '/operations' }]}
      actions={
        operation === undefined ? undefined : (
          <CopyButton
            value={`bootroot-console operations ${operation.canResume ? 'resume' : 'show'} ${id}`}
            label={t('ui.copyCommand')}
          />
        )
      }
      verdict={
        operation === undefined ? undefined : (
          <StatusBadge
            status={operationStatus[operation.state]}
            label={t(`operationState.${operation.state}`)}
          />
        )
      }
    >
      {operation === undefined ? null : (
        <Facts
          facts={[
            { label: t('operation.startedAt'), value: <RelativeTime at={operation.startedAt} /> },
            { label: t('operation.actor'), value: operation.actor },
            { label: t('operation.kind'), value: <code>{operation.kind}</code> },
            { label: t('operation.digest'), value: <Mono value={operation.planDigest} length={18} /> },
          ]}
        />
      )}
      <OperationView id={id} />
    </Page>
  );
}
