import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

const stateSchema = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(400).max(20_000),
  height: z.number().int().min(300).max(20_000),
  maximised: z.boolean(),
});
export type WindowState = z.infer<typeof stateSchema>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const usual: WindowState = { width: 1440, height: 920, maximised: false };

/** Enough of the title bar on some screen to take hold of it. */
const isReachable = (state: WindowState, areas: readonly Area[]): boolean =>
  areas.some(
    ({ x, y, width, height }) =>
      state.x !== undefined &&
      state.y !== undefined &&
      state.x + state.width > x + 80 &&
      state.x < x + width - 80 &&
      state.y >= y &&
      state.y < y + height - 40,
  );

/** Where the window was last; without a place when that is on no screen any more. A broken file counts as none. */
export function readWindowState(file: string, areas: readonly Area[]): WindowState {
  let state: WindowState;
  try {
    state = stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return usual;
  }
  if (isReachable(state, areas)) return state;
  return { width: state.width, height: state.height, maximised: state.maximised };
}

/** Synchronous, because it runs while the window closes. */
export function writeWindowState(file: string, state: WindowState): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
