import * as z from 'zod';
import { digestOf } from '../../operations/canonical.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import { eachBounded } from '../../rotation/bounded.ts';

/** What kind of thing an entry is; each is counted by itself. */
export const inventoryKinds = ['mount', 'policy', 'role', 'kv', 'version', 'other'] as const;
export type InventoryKind = (typeof inventoryKinds)[number];

/** Everything of one OpenBao by its name: a fingerprint, never a value. */
export type Inventory = ReadonlyMap<string, { readonly kind: InventoryKind; readonly digest: string }>;

const anything = z.looseObject({ data: z.record(z.string(), z.unknown()).nullish() });
const keys = z.looseObject({ data: z.looseObject({ keys: z.array(z.string()).nullish() }).nullish() });

type Put = (kind: InventoryKind, name: string, value: unknown) => void;

/** Every path below one, folders looked into. */
async function pathsBelow(client: OpenBaoClient, root: string, folder = ''): Promise<string[]> {
  const found =
    (await client.caller.list(folder === '' ? root : `${root}/${folder}`, keys))?.data?.keys ?? [];
  const parts = await Promise.all(
    found.map((name) => {
      const path = folder === '' ? name : `${folder}/${name}`;
      return name.endsWith('/') ? pathsBelow(client, root, path.slice(0, -1)) : Promise.resolve([path]);
    }),
  );
  return parts.flat();
}

const versionsSchema = z.looseObject({
  data: z.looseObject({
    versions: z.record(z.string(), z.looseObject({ deletion_time: z.string(), destroyed: z.boolean() })),
  }),
});

/** Metadata of every path and the content of every version that can still be read. */
async function kv2(client: OpenBaoClient, mount: string, put: Put): Promise<void> {
  await eachBounded(await pathsBelow(client, `${mount}/metadata`), async (path) => {
    const { data } = await client.caller.read(`${mount}/metadata/${path}`, versionsSchema);
    put('kv', `${mount}/${path}`, data);
    for (const [version, { deletion_time: deleted, destroyed }] of Object.entries(data.versions)) {
      if (destroyed || deleted !== '') continue;
      const answer = await client.caller.read(`${mount}/data/${path}`, anything, { query: { version } });
      put('version', `${mount}/${path} ${version}`, answer.data);
    }
  });
}

async function kv1(client: OpenBaoClient, mount: string, put: Put): Promise<void> {
  await eachBounded(await pathsBelow(client, mount), async (path) => {
    put('kv', `${mount}/${path}`, (await client.caller.read(`${mount}/${path}`, anything)).data);
  });
}

/** What a newer server says in addition is no difference: each parameter is an entry. */
async function approle(client: OpenBaoClient, mount: string, put: Put): Promise<void> {
  for (const role of await pathsBelow(client, `auth/${mount}/role`)) {
    const path = `auth/${mount}/role/${role}`;
    const { data } = await client.caller.read(path, anything);
    for (const [name, value] of Object.entries(data ?? {})) put('role', `${path} ${name}`, value);
    const id = await client.caller.read(`${path}/role-id`, anything);
    put('role', `${path} role_id`, id.data);
  }
}

async function mounted(client: OpenBaoClient, put: Put): Promise<void> {
  for (const where of ['sys/mounts', 'sys/auth'] as const) {
    const { data } = await client.caller.read(where, anything);
    for (const [path, value] of Object.entries(data ?? {})) {
      const { type, uuid, accessor, description, options } = value as Record<string, unknown>;
      put('mount', `${where} ${path}`, { type, uuid, accessor, description, options: options ?? null });
      const mount = path.replace(/\/$/, '');
      const version = (options as Record<string, unknown> | null | undefined)?.['version'];
      if (where === 'sys/auth' && type === 'approle') await approle(client, mount, put);
      if (type === 'kv') await (version === '2' ? kv2 : kv1)(client, mount, put);
    }
  }
}

/**
 * Reads everything that a root token can read: engines, ways to log in, policies, AppRoles with their parameters and role_ids, audit
 * devices, identities, every KV path with its metadata and every version.
 */
export async function inventoryOf(client: OpenBaoClient): Promise<Inventory> {
  const found = new Map<string, { kind: InventoryKind; digest: string }>();
  const put: Put = (kind, name, value) =>
    found.set(`${kind} ${name}`, { kind, digest: digestOf(value ?? null) });
  await mounted(client, put);
  for (const name of await client.policies.list())
    // Nobody can change it; each version of the server brings its own.
    if (name !== 'root') put(name === 'default' ? 'other' : 'policy', name, await client.policies.read(name));
  for (const device of await client.audit.list()) put('other', `audit ${device.name}`, device);
  for (const kind of ['entity', 'group'])
    for (const id of await pathsBelow(client, `identity/${kind}/id`)) put('other', `${kind} ${id}`, id);
  return found;
}

/** What is not the same in both: lost, changed, or made out of nothing. Names only. */
export function differences(before: Inventory, after: Inventory): string[] {
  const lost = [...before].flatMap(([name, { kind, digest }]) => {
    const now = after.get(name);
    // The default policy belongs to the version of the server.
    if (kind === 'other' && name === 'other default') return now === undefined ? [name] : [];
    return now?.digest === digest ? [] : [name];
  });
  const made = [...after].flatMap(([name, { kind }]) =>
    !before.has(name) && (kind === 'kv' || kind === 'version' || kind === 'policy') ? [name] : [],
  );
  return [...lost, ...made];
}

export const countOf = (inventory: Inventory, kind: InventoryKind): number =>
  [...inventory.values()].filter((one) => one.kind === kind).length;
