import { join } from 'node:path';
import * as z from 'zod';
import { serverConfig } from '../../openbao/config.ts';
import { onRaft, type RaftSettings } from '../../openbao/storage-config.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';

const absolute = z.string().min(1).max(4096).startsWith('/');

/** What is moved to Raft, and where the server is configured. */
export const storageInputSchema = z.object({
  /** Directory of the `file` storage on this host. */
  storage: absolute,
  /** openbao.hcl; `openbao/openbao.hcl` of the work directory unless given. Made when it is not there. */
  config: absolute.optional(),
  /** Raft's own port; the next after the API's unless given. */
  clusterPort: z.number().int().min(1).max(65_535).optional(),
  /** Somebody else starts and stops the server: a service manager, a container. The operation waits for that. */
  elsewhere: z.boolean().default(false),
  /** Where the Raft storage goes on this host; `openbao/raft` of the work directory unless given. */
  raft: absolute.optional(),
  /** The same as the server sees it, where that is in a container. */
  raftInside: absolute.optional(),
});
export type StorageInput = z.infer<typeof storageInputSchema>;

/** Where everything of one migration lies. */
export interface Place {
  readonly storage: string;
  readonly config: string;
  readonly raft: string;
  /** Copies that are worked on; removed at the end. */
  readonly work: string;
  /** URL of state.json. */
  readonly url: URL;
  readonly listen: string;
  readonly settings: RaftSettings;
  readonly clusterPort: number;
}

const nodeId = 'bootroot';

export function placeOf(input: StorageInput, paths: WorkspacePaths, openbaoUrl: string): Place {
  const directory = join(paths.root, 'openbao');
  const url = new URL(openbaoUrl);
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  const clusterPort = input.clusterPort ?? port + 1;
  const raft = input.raft ?? join(directory, 'raft');
  return {
    storage: input.storage,
    config: input.config ?? join(directory, 'openbao.hcl'),
    raft,
    work: join(directory, '.migration'),
    url,
    listen: `127.0.0.1:${port}`,
    settings: {
      path: input.raftInside ?? raft,
      nodeId,
      apiUrl: url.origin,
      clusterUrl: `https://127.0.0.1:${clusterPort}`,
    },
    clusterPort,
  };
}

export const backupOf = (paths: WorkspacePaths, operationId: string): string =>
  join(paths.root, 'openbao', `file-storage-backup-${operationId}`);

/** The configuration that OpenBao 2.7 is started with. @param before what is there; undefined: a new one */
export function configOnRaft(place: Place, before: string | undefined): string {
  if (before !== undefined && before.trim() !== '') return onRaft(before, place.settings);
  return serverConfig({
    dataDir: place.settings.path,
    nodeId,
    listen: place.listen,
    clusterListen: `127.0.0.1:${place.clusterPort}`,
    apiUrl: place.url.origin,
    // Devices that were made by the API are in the storage; a second one of the same name would keep the server from starting.
    audit: [],
  });
}

/** The configuration for going back, where there was none: the same address on the old storage. */
export const configOnFile = (place: Place): string =>
  `storage "file" {\n  path = ${JSON.stringify(place.storage)}\n}\n\nlistener "tcp" {\n  address = "${place.listen}"\n  tls_disable = true\n}\n\napi_addr = "${place.url.origin}"\n`;

/** What is remembered until the operator confirms: the old storage, its backup, and how to go back. */
export const keptSchema = z.object({
  input: storageInputSchema,
  backup: z.string(),
  /** Unix milliseconds. */
  at: z.number(),
  /** The operator has let the old storage go; the server is still run the same way. */
  confirmed: z.boolean(),
});
export type Kept = z.infer<typeof keptSchema>;
