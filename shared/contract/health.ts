import * as z from 'zod';
import { query } from './procedure.ts';

/** An audit device of OpenBao. Sizes are bytes, times unix milliseconds. */
export const auditDeviceSchema = z.object({
  name: z.string(),
  type: z.string(),
  /** As OpenBao has it. */
  file: z.string().optional(),
  /** As this host has it; absent: out of reach, and so is everything below. */
  path: z.string().optional(),
  bytes: z.number().optional(),
  /** What was set aside of it, the newest first. */
  rotated: z.array(z.object({ path: z.string(), bytes: z.number(), at: z.number() })),
  disk: z
    .object({
      freeBytes: z.number(),
      totalBytes: z.number(),
      /** At the growth of the last days. */
      fullAt: z.number().optional(),
    })
    .optional(),
});
export type AuditDeviceView = z.infer<typeof auditDeviceSchema>;

const auditDevicesSchema = z.object({
  devices: z.array(auditDeviceSchema),
  /** Whether the operation `openbao.rotate-audit` ({ keep }) can work here. */
  canRotate: z.boolean(),
});
export type AuditDevices = z.infer<typeof auditDevicesSchema>;

/** step-ca's database. Bytes; rows are estimates where there are many. */
const caDatabaseSchema = z.object({
  bytes: z.number(),
  tables: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number() })),
  /** Rows of ACME that ended more than `keepDays` days ago, which the operation `stepca.prune` ({ keepDays }) would look at. */
  ended: z.array(
    z.object({ kind: z.enum(['orders', 'authorizations', 'certificates', 'nonces']), rows: z.number() }),
  ),
  keepDays: z.number().int(),
});
export type CaDatabase = z.infer<typeof caDatabaseSchema>;

/** A certificate as step-ca's database has it. Times are unix milliseconds. */
export const issuedItemSchema = z.object({
  /** Hex. */
  serial: z.string(),
  title: z.string(),
  names: z.array(z.string()),
  notBefore: z.number(),
  notAfter: z.number(),
  sha256: z.string(),
  pem: z.string(),
  provisioner: z.string().optional(),
  revokedAt: z.number().optional(),
  reason: z.string().optional(),
});
export type IssuedItem = z.infer<typeof issuedItemSchema>;

const issuedSchema = z.object({ items: z.array(issuedItemSchema), more: z.boolean() });
export type Issued = z.infer<typeof issuedSchema>;

/** From when on a leaf of the wanted life no longer fits into what is left of its CA. Times are unix milliseconds. */
const horizonSchema = z.object({
  leafMs: z.number(),
  authorities: z.array(
    z.object({ name: z.string(), path: z.string(), notAfter: z.number(), horizonAt: z.number() }),
  ),
});

export const healthContract = {
  'health.horizon': query(z.object({}), horizonSchema),
  'health.auditDevices': query(z.object({}), auditDevicesSchema),
  'health.caDatabase': query(
    z.object({ keepDays: z.number().int().min(1).max(3650).default(7) }),
    caDatabaseSchema,
  ),
  /** What step-ca issued, the latest first. `search`: a serial number or a part of a name. */
  'health.issued': query(
    z.object({
      search: z.string().max(300).default(''),
      limit: z.number().int().min(1).max(200).default(50),
      offset: z.number().int().min(0).max(10_000_000).default(0),
    }),
    issuedSchema,
  ),
};
