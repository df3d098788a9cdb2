import * as z from 'zod';
import type { MessageKey } from './i18n/index.ts';

/** A sentence for the operator as key and parameters; whoever shows it puts it into words. Never holds a secret. */
export interface Message {
  key: MessageKey;
  params?: Record<string, string | number> | undefined;
}

/** Wire form of {@link Message}: keys travel as strings, the catalogue types them again on both sides. */
export const messageSchema: z.ZodType<Message> = z.object({
  key: z.string().min(1).max(200) as unknown as z.ZodType<MessageKey>,
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

/** Shorthand: `message('home.sealed', { server: 'OpenBao' })`. */
export function message(key: MessageKey, params?: Record<string, string | number>): Message {
  return params === undefined ? { key } : { key, params };
}
