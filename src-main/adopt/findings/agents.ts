import { message } from '../../../shared/message.ts';
import type { Oddity } from '../../../shared/contract/adopt.ts';
import { isRemote } from '../../rotation/targets.ts';
import { readAgentText } from '../../services/agent-profile.ts';
import { agentGeneration } from '../../workspace/agent-config.ts';
import { parseToml, valueAt, type TomlTable } from '../../workspace/toml.ts';
import { entryGeneration } from '../../workspace/generation.ts';
import type { Finder } from '../world.ts';

const expected = ['email', 'server', 'domain', 'acme'] as const;

const profilesOf = (config: TomlTable): readonly unknown[] => {
  const profiles: unknown = config['profiles'];
  return Array.isArray(profiles) ? profiles : [];
};

/** What each agent.toml does not say, and what that means; and what a newer agent would refuse. */
export const agentFilesFinder: Finder = async ({ services }) => {
  const local = services.filter((service) => !isRemote(service));
  const byFile = new Map<string, string[]>();
  for (const { id, agentConfig } of local) byFile.set(agentConfig, [...(byFile.get(agentConfig) ?? []), id]);
  const found = await Promise.all(
    [...byFile].map(async ([path, ids]): Promise<Oddity[]> => {
      const text = await readAgentText(path).catch(() => '');
      if (text === '') return [];
      const config = parseToml(text, path);
      const notes: Oddity[] = [];
      const add = (
        id: string,
        severity: Oddity['severity'],
        said: Oddity['text'],
        remedy?: Oddity['remedy'],
      ): void => {
        notes.push({
          id: `${id}:${path}`,
          severity,
          what: path,
          text: said,
          ...(remedy === undefined ? {} : { remedy }),
        });
      };
      const absent = expected.filter((key) => config[key] === undefined);
      if (absent.length > 0)
        add('absent', 'notice', message('adopt.text.absent', { keys: absent.join(', ') }));
      if (profilesOf(config).some((profile) => valueAt(profile, ['daemon']) === undefined)) {
        const newer = agentGeneration(config) === 'newer';
        add('daemon', 'notice', message(newer ? 'adopt.text.daemon_newer' : 'adopt.text.daemon_older'));
      }
      const verify = valueAt(config, ['trust', 'verify_certificates']);
      const states = local.filter(({ id }) => ids.includes(id)).map(({ entry }) => entryGeneration(entry));
      if (verify !== undefined)
        add(
          'verify',
          states.includes('newer') ? 'critical' : 'notice',
          message(states.includes('newer') ? 'adopt.text.verify_newer' : 'adopt.text.verify_older'),
          states.includes('newer')
            ? { kind: 'adopt.generation', input: {}, label: message('adopt.remedy.generation') }
            : undefined,
        );
      if (ids.length > 1)
        add('shared', 'warning', message('adopt.text.shared_agent', { services: ids.join(', ') }));
      return notes;
    }),
  );
  return found.flat();
};
