import * as z from 'zod';
import { query } from './procedure.ts';

/** External account binding of this installation's CA: whether it is wanted, and what is stored. Never the HMAC. */
export const eabStatusSchema = z.object({
  directoryUrl: z.string(),
  /** What the CA's directory says; absent: the CA did not answer. */
  required: z.boolean().optional(),
  /** The CA is a step-ca of this version: the open-source one cannot mint pairs and asks for none. */
  stepCa: z.string().optional(),
  /** Key id that is stored in OpenBao; empty: none. Absent: OpenBao could not be asked. */
  kid: z.string().optional(),
});
export type EabStatus = z.infer<typeof eabStatusSchema>;

export const eabContract = { 'eab.status': query(z.object({}), eabStatusSchema) };
