import * as z from 'zod';
import { errorDataSchema } from './errors.ts';

/** Largest frame in either direction, bytes of JSON. A dropped file of 10 MB as base64 fits. */
export const maxFrameBytes = 16 * 1024 * 1024;

const id = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Id of a workspace; empty: none. */
const w = z.string().max(64).optional();

/**
 * What a client sends: a request (`p` procedure, `i` input, `w` the workspace that the page shows, absent before it knows) or the
 * wish to end one.
 */
export const clientFrameSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('req'), id, p: z.string().max(80), i: z.unknown(), w }),
  z.strictObject({ t: z.literal('abort'), id }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;

/** What the core answers: `ok` once (`w`: the workspace that the page shows from now on, when it had named none or goes to another), or `next` any number of times and `end`; `err` ends either. */
export const serverFrameSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ok'), id, o: z.unknown(), w }),
  z.strictObject({ t: z.literal('next'), id, o: z.unknown() }),
  z.strictObject({ t: z.literal('end'), id }),
  z.strictObject({ t: z.literal('err'), id, e: errorDataSchema }),
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;
