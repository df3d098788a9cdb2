import * as z from 'zod';
import { messageSchema } from '../message.ts';
import { mutation, query } from './procedure.ts';

/** Lab keeps the unseal shares in a 0600 file; production keeps nothing. `unknown`: made by other tools. */
export const installationKindSchema = z.enum(['lab', 'production', 'unknown']);

/** What an installation is for. `production` asks for its name before anything that others would notice. */
export const environments = ['lab', 'test', 'staging', 'production'] as const;
export const environmentSchema = z.enum(environments);
export type Environment = z.infer<typeof environmentSchema>;

/** What its OpenBao answered just now; `unknown`: the directory does not say where it is. */
export const openbaoReachSchema = z.enum(['ready', 'sealed', 'unreachable', 'unknown']);

export const workspaceSummarySchema = z.object({
  /** SHA-256 of the real path, 16 hex characters: stable and safe in addresses. */
  id: z.string(),
  path: z.string(),
  name: z.string(),
  /** One of the theme's named colours. */
  colour: z.string(),
  kind: installationKindSchema,
  environment: environmentSchema,
  topology: z.enum(['local', 'compose', 'external', 'none']),
  lastOpenedAt: z.number(),
  current: z.boolean(),
  /** This console holds it open, so that switching to it takes no time. */
  held: z.boolean(),
  /** False: the directory is gone or cannot be read. */
  reachable: z.boolean(),
  openbao: openbaoReachSchema,
});
export type WorkspaceSummary = z.infer<typeof workspaceSummarySchema>;

/** What a directory holds, found out without touching it. */
export const directoryReportSchema = z.object({
  path: z.string(),
  exists: z.boolean(),
  /** Of a directory that is not there yet: whether it can be made. */
  writable: z.boolean(),
  readOnlyMount: z.boolean(),
  empty: z.boolean(),
  installation: z.enum(['none', 'console', 'bootroot-older', 'bootroot-newer']),
  services: z.number().int(),
  problems: z.array(messageSchema),
});
export type DirectoryReport = z.infer<typeof directoryReportSchema>;

const path = z.object({ path: z.string().min(1).max(4096) });

export const workspaceContract = {
  'workspaces.list': query(z.object({}), z.array(workspaceSummarySchema)),
  'workspaces.inspect': query(path, directoryReportSchema),
  'workspaces.open': mutation(path, workspaceSummarySchema),
  'workspaces.close': mutation(z.object({}), z.object({})),
  'workspaces.forget': mutation(z.object({ id: z.string() }), z.object({})),
  'workspaces.describe': mutation(
    z.object({
      id: z.string(),
      name: z.string().min(1).max(60),
      colour: z.string().max(20),
      environment: environmentSchema.optional(),
    }),
    workspaceSummarySchema,
  ),
  /** Folders below `path` for a folder picker; no path: the home directory. */
  'workspaces.browse': query(
    z.object({ path: z.string().max(4096).optional() }),
    z.object({
      path: z.string(),
      parent: z.string().optional(),
      entries: z.array(
        z.object({ name: z.string(), path: z.string(), writable: z.boolean(), installation: z.boolean() }),
      ),
    }),
  ),
};
