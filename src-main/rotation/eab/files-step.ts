import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Effect } from '../../../shared/contract/operations.ts';
import { message } from '../../../shared/message.ts';
import type { Run, Step } from '../../operations/types.ts';
import { readAgentText } from '../../services/agent-profile.ts';
import type { Service } from '../../services/entry.ts';
import { editAgentConfig } from '../../workspace/agent-config.ts';
import { readTextFileIfPresent, removeFile, replaceFileAtomic } from '../../workspace/atomic.ts';
import { parseToml, valueAt } from '../../workspace/toml.ts';
import { eachBounded } from '../bounded.ts';
import { isSet, pairOf, type EabPair } from './pair.ts';

/** Where a service's agent reads its binding: `[eab]` of agent.toml, and `eab.json` beside the credential (newer agents). */
export interface EabFiles {
  readonly agents: readonly string[];
  readonly json: readonly string[];
}

export const eabFilesOf = (services: readonly Service[]): EabFiles => ({
  agents: [...new Set(services.map(({ agentConfig }) => agentConfig))],
  json: [...new Set(services.map(({ secretIdPath }) => join(dirname(secretIdPath), 'eab.json')))],
});

const jsonOf = ({ kid, hmac }: EabPair): string => `${JSON.stringify({ kid, hmac })}\n`;

/** `[eab]` of an agent.toml; undefined when it has none. */
const agentPair = (text: string, path: string): EabPair | undefined =>
  pairOf(valueAt(parseToml(text, path), ['eab']));

/** The header of a table that has nothing left, which an agent of the older generation refuses. */
function withoutEmptyTable(text: string, path: string): string {
  const table = parseToml(text, path);
  if (JSON.stringify(table['eab']) !== '{}') return text;
  const without = text.replace(/(\r?\n)*^\[eab\][ \t]*\r?\n?/m, '$1');
  const rest = Object.fromEntries(Object.entries(table).filter(([key]) => key !== 'eab'));
  // The same words inside a text of several lines are no header.
  return JSON.stringify(parseToml(without, path)) === JSON.stringify(rest) ? without : text;
}

function editedAgent(text: string, pair: EabPair | undefined, path: string): string {
  const eab = isSet(pair) ? { kid: pair.kid, hmac: pair.hmac } : null;
  if (eab === null && agentPair(text, path) === undefined) return text;
  const edited = editAgentConfig(text, { settings: { eab } }, path);
  return eab === null ? withoutEmptyTable(edited, path) : edited;
}

/** Owner and group of the credential beside it, so that the same agent can read it. */
async function ownerFor(path: string): Promise<{ mode: number; uid?: number; gid?: number }> {
  try {
    const { uid, gid } = await stat(join(dirname(path), 'secret_id'));
    return { mode: 0o600, uid, gid };
  } catch {
    return { mode: 0o600 };
  }
}

async function writeJson(path: string, pair: EabPair): Promise<void> {
  const before = await readTextFileIfPresent(path);
  if (before === jsonOf(pair) || (before === undefined && !isSet(pair))) return;
  await replaceFileAtomic(path, jsonOf(pair), await ownerFor(path));
}

async function writeAgent(path: string, pair: EabPair | undefined): Promise<void> {
  const text = await readAgentText(path);
  // No file: the service has no agent on this host yet.
  if (text === '') return;
  const edited = editedAgent(text, pair, path);
  if (edited !== text) await replaceFileAtomic(path, edited);
}

/** A binding of the operator's own in a profile stays, and hides the one of the file. */
const hasOwn = (text: string, path: string): boolean => {
  const profiles = parseToml(text, path)['profiles'];
  return (
    Array.isArray(profiles) &&
    profiles.some((profile: unknown) => isSet(pairOf((profile as Record<string, unknown> | null)?.['eab'])))
  );
};

const stageName = 'before-files';

async function noteBefore(run: Run, files: EabFiles): Promise<void> {
  await run.stage.once(stageName, async () => {
    const before: Record<string, EabPair | null> = {};
    await eachBounded(files.agents, async (path) => {
      before[path] = agentPair(await readAgentText(path), path) ?? null;
    });
    await eachBounded(files.json, async (path) => {
      const text = await readTextFileIfPresent(path);
      before[path] = text === undefined ? null : (pairOf(JSON.parse(text)) ?? null);
    });
    return JSON.stringify(before);
  });
}

/** The files on this host: one table of each agent.toml, everything else byte for byte; and each `eab.json`. */
export function eabFilesStep(files: EabFiles, wanted: (run: Run) => Promise<EabPair>): Step {
  const all = [...files.agents, ...files.json];
  return {
    id: 'files',
    title: message('rotation.step.eab_files', { count: all.length }),
    effects: all.map((path): Effect => ({ kind: 'file', path, action: 'change', mode: '0600' })),
    // Reading them all is what writing them costs; each is written only where it differs.
    check: async () => false,
    async apply(run) {
      const pair = await wanted(run);
      await noteBefore(run, files);
      await eachBounded(files.agents, async (path) => {
        await writeAgent(path, pair);
        if (hasOwn(await readAgentText(path), path))
          run.log(message('rotation.log.eab_profile', { path }), 'warn');
      });
      await eachBounded(files.json, (path) => writeJson(path, pair));
    },
    async undo(run) {
      const text = await run.stage.read(stageName);
      if (text === undefined) return;
      const before = JSON.parse(text) as Record<string, EabPair | null>;
      await eachBounded(files.agents, (path) => writeAgent(path, before[path] ?? undefined));
      await eachBounded(files.json, async (path) => {
        const pair = before[path];
        if (pair === null || pair === undefined) await removeFile(path);
        else await writeJson(path, pair);
      });
    },
  };
}
