import { ActionIcon, Button, Progress } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconChevronDown, IconChevronUp, IconPin, IconPinned } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useId, type ReactNode } from 'react';
import type { Operation } from '../../../shared/contract/operations.ts';
import { useMessage, useT } from '../../app/i18n.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { inHand } from './in-hand.ts';
import { LogLines } from './log-lines.tsx';
import { useOperations } from './operations-context.tsx';
import { isUnderWay } from './records.ts';
import { operationStatus } from './states.ts';
import { useOperation } from './use-operation.ts';

/** The operation in hand at the foot of every page: step and progress, its log when opened. Pinned it stays after the end. */
export function OperationDrawer(): ReactNode {
  const [pinned, setPinned] = useLocalStorage<boolean>({
    key: 'operation-drawer-pinned',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const operation = inHand(useOperations().value?.operations ?? [], pinned);
  // Its own page and a wizard that watches it show it already.
  if (operation === undefined || path === `/operations/${operation.id}` || path.endsWith('/new')) return null;
  return <Drawer operation={operation} pinned={pinned} onPin={setPinned} />;
}

interface DrawerProps {
  readonly operation: Operation;
  readonly pinned: boolean;
  readonly onPin: (pinned: boolean) => void;
}

function Drawer({ operation, pinned, onPin }: DrawerProps): ReactNode {
  const t = useT();
  const say = useMessage();
  const id = useId();
  const [opened, setOpened] = useLocalStorage<boolean>({
    key: 'operation-drawer-opened',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const step = operation.steps.find(({ state }) => ['running', 'undoing', 'failed'].includes(state));
  const Chevron = opened ? IconChevronDown : IconChevronUp;
  return (
    <aside className="bc-drawer" aria-label={t('drawer.title')}>
      <div className="bc-drawer-head">
        <Button
          variant="subtle"
          color="gray"
          aria-expanded={opened}
          aria-controls={id}
          leftSection={<Chevron size={15} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {t('drawer.log')}
        </Button>
        <StatusBadge
          status={operationStatus[operation.state]}
          label={t(`operationState.${operation.state}`)}
        />
        <Link to="/operations/$id" params={{ id: operation.id }} className="bc-row-link bc-ellipsis">
          {say(operation.title)}
        </Link>
        {step === undefined ? null : <span className="bc-muted bc-ellipsis">{say(step.title)}</span>}
        {isUnderWay(operation) ? (
          <Progress
            w={120}
            ml="auto"
            value={Math.round(operation.progress * 100)}
            aria-label={t('operation.progress')}
          />
        ) : null}
        <ActionIcon
          ml={isUnderWay(operation) ? 0 : 'auto'}
          aria-label={t('drawer.pin')}
          aria-pressed={pinned}
          title={t('drawer.pin')}
          onClick={() => onPin(!pinned)}
        >
          {pinned ? <IconPinned size={16} /> : <IconPin size={16} />}
        </ActionIcon>
      </div>
      <div id={id} hidden={!opened} className="bc-drawer-log" tabIndex={opened ? 0 : -1}>
        {opened ? <Log id={operation.id} /> : null}
      </div>
    </aside>
  );
}

function Log({ id }: { id: string }): ReactNode {
  const t = useT();
  const { logs } = useOperation(id);
  return logs.length === 0 ? <p className="bc-muted">{t('drawer.noLines')}</p> : <LogLines lines={logs} />;
}
