import {
  certificateKinds,
  certificateStates,
  type CertificateFilters,
} from '../../../shared/contract/certificates.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { Facet, Filters } from '../../ui/filters.ts';

/** By what the list of certificates can be narrowed. */
export const certificateFacets = (t: Translate): readonly Facet[] => [
  {
    id: 'state',
    label: t('services.state'),
    options: certificateStates.map((value) => ({ value, label: t(`certificate.state.${value}`) })),
  },
  {
    id: 'kind',
    label: t('certificate.kindLabel'),
    options: certificateKinds.map((value) => ({ value, label: t(`certificate.kind.${value}`) })),
  },
  {
    id: 'problems',
    label: t('certificate.problems'),
    options: [
      { value: 'some', label: t('certificate.problemsSome') },
      { value: 'none', label: t('certificate.problemsNone') },
    ],
  },
];

/** Chosen filters as the contract takes them; the facets above hold them to its values. */
export const asCertificateFilters = (filters: Filters): CertificateFilters => ({ ...filters });
