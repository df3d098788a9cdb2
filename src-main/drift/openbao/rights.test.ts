import { describe, expect, it, vi } from 'vitest';
import { itemOf, type Found } from '../found.ts';
import { withRights } from './rights.ts';

const found = (path: string, state: Found['state']): Found => ({
  id: path,
  area: 'openbao',
  what: path,
  state,
  mend: {
    title: { key: 'drift.mend' },
    effects: [],
    rights: [path],
    check: async () => false,
    apply: async () => undefined,
    before: async () => undefined,
    undo: async () => undefined,
  },
});
const granting = (granted: Record<string, string[]>) => vi.fn(async () => new Map(Object.entries(granted)));

describe('what differs in OpenBao', () => {
  it('can be mended by who may write it, and else names what he may not', async () => {
    const all = [found('sys/policies/acl/a', 'differs'), found('sys/policies/acl/b', 'missing')];
    const seen = await withRights(all, granting({ 'sys/policies/acl/a': ['create', 'update'] }));
    expect(seen.map(itemOf)).toMatchObject([
      { mendable: true },
      {
        mendable: false,
        detail: { key: 'drift.detail.no_right', params: { path: 'sys/policies/acl/b' } },
      },
    ]);
  });

  it('wants sudo where OpenBao does, and root has everything', async () => {
    const auth = found('sys/auth/approle', 'missing');
    const mendable = async (...granted: string[]): Promise<boolean | undefined> =>
      (await withRights([auth], granting({ 'sys/auth/approle': granted }))).map(itemOf)[0]?.mendable;
    expect([await mendable('update'), await mendable('update', 'sudo'), await mendable('root')]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('nothing is asked where everything agrees', async () => {
    const capabilities = granting({});
    await withRights([found('sys/policies/acl/a', 'agrees')], capabilities);
    expect(capabilities).not.toHaveBeenCalled();
  });
});
