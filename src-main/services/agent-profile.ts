import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { parseToml } from '../workspace/toml.ts';

const maxBytes = 4 * 1024 * 1024;

/** The text of an agent.toml; empty when there is none. */
export const readAgentText = async (path: string): Promise<string> =>
  (await readTextFileIfPresent(path, { maxBytes })) ?? '';

/** Whether an agent.toml has a profile for this id, inside markers or written by hand. Throws `toml_malformed`. */
export async function hasProfile(path: string, id: string): Promise<boolean> {
  const profiles = parseToml(await readAgentText(path), path)['profiles'];
  return (
    Array.isArray(profiles) &&
    profiles.some((profile: unknown) => {
      const { registration_id: registration, service_name: name } = (profile ?? {}) as Record<
        string,
        unknown
      >;
      return (registration ?? name) === id;
    })
  );
}
