import { Link } from '@tanstack/react-router';
import type { CertificateListItem } from '../../../shared/contract/certificates.ts';
import type { Translate } from '../../app/i18n.tsx';
import { pathEnd } from '../../format/text.ts';
import type { Words } from '../../format/words.ts';
import type { Column } from '../../ui/data-list.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import type { Status } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { CertificateActions } from './certificate-actions.tsx';

const statusOf: Record<CertificateListItem['state'], Status> = {
  valid: 'proved',
  near_expiry: 'due',
  expired: 'expired',
  not_yet_valid: 'pending',
};

/** Names one row: a file may hold many certificates. */
export const certificateKey = ({ path, sha256 }: CertificateListItem): string => `${path} ${sha256}`;

/** The columns of the list of certificates. */
export const certificateColumns = (t: Translate, words: Words): readonly Column<CertificateListItem>[] => [
  {
    id: 'name',
    label: t('certificate.title'),
    width: 'minmax(150px, 1.6fr)',
    sortable: true,
    cell: (row) => (
      <Link to="/certificates/$id" params={{ id: row.path }} className="bc-row-link" title={row.title}>
        {row.title}
      </Link>
    ),
  },
  {
    id: 'kind',
    spare: true,
    label: t('certificate.kindLabel'),
    width: 'minmax(84px, 0.7fr)',
    cell: ({ kind }) => t(`certificate.kind.${kind}`),
  },
  {
    id: 'state',
    label: t('services.state'),
    width: '118px',
    cell: ({ state }) => <StatusBadge status={statusOf[state]} label={t(`certificate.state.${state}`)} />,
  },
  {
    id: 'expiry',
    label: t('certificate.ends'),
    width: 'minmax(112px, 0.8fr)',
    sortable: true,
    cell: ({ notAfter }) => <RelativeTime at={notAfter} />,
  },
  {
    id: 'service',
    label: t('nav.service'),
    width: 'minmax(90px, 1fr)',
    sortable: true,
    cell: ({ service }) => service?.name ?? '',
  },
  {
    id: 'issuer',
    spare: 'tight',
    label: t('certificate.issuer'),
    width: 'minmax(160px, 1.2fr)',
    sortable: true,
    cell: ({ issuer }) => <span title={issuer}>{issuer}</span>,
  },
  {
    id: 'problems',
    label: t('certificate.problems'),
    width: 'minmax(70px, 0.5fr)',
    align: 'end',
    cell: ({ problems }) =>
      problems.errors + problems.warnings === 0 ? '' : words.number(problems.errors + problems.warnings),
  },
  {
    id: 'path',
    spare: true,
    label: t('certificate.path'),
    width: 'minmax(130px, 1.6fr)',
    cell: ({ path }) => <code title={path}>{pathEnd(path)}</code>,
  },
  {
    id: 'actions',
    label: t('list.actions'),
    head: null,
    width: '28px',
    cell: (row) => <CertificateActions row={row} />,
  },
];
