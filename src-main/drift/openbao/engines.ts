import { ConsoleError } from '../../../shared/errors.ts';
import { message } from '../../../shared/message.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import type { Found, Mend } from '../found.ts';

/** An undo removes what the mend made, and nothing that somebody has used since. */
function refuseUsed(what: string, names: readonly string[]): void {
  if (names.length > 0) throw new ConsoleError('drift_in_use', { what, name: names[0] ?? '' });
}

const mountMend = (client: OpenBaoClient, mount: string): Mend => ({
  title: message('drift.step.mount', { name: mount }),
  effects: [{ kind: 'openbao', path: `${mount}/`, action: 'create', what: 'mount', detail: 'kv version 2' }],
  rights: [`sys/mounts/${mount}`],
  check: () => client.mounts.isKv2(mount),
  apply: () => client.mounts.enableKv2(mount),
  before: () => client.mounts.typeOf(mount),
  async undo(before) {
    if (before !== undefined) return;
    refuseUsed(`${mount}/`, await client.kv.list('bootroot'));
    await client.mounts.disable(mount);
  },
});

/** The KV version 2 engine. What was in one that is gone does not come back with it. */
export async function mountItem(client: OpenBaoClient, mount: string): Promise<Found> {
  const base = { id: 'mount', area: 'openbao', what: `KV v2 ${mount}/` } as const;
  const mend = mountMend(client, mount);
  if (await client.mounts.isKv2(mount)) return { ...base, state: 'agrees', mend };
  const type = await client.mounts.typeOf(mount);
  if (type === undefined)
    return { ...base, state: 'missing', detail: message('drift.detail.mount_missing', { mount }), mend };
  return { ...base, state: 'differs', detail: message('drift.detail.mount_foreign', { mount, type }) };
}

const authMend = (client: OpenBaoClient): Mend => {
  const there = async (): Promise<boolean> => (await client.auth.list()).includes('approle/');
  return {
    title: message('drift.step.auth'),
    effects: [{ kind: 'openbao', path: 'auth/approle/', action: 'create', what: 'auth' }],
    rights: ['sys/auth/approle'],
    check: there,
    apply: () => client.auth.enableAppRole(),
    before: async () => ((await there()) ? 'approle' : undefined),
    async undo(before) {
      if (before !== undefined) return;
      refuseUsed('auth/approle/', await client.approle.list());
      await client.auth.disableAppRole();
    },
  };
};

/** The way by which everything logs in. */
export async function authItem(client: OpenBaoClient): Promise<Found> {
  const base = { id: 'auth', area: 'openbao', what: 'auth approle/', mend: authMend(client) } as const;
  if ((await client.auth.list()).includes('approle/')) return { ...base, state: 'agrees' };
  return { ...base, state: 'missing', detail: message('drift.detail.auth_missing') };
}
