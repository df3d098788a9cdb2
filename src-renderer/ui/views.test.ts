import { describe, expect, it } from 'vitest';
import { isPlain, sameView, viewsWith, viewsWithout } from './views.ts';

const view = { search: 'edge', filters: { outcome: ['proved', 'unknown'] }, by: 'name', descending: false };

describe('saved views', () => {
  it('are the same whatever the order in which filters were chosen', () => {
    expect(sameView(view, { ...view, filters: { leaf: [], outcome: ['unknown', 'proved'] } })).toBe(true);
    expect(sameView(view, { ...view, search: ' edge ' })).toBe(true);
    expect(sameView(view, { ...view, descending: true })).toBe(false);
    expect(sameView(view, { ...view, filters: { outcome: ['proved'] } })).toBe(false);
  });

  it('without search and filters are not worth a name', () => {
    expect(isPlain({ ...view, search: '  ', filters: { leaf: [] } })).toBe(true);
    expect(isPlain({ ...view, search: '' })).toBe(false);
  });

  it('of one name replace each other, and the oldest gives way', () => {
    const two = viewsWith(viewsWith([], { ...view, name: 'Mine' }), {
      ...view,
      name: 'Mine',
      search: ' web',
    });
    expect(two).toEqual([{ ...view, name: 'Mine', search: 'web' }]);
    const full = Array.from({ length: 30 }, (_, index) => ({ ...view, name: String(index) }));
    const more = viewsWith(full, { ...view, name: 'new' });
    expect([more.length, more[0]?.name, more[29]?.name]).toEqual([30, '1', 'new']);
    expect(viewsWithout(two, 'Mine')).toEqual([]);
  });
});
