/** One property by which a list can be narrowed, with the values it can have. */
export interface Facet {
  readonly id: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** Values chosen of each facet; a facet without any leaves all rows. */
export type Filters = Readonly<Record<string, readonly string[]>>;

/** One chosen value, as its chip shows it. */
export interface Chip {
  readonly facet: string;
  readonly value: string;
  readonly label: string;
}

/** Takes a value in, or out when it is chosen already. */
export function toggled(filters: Filters, facet: string, value: string): Filters {
  const before = filters[facet] ?? [];
  const after = before.includes(value) ? before.filter((each) => each !== value) : [...before, value];
  const others = Object.fromEntries(Object.entries(filters).filter(([id]) => id !== facet));
  return after.length === 0 ? others : { ...others, [facet]: after };
}

/** The chosen values in the order of the facets. What no facet knows, for example of an older version, is left out. */
export function chipsOf(facets: readonly Facet[], filters: Filters): readonly Chip[] {
  return facets.flatMap(({ id, label, options }) =>
    options
      .filter(({ value }) => filters[id]?.includes(value) === true)
      .map(({ value, label: of }) => ({ facet: id, value, label: `${label}: ${of}` })),
  );
}

/** Only what the facets know: a question with anything else would be refused. */
export function knownFilters(facets: readonly Facet[], filters: Filters): Filters {
  return chipsOf(facets, filters).reduce<Filters>(
    (kept, { facet, value }) => toggled(kept, facet, value),
    {},
  );
}
