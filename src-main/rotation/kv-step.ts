import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import type { Message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';
import { eachBounded, everyBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';

const beforeSchema = z.record(z.string(), z.record(z.string(), z.unknown()).nullable());
type Data = Readonly<Record<string, unknown>>;

/** What a path holds now. */
interface Found {
  readonly data: Data | undefined;
  /** 0: nothing. */
  readonly version: number;
}

export interface KvStepRequest {
  /** Also the name of what is staged: letters, digits, hyphens. */
  readonly id: string;
  readonly title: Message;
  /** KV paths without the mount. */
  readonly paths: readonly string[];
  /** Names of the keys that are written, for the plan. */
  readonly keys: string;
  /** Stages what the values are made of. Alone, before anything else: paths are written side by side. */
  readonly prepare: (run: Run) => Promise<unknown>;
  /** What each path shall hold. @param before what it holds now, undefined when nothing */
  readonly wanted: (run: Run, path: string, before: Data | undefined) => Promise<object>;
  /** After all paths are written. */
  readonly after?: (run: Run) => Promise<void>;
  /** After all paths are put back. */
  readonly afterUndo?: (run: Run) => Promise<void>;
}

/** How often a path that somebody else writes too is tried. */
const attempts = 3;

/**
 * Writes KV paths, each as one document and only where it differs, so that an answer that was lost does not become a second
 * version of something else. Each write names the version that it replaces: one that a dead console had sent and that arrives
 * late, after an undo, is refused. What was there is staged first and put back by undo.
 */
export function kvStep(context: RotationContext, request: KvStepRequest): Step {
  const { services } = context;
  const stageName = `before-${request.id}`;
  const kv = () => services.client().kv;
  const look = async (path: string): Promise<Found> => {
    const secret = await kv().read(path);
    return { data: secret?.data, version: secret?.version ?? 0 };
  };
  /** After a conflict: versions of something that was deleted count as well. */
  const lookAgain = async (path: string): Promise<Found> => {
    const found = await look(path);
    if (found.data !== undefined) return found;
    return { data: undefined, version: (await kv().metadata(path))?.currentVersion ?? 0 };
  };

  async function put(run: Run, path: string, first: Found): Promise<void> {
    let found = first;
    for (let attempt = 1; ; attempt += 1) {
      const wanted = await request.wanted(run, path, found.data);
      if (isDeepStrictEqual(found.data, wanted)) return;
      try {
        await kv().write(path, wanted, { cas: found.version });
        return;
      } catch (error) {
        if (!isConsoleError(error, 'openbao_conflict') || attempt === attempts) throw error;
        found = await lookAgain(path);
      }
    }
  }

  /** What all paths hold, staged unless it was; undefined when it was, and may be other now. */
  async function stageBefore(run: Run): Promise<ReadonlyMap<string, Found> | undefined> {
    const all = new Map<string, Found>();
    await run.stage.once(stageName, async () => {
      await eachBounded(request.paths, async (path) => void all.set(path, await look(path)));
      return JSON.stringify(Object.fromEntries([...all].map(([path, { data }]) => [path, data ?? null])));
    });
    return all.size === 0 ? undefined : all;
  }

  async function putBack(run: Run, path: string, data: Data | null): Promise<void> {
    const now = await look(path);
    if (data === null) {
      if (now.data !== undefined) await kv().destroy(path);
      return;
    }
    // Where there was something to change it is written again even when it looks as before: see above. An undo may lack
    // a secret that the operator gave for the way forward.
    const untouched = await request.wanted(run, path, data).then(
      (wanted) => isDeepStrictEqual(wanted, data),
      () => false,
    );
    if (!untouched || !isDeepStrictEqual(now.data, data)) await kv().write(path, data);
  }

  return {
    id: request.id,
    title: request.title,
    effects: request.paths.map((path) => ({
      kind: 'openbao',
      path: `${services.kvMount}/${path}`,
      action: 'change',
      what: 'kv',
      detail: request.keys,
    })),
    async check(run) {
      // What comes after the writes is cheap and safe to repeat.
      if (request.after !== undefined || (await run.stage.read(stageName)) === undefined) return false;
      return everyBounded(request.paths, async (path) => {
        const { data } = await look(path);
        return isDeepStrictEqual(data, await request.wanted(run, path, data));
      });
    },
    async apply(run) {
      await request.prepare(run);
      const fresh = await stageBefore(run);
      await eachBounded(
        request.paths,
        async (path) => put(run, path, fresh?.get(path) ?? (await look(path))),
        (part) => run.progress(part),
      );
      await request.after?.(run);
    },
    async undo(run) {
      const text = await run.stage.read(stageName);
      if (text === undefined) return;
      const before = Object.entries(beforeSchema.parse(JSON.parse(text)));
      await eachBounded(before, ([path, data]) => putBack(run, path, data));
      await request.afterUndo?.(run);
    },
  };
}
