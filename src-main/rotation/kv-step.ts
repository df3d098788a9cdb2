import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Message } from '../../shared/message.ts';
import type { Run, Step } from '../operations/types.ts';
import { eachBounded } from './bounded.ts';
import type { RotationContext } from './context.ts';

const beforeSchema = z.record(z.string(), z.record(z.string(), z.unknown()).nullable());

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
  readonly wanted: (
    run: Run,
    path: string,
    before: Readonly<Record<string, unknown>> | undefined,
  ) => Promise<object>;
  /** After all paths are written. */
  readonly after?: (run: Run) => Promise<void>;
  /** After all paths are put back. */
  readonly afterUndo?: (run: Run) => Promise<void>;
}

/**
 * Writes KV paths, each as one document and only where it differs, so that an answer that was lost does not become a second
 * version of something else. What was there is staged first and put back by undo.
 */
export function kvStep(context: RotationContext, request: KvStepRequest): Step {
  const { services } = context;
  const stageName = `before-${request.id}`;
  const stored = async (path: string) => (await services.client().kv.read(path))?.data;
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
      if ((await run.stage.read(stageName)) === undefined) return false;
      let all = true;
      await eachBounded(request.paths, async (path) => {
        const now = await stored(path);
        if (!isDeepStrictEqual(now, await request.wanted(run, path, now))) all = false;
      });
      // What comes after the writes is cheap and safe to repeat.
      return all && request.after === undefined;
    },
    async apply(run) {
      await request.prepare(run);
      await run.stage.once(stageName, async () => {
        const before: Record<string, unknown> = {};
        await eachBounded(request.paths, async (path) => {
          before[path] = (await stored(path)) ?? null;
        });
        return JSON.stringify(before);
      });
      await eachBounded(
        request.paths,
        async (path) => {
          const now = await stored(path);
          const wanted = await request.wanted(run, path, now);
          if (!isDeepStrictEqual(now, wanted)) await services.client().kv.write(path, wanted);
        },
        (part) => run.progress(part),
      );
      await request.after?.(run);
    },
    async undo(run) {
      const text = await run.stage.read(stageName);
      if (text === undefined) return;
      const before = Object.entries(beforeSchema.parse(JSON.parse(text)));
      await eachBounded(before, async ([path, data]) => {
        const now = await stored(path);
        if (data === null) {
          if (now !== undefined) await services.client().kv.destroy(path);
        } else if (!isDeepStrictEqual(now, data)) await services.client().kv.write(path, data);
      });
      await request.afterUndo?.(run);
    },
  };
}
