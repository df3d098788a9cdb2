import { Link } from '@tanstack/react-router';
import type { ServiceSummary } from '../../../shared/contract/services.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { Column } from '../../ui/data-list.tsx';
import { LadderStrip } from '../../ui/ladder-strip.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { ExpiryCell } from './expiry-cell.tsx';
import { ServiceActions } from './service-actions.tsx';
import { verdictOf } from './verdict.ts';

/** The columns of the list of services. */
export const serviceColumns = (t: Translate): readonly Column<ServiceSummary>[] => [
  {
    id: 'name',
    label: t('services.name'),
    width: 'minmax(140px, 2fr)',
    sortable: true,
    cell: (service) => (
      <Link to="/services/$id" params={{ id: service.id }} className="bc-row-link" title={service.id}>
        {service.id}
      </Link>
    ),
  },
  {
    id: 'state',
    label: t('services.state'),
    width: '124px',
    cell: ({ ladder }) => <StatusBadge status={verdictOf(ladder)} />,
  },
  {
    id: 'rung',
    label: t('services.evidence'),
    width: 'minmax(204px, 1.2fr)',
    sortable: true,
    cell: ({ ladder }) => <LadderStrip rungs={ladder} />,
  },
  {
    id: 'expiry',
    label: t('services.expires'),
    width: 'minmax(110px, 0.8fr)',
    sortable: true,
    cell: ({ expiresAt }) => <ExpiryCell at={expiresAt} />,
  },
  {
    id: 'host',
    spare: true,
    label: t('services.host'),
    width: 'minmax(90px, 0.7fr)',
    cell: ({ hostname }) => hostname,
  },
  {
    id: 'identity',
    spare: 'tight',
    label: t('services.identity'),
    width: 'minmax(140px, 2fr)',
    cell: ({ identity }) => <code title={identity}>{identity}</code>,
  },
  {
    id: 'delivery',
    spare: true,
    label: t('services.delivery'),
    width: 'minmax(100px, 0.8fr)',
    cell: ({ deliveryMode }) => t(`services.deliveryMode.${deliveryMode}`),
  },
  {
    id: 'actions',
    label: t('list.actions'),
    head: null,
    width: '28px',
    cell: (service) => <ServiceActions service={service} />,
  },
];
