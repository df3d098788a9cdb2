import { access } from 'node:fs/promises';
import * as z from 'zod';
import type { WorkspacePaths } from '../workspace/paths.ts';
import type { Settings } from './settings.ts';

/** What the console remembers of how an installation was made. All of it can be told again from the files when it is lost. */
export const installationSchema = z.object({
  name: z.string(),
  domain: z.string(),
  topology: z.enum(['local', 'compose', 'external']),
  external: z
    .object({
      stepcaUrl: z.string(),
      responderAdminUrl: z.string().optional(),
      http01Port: z.number().optional(),
      resolver: z.string().optional(),
    })
    .optional(),
});
export type Installation = z.infer<typeof installationSchema>;

const setting = 'installation';

export async function readInstallation(settings: Settings): Promise<Installation | undefined> {
  const parsed = installationSchema.safeParse(await settings.read(setting));
  return parsed.success ? parsed.data : undefined;
}

export const writeInstallation = (settings: Settings, installation: Installation): Promise<void> =>
  settings.write(setting, installation);

/** Members of OpenBao's Raft cluster beside the one in state.json, by address; also of an installation that others made. */
const membersSetting = 'openbao-members';
const membersSchema = z.array(z.string());

export async function readMembers(settings: Settings): Promise<readonly string[]> {
  const parsed = membersSchema.safeParse(await settings.read(membersSetting));
  return parsed.success ? parsed.data : [];
}

export const writeMembers = (settings: Settings, members: readonly string[]): Promise<void> =>
  settings.write(membersSetting, members);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Lab: the unseal shares are in the work directory. Production: they are not. Unknown: other tools made it. */
export async function kindOf(
  paths: WorkspacePaths,
  installation: Installation | undefined,
): Promise<'lab' | 'production' | 'unknown'> {
  if (await exists(paths.unsealKeys)) return 'lab';
  return installation?.topology === 'local' || installation?.topology === 'compose'
    ? 'production'
    : 'unknown';
}
