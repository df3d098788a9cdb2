import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { message } from '../../../shared/message.ts';
import type { Effect } from '../../../shared/contract/operations.ts';
import type { Step } from '../../operations/types.ts';
import {
  ensureDirectory,
  readTextFileIfPresent,
  removeFile,
  writeFileAtomic,
} from '../../workspace/atomic.ts';
import { unifiedDiff } from '../../workspace/diff.ts';
import { editEnv, readEnv } from '../../workspace/env-file.ts';
import { bcrypt, isBcryptOf } from './bcrypt.ts';
import type { StackWorld } from './compose.ts';
import { stackDirectory } from './deployed.ts';
import { prometheusPasswordName, webConfig, webConfigName } from './files.ts';

/** A password that nobody has to type. */
export const password = (): string => randomBytes(24).toString('base64url');

const stageName = (variable: string): string => variable.toLowerCase().replaceAll('_', '-');

/** One file of the stack, brought to a text. `name`: its path below `monitoring/`. */
export function fileStep(
  name: string,
  path: string,
  text: string,
  before: string | undefined,
  index: number,
): Step {
  const note = `before-${index}`;
  return {
    id: `file-${name}`,
    title: message('monitoring.step.file', { path }),
    effects:
      before === text
        ? []
        : [
            {
              kind: 'file',
              path,
              action: before === undefined ? 'create' : 'change',
              mode: '0644',
              diff: unifiedDiff(before, text, { path }),
            },
          ],
    check: async () => (await readTextFileIfPresent(path)) === text,
    async apply(run) {
      await run.stage.once(note, () => (before === undefined ? '-' : `=${before}`));
      await ensureDirectory(dirname(path), { mode: 0o755 });
      await writeFileAtomic(path, text, { mode: 0o644 });
    },
    async undo(run) {
      const was = await run.stage.read(note);
      if (was === '-') await removeFile(path);
      else if (was !== undefined) await writeFileAtomic(path, was.slice(1), { mode: 0o644 });
    },
  };
}

/**
 * The password of Grafana in `.env` and the token of the exporter: made once, 0600.
 * @param guarded also the password of Prometheus, and what Prometheus knows of it
 */
export function secretsStep(world: StackWorld, guarded: boolean): Step {
  const directory = join(stackDirectory(world.paths), 'prometheus');
  const [token, web] = [join(directory, 'token'), join(directory, webConfigName)];
  const { env } = world.paths;
  const names = ['GRAFANA_ADMIN_PASSWORD', ...(guarded ? [prometheusPasswordName] : [])];
  const inEnv = async (): Promise<ReadonlyMap<string, string>> =>
    readEnv((await readTextFileIfPresent(env)) ?? '');
  const asDeclared = async (): Promise<boolean> => {
    if (!guarded) return true;
    const known = (await inEnv()).get(prometheusPasswordName);
    const text = await readTextFileIfPresent(web);
    const hash = /: '(\$2[^']+)'/.exec(text ?? '')?.[1] ?? '';
    return known !== undefined && text === webConfig(hash) && isBcryptOf(hash, known);
  };
  const file = (path: string, action: 'create' | 'change'): Effect => ({
    kind: 'file',
    path,
    action,
    mode: '0600',
  });
  return {
    id: 'secrets',
    title: message('monitoring.step.secrets'),
    effects: [file(token, 'create'), file(env, 'change'), ...(guarded ? [file(web, 'create')] : [])],
    async check() {
      const known = await inEnv();
      const there = names.every((name) => known.has(name));
      return there && (await readTextFileIfPresent(token)) !== undefined && (await asDeclared());
    },
    async apply(run) {
      await ensureDirectory(directory, { mode: 0o755 });
      if ((await readTextFileIfPresent(token)) === undefined)
        await writeFileAtomic(token, await run.stage.once('token', password), { mode: 0o600 });
      const known = await inEnv();
      const made: Record<string, string> = {};
      for (const name of names)
        if (!known.has(name)) made[name] = await run.stage.once(stageName(name), password);
      if (Object.keys(made).length > 0) {
        const text = (await readTextFileIfPresent(env)) ?? '';
        await writeFileAtomic(env, editEnv(text, made), { mode: 0o600 });
      }
      if (await asDeclared()) return;
      const secret = (await inEnv()).get(prometheusPasswordName) ?? '';
      await writeFileAtomic(web, webConfig(bcrypt(secret)), { mode: 0o600 });
    },
    // They stay: Grafana keeps the password that it was first started with, and would let nobody in by another.
    undo: () => Promise.resolve(),
  };
}
