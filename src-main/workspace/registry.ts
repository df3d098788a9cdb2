import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { realpath } from 'node:fs/promises';
import * as z from 'zod';
import {
  environmentSchema,
  installationKindSchema,
  type Environment,
} from '../../shared/contract/workspace.ts';
import { ConsoleError } from '../../shared/errors.ts';
import { readTextFileIfPresent, replaceFileAtomic, writeFileAtomic } from './atomic.ts';
import { withLockIn } from './guarded-lock.ts';
import { workspaceId } from './identity.ts';

const entrySchema = z.looseObject({
  id: z.string(),
  path: z.string(),
  name: z.string(),
  colour: z.string(),
  kind: installationKindSchema,
  /** Chosen by the person; absent: as its kind says. */
  environment: environmentSchema.optional(),
  /** The person gave the name; it is not taken from the installation any more. */
  named: z.boolean().optional(),
  topology: z.enum(['local', 'compose', 'external', 'none']),
  /** Unix milliseconds; 0: never. */
  lastOpenedAt: z.number(),
});
export type RememberedWorkspace = z.infer<typeof entrySchema>;

const registrySchema = z.looseObject({ version: z.literal(1), workspaces: z.array(entrySchema) });

const colours = ['teal', 'indigo', 'grape', 'orange', 'cyan', 'lime', 'pink', 'violet'] as const;

/** Where the list of this user lives: BOOTROOT_CONSOLE_CONFIG_DIR, else the XDG place. */
export function registryDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const chosen = environment['BOOTROOT_CONSOLE_CONFIG_DIR'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  const xdg = environment['XDG_CONFIG_HOME'];
  const base =
    xdg !== undefined && xdg.startsWith('/') ? xdg : join(environment['HOME'] ?? homedir(), '.config');
  return join(base, 'bootroot-console');
}

/** The workspaces that this user has opened, most recent first. Losing the list loses no installation. */
export class WorkspaceRegistry {
  private readonly directory: string;
  private readonly file: string;

  /** @param directory see {@link registryDirectory} */
  constructor(directory: string) {
    this.directory = directory;
    this.file = join(directory, 'workspaces.json');
  }

  /** A damaged list reads as empty, so that it keeps nobody from opening a directory; the next change keeps a copy of it. */
  async list(): Promise<readonly RememberedWorkspace[]> {
    return (await this.read()).workspaces;
  }

  async find(id: string): Promise<RememberedWorkspace | undefined> {
    return (await this.list()).find((entry) => entry.id === id);
  }

  /**
   * Adds a workspace or notes that it was opened again; name and colour that were given before are kept.
   * @param now unix milliseconds
   */
  async remember(
    path: string,
    about: Pick<RememberedWorkspace, 'kind' | 'topology'> & {
      readonly name?: string;
      readonly colour?: string;
    },
    now: number,
  ): Promise<RememberedWorkspace> {
    const real = await realpath(path).catch(() => resolve(path));
    const id = await workspaceId(real);
    return this.change((workspaces) => {
      const known = workspaces.find((entry) => entry.id === id);
      const entry: RememberedWorkspace = {
        ...known,
        id,
        path: real,
        name: known?.named === true ? known.name : (about.name ?? known?.name ?? (basename(real) || real)),
        colour: about.colour ?? known?.colour ?? freeColour(workspaces, id),
        kind: about.kind,
        topology: about.topology,
        lastOpenedAt: now,
      };
      return { workspaces: [entry, ...workspaces.filter((other) => other.id !== id)], answer: entry };
    });
  }

  /** @throws `workspace_unknown` */
  async describe(
    id: string,
    about: { readonly name?: string; readonly colour?: string; readonly environment?: Environment },
  ): Promise<RememberedWorkspace> {
    return this.change((workspaces) => {
      const known = workspaces.find((entry) => entry.id === id);
      if (known === undefined) throw new ConsoleError('workspace_unknown', { id });
      const { name = known.name, colour = known.colour, environment = known.environment } = about;
      const named = known.named === true || name !== known.name;
      const entry: RememberedWorkspace = {
        ...known,
        name,
        colour,
        named,
        ...(environment === undefined ? {} : { environment }),
      };
      return { workspaces: workspaces.map((other) => (other.id === id ? entry : other)), answer: entry };
    });
  }

  /** Takes a workspace off the list; the directory is not touched. */
  async forget(id: string): Promise<void> {
    await this.change((workspaces) => ({
      workspaces: workspaces.filter((entry) => entry.id !== id),
      answer: undefined,
    }));
  }

  private async read(): Promise<{
    workspaces: readonly RememberedWorkspace[];
    damaged?: string;
    other: object;
  }> {
    const text = await readTextFileIfPresent(this.file);
    if (text === undefined) return { workspaces: [], other: {} };
    try {
      const { workspaces, ...other } = registrySchema.parse(JSON.parse(text));
      return { workspaces: [...workspaces].sort((a, b) => b.lastOpenedAt - a.lastOpenedAt), other };
    } catch {
      return { workspaces: [], damaged: text, other: {} };
    }
  }

  private async change<T>(
    edit: (now: readonly RememberedWorkspace[]) => {
      readonly workspaces: readonly RememberedWorkspace[];
      readonly answer: T;
    },
  ): Promise<T> {
    return withLockIn(this.directory, 'workspaces.lock.db', 'workspaces.json', async () => {
      const { workspaces: before, damaged, other } = await this.read();
      if (damaged !== undefined) await writeFileAtomic(`${this.file}.damaged`, damaged, { mode: 0o600 });
      const { workspaces, answer } = edit(before);
      const text = `${JSON.stringify({ ...other, version: 1, workspaces }, null, 2)}\n`;
      await replaceFileAtomic(this.file, text, { mode: 0o600 });
      return answer;
    });
  }
}

/** A colour that no other workspace has, so that two are not taken for each other. */
function freeColour(workspaces: readonly RememberedWorkspace[], id: string): string {
  const used = new Set(workspaces.map(({ colour }) => colour));
  const free = colours.filter((colour) => !used.has(colour));
  const choice = free.length > 0 ? free : colours;
  return choice[Number.parseInt(id.slice(0, 4), 16) % choice.length] ?? colours[0];
}

/** What it is for: as the person said, else a lab is a lab, and everything else is treated with care. */
export const environmentOf = ({
  environment,
  kind,
}: Pick<RememberedWorkspace, 'environment' | 'kind'>): Environment =>
  environment ?? (kind === 'lab' ? 'lab' : 'production');
