import * as z from 'zod';
import { mutation, query } from './procedure.ts';
import { workspaceSummarySchema } from './workspace.ts';

export const sessionSchema = z.object({
  host: z.enum(['electron', 'web', 'cli']),
  version: z.string(),
  /** Who acts, as the audit log writes it, for example `kim@desk (web)`. */
  actor: z.string(),
  workspace: workspaceSummarySchema.optional(),
  /** Minutes without input after which the host locks; 0 never. */
  idleLockMinutes: z.number(),
});
export type Session = z.infer<typeof sessionSchema>;

export const preferencesSchema = z.object({
  locale: z.enum(['en', 'ko']),
  theme: z.enum(['light', 'dark', 'auto']),
  density: z.enum(['dense', 'comfortable']),
});
export type Preferences = z.infer<typeof preferencesSchema>;

export const sessionContract = {
  'session.show': query(z.object({}), sessionSchema),
  'session.preferences': query(z.object({}), preferencesSchema),
  'session.savePreferences': mutation(preferencesSchema, preferencesSchema),
  /** Drafts of wizards, so that leaving and coming back continues. Never secrets: the renderer keeps those out. */
  'session.draft': query(z.object({ name: z.string().max(60) }), z.object({ draft: z.unknown() })),
  'session.saveDraft': mutation(z.object({ name: z.string().max(60), draft: z.unknown() }), z.object({})),
  /** Ends this session at once (web: cookie void; window: locked until the workspace is opened again). */
  'session.lock': mutation(z.object({}), z.object({})),
};
