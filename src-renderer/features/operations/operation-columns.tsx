import { Link } from '@tanstack/react-router';
import type { Operation } from '../../../shared/contract/operations.ts';
import type { Message } from '../../../shared/message.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { Words } from '../../format/words.ts';
import type { Column } from '../../ui/data-list.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { operationStatus } from './states.ts';

type OperationColumns = Readonly<Record<'title' | 'state' | 'started' | 'took' | 'actor', Column<Operation>>>;

/** The columns that every list of operations has. */
export const operationColumns = (
  t: Translate,
  say: (message: Message) => string,
  words: Words,
): OperationColumns => ({
  title: {
    id: 'title',
    label: t('operation.what'),
    width: 'minmax(180px, 2fr)',
    cell: ({ id, title }) => (
      <Link to="/operations/$id" params={{ id }} className="bc-row-link" title={say(title)}>
        {say(title)}
      </Link>
    ),
  },
  state: {
    id: 'state',
    label: t('operation.state'),
    width: '150px',
    cell: ({ state }) => <StatusBadge status={operationStatus[state]} label={t(`operationState.${state}`)} />,
  },
  started: {
    id: 'started',
    label: t('operation.startedAt'),
    width: 'minmax(100px, 0.8fr)',
    cell: ({ startedAt }) => <RelativeTime at={startedAt} />,
  },
  took: {
    id: 'took',
    label: t('operation.took'),
    width: '90px',
    align: 'end',
    cell: ({ startedAt, endedAt }) => (endedAt === undefined ? '' : words.duration(endedAt - startedAt)),
  },
  actor: {
    id: 'actor',
    label: t('operation.actor'),
    width: 'minmax(110px, 1fr)',
    cell: ({ actor }) => actor,
  },
});
