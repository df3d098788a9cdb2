/** What a session may do at each path. */
export type Capabilities = (paths: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;

const words = ['custom-secret-id', 'secret-id/lookup', 'secret-id-accessor/destroy'] as const;
/** How roles of services are named (formats.md "OpenBao"). */
const prefix = 'bootroot-service-';
/** A service that nobody has: what is granted for it is granted to the name, not to one role. */
const stranger = `${prefix}0-no-service-has-this-name-0`;
/** Roles that are asked one by one: OpenBao takes milliseconds for each path. */
const few = 20;

async function refused(roles: readonly string[], capabilities: Capabilities): Promise<readonly string[]> {
  const pathOf = (role: string, word: string): string => `auth/approle/role/${role}/${word}`;
  const granted = await capabilities(roles.flatMap((role) => words.map((word) => pathOf(role, word))));
  const may = (path: string): boolean =>
    ['update', 'root'].some((word) => granted.get(path)?.includes(word) === true);
  return roles.filter((role) => !words.every((word) => may(pathOf(role, word))));
}

/**
 * Which of these roles may not be rotated. A thousand services are judged by a grant to their common name and by the first of
 * them; a single one that a policy excepts is then found when its secret_id is minted, before any old one ends.
 */
export async function refusedRoles(
  roles: readonly string[],
  capabilities: Capabilities,
): Promise<readonly string[]> {
  const alike = roles.filter((role) => role.startsWith(prefix));
  if (alike.length <= few) return refused(roles, capabilities);
  const byName = (await refused([stranger], capabilities)).length === 0;
  if (!byName) return refused(roles, capabilities);
  const others = roles.filter((role) => !role.startsWith(prefix));
  return refused([...others, ...alike.slice(0, few)], capabilities);
}
