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

/** How a list was looked at: what was searched, by what it was narrowed, and in which order. */
export const listViewSchema = z.object({
  name: z.string().min(1).max(60),
  search: z.string().max(200),
  filters: z.record(z.string().max(40), z.array(z.string().max(40)).max(40)),
  by: z.string().max(40),
  descending: z.boolean(),
});
export type SavedView = z.infer<typeof listViewSchema>;

export const preferencesSchema = z.object({
  locale: z.enum(['en', 'ko']),
  theme: z.enum(['light', 'dark', 'auto']),
  density: z.enum(['dense', 'comfortable']),
  /** Views that were saved, by the name of the list. */
  views: z.record(z.string().max(40), z.array(listViewSchema).max(30)).default({}),
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
