import { describe, expect, it } from 'vitest';
import { chipsOf, knownFilters, toggled, type Facet } from './filters.ts';

const facets: readonly Facet[] = [
  {
    id: 'state',
    label: 'State',
    options: [
      { value: 'valid', label: 'valid' },
      { value: 'expired', label: 'expired' },
    ],
  },
  { id: 'kind', label: 'Kind', options: [{ value: 'leaf', label: 'leaf' }] },
];

describe('filters', () => {
  it('take a value in and out again, and forget an empty facet', () => {
    const one = toggled({}, 'state', 'valid');
    expect(one).toEqual({ state: ['valid'] });
    const two = toggled(one, 'state', 'expired');
    expect(two).toEqual({ state: ['valid', 'expired'] });
    expect(toggled(toggled(two, 'state', 'valid'), 'state', 'expired')).toEqual({});
    expect(one).toEqual({ state: ['valid'] });
  });

  it('are chips in the order of the facets, whatever was chosen first', () => {
    const chosen = toggled(toggled({}, 'kind', 'leaf'), 'state', 'expired');
    expect(chipsOf(facets, chosen).map(({ label }) => label)).toEqual(['State: expired', 'Kind: leaf']);
  });

  it('of an older version are left out of the question', () => {
    expect(knownFilters(facets, { state: ['valid', 'gone'], colour: ['red'] })).toEqual({ state: ['valid'] });
  });
});
