import { dirname, join } from 'node:path';
import type * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { readTextFile, readTextFileIfPresent, replaceFileAtomic } from './atomic.ts';
import { withLockIn } from './guarded-lock.ts';
import { editJson } from './json-edit.ts';
import { JsonSyntaxError, scanJson } from './json-scan.ts';
import { stateSchema, type State } from './state-schema.ts';

/** The newer tools keep hundreds of services in one file; this is far beyond. */
const maxBytes = 16 * 1024 * 1024;

function describe(issue: z.core.$ZodIssue | undefined): string {
  return issue === undefined ? '' : `${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`;
}

/** The text that was found valid last. Every page and every plan reads the file, and it rarely changes in between. */
let lastValid: string | undefined;

/**
 * Reads the text of a state.json. What comes back is the parsed text itself, unknown keys and all, and the caller's own.
 * @throws `state_malformed` with line and column, `state_invalid` with the field that is not as formats.md says
 */
export function parseState(text: string, path: string): State {
  // A text that passed the stricter scanner means the same to JSON.parse, which is twenty times as fast.
  if (text === lastValid) return JSON.parse(text) as State;
  let plain: unknown;
  try {
    plain = scanJson(text).value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ConsoleError(
      'state_malformed',
      { path, line: error.line, column: error.column },
      { detail: error.message, cause: error },
    );
  }
  const checked = stateSchema.safeParse(plain);
  if (!checked.success) {
    const field = describe(checked.error.issues[0]);
    throw new ConsoleError('state_invalid', { path, field }, { cause: checked.error });
  }
  lastValid = text;
  return plain as State;
}

/**
 * Reads state.json.
 * @param path the file itself
 * @throws `file_missing`, `state_malformed`, `state_invalid`, and what the file system refuses
 */
export async function readState(path: string): Promise<State> {
  return parseState(await readTextFile(path, { maxBytes }), path);
}

/** Like {@link readState}, but undefined when there is no such file. */
export async function readStateIfPresent(path: string): Promise<State | undefined> {
  const text = await readTextFileIfPresent(path, { maxBytes });
  return text === undefined ? undefined : parseState(text, path);
}

export interface UpdateOptions {
  /** What to start from when there is no file; without it a missing file is an error, for it may have been lost. */
  readonly create?: State;
  /** Said to whoever waits for the lock. */
  readonly holder?: string;
  readonly timeoutMs?: number;
}

/** The text that `change` makes of a state.json; for showing it as a diff before anything is written. */
export function editState(text: string, path: string, change: (draft: State) => void): string {
  const draft = parseState(text, path);
  change(draft);
  const edited = editJson(text, draft);
  parseState(edited, path);
  return edited;
}

/** Layout of the original tools: two spaces, no newline at the end. */
export const renderState = (state: State): string => JSON.stringify(state, null, 2);

/**
 * Changes state.json: lock, re-read, modify, write, so that two writers of the console never lose each other's change. Order of keys,
 * unknown keys, number formats, mode and owner are kept; a new file gets 0600 (formats.md leaves it to the umask).
 * @param change modifies the draft it is given
 * @returns the state as written
 * @throws as {@link readState}; `file_missing` when there is no file and none to start from. The file is then as it was
 */
export async function updateState(
  path: string,
  change: (draft: State) => void,
  options: UpdateOptions = {},
): Promise<State> {
  return withLockIn(
    join(dirname(path), '.console'),
    'state.lock.db',
    options.holder ?? 'state.json',
    async () => {
      const present = await readTextFileIfPresent(path, { maxBytes });
      const text = present ?? (options.create === undefined ? undefined : renderState(options.create));
      if (text === undefined) throw new ConsoleError('file_missing', { path });
      const edited = editState(text, path, change);
      if (edited !== present) await replaceFileAtomic(path, edited, { mode: 0o600 });
      return parseState(edited, path);
    },
    options.timeoutMs,
  );
}
