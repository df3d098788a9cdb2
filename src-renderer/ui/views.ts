import type { SavedView } from '../../shared/contract/session.ts';

type View = Omit<SavedView, 'name'>;

/** As many views as a list keeps; the oldest gives way. */
const most = 30;

const chosen = (filters: View['filters']): string =>
  JSON.stringify(
    Object.entries(filters)
      .filter(([, values]) => values.length > 0)
      .map(([facet, values]) => [facet, [...values].sort()] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Whether two views show the same rows in the same order; in which order filters were chosen does not matter. */
export const sameView = (a: View, b: View): boolean =>
  a.search.trim() === b.search.trim() &&
  a.by === b.by &&
  a.descending === b.descending &&
  chosen(a.filters) === chosen(b.filters);

/** Nothing is searched or filtered: there is nothing to save. */
export const isPlain = ({ search, filters }: View): boolean =>
  search.trim() === '' && chosen(filters) === '[]';

/** With a view of this name; one that had the name is replaced. */
export const viewsWith = (views: readonly SavedView[], view: SavedView): SavedView[] =>
  [...viewsWithout(views, view.name), { ...view, search: view.search.trim().slice(0, 200) }].slice(-most);

export const viewsWithout = (views: readonly SavedView[], name: string): SavedView[] =>
  views.filter((view) => view.name !== name);
