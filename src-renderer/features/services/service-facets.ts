import { leafEnds, rungOutcomes, type ServiceFilters } from '../../../shared/contract/services.ts';
import type { Translate } from '../../app/i18n.tsx';
import type { Facet, Filters } from '../../ui/filters.ts';

/** By what the list of services can be narrowed. */
export const serviceFacets = (t: Translate): readonly Facet[] => [
  {
    id: 'outcome',
    label: t('services.evidence'),
    options: rungOutcomes.map((value) => ({ value, label: t(`ladder.${value}`) })),
  },
  {
    id: 'leaf',
    label: t('services.expires'),
    options: leafEnds.map((value) => ({ value, label: t(`services.leafEnd.${value}`) })),
  },
  {
    id: 'delivery',
    label: t('services.delivery'),
    options: (['local-file', 'remote-bootstrap'] as const).map((value) => ({
      value,
      label: t(`services.deliveryMode.${value}`),
    })),
  },
  {
    id: 'deploy',
    label: t('services.deploy'),
    options: (['daemon', 'docker'] as const).map((value) => ({
      value,
      label: t(`services.deployType.${value}`),
    })),
  },
];

/** Chosen filters as the contract takes them; the facets above hold them to its values. */
export const asServiceFilters = (filters: Filters): ServiceFilters => ({ ...filters });
