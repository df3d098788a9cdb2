import * as z from 'zod';

/** What the console reads of OpenBao's answers; everything else in them is left alone. */
export const sealStatusSchema = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  t: z.number().int(),
  n: z.number().int(),
  progress: z.number().int(),
  version: z.string().default(''),
  storage_type: z.string().default(''),
});
export const initSchema = z.object({
  keys: z.array(z.string()).min(1),
  root_token: z.string().min(1),
});
export const kvSchema = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number().int(), created_time: z.string().optional() }),
  }),
});
export const keysSchema = z.object({ data: z.object({ keys: z.array(z.string()) }) });
export const mountsSchema = z.object({ data: z.record(z.string(), z.unknown()) });
export const policySchema = z.object({ data: z.object({ policy: z.string() }) });
export const roleSchema = z.object({ data: z.record(z.string(), z.unknown()) });
export const roleIdSchema = z.object({ data: z.object({ role_id: z.string().min(1) }) });
export const secretIdSchema = z.object({
  data: z.object({
    secret_id: z.string().min(1),
    secret_id_accessor: z.string(),
    secret_id_ttl: z.number().default(0),
  }),
});
export const wrappedSchema = z.object({
  wrap_info: z.object({ token: z.string().min(1), ttl: z.number() }),
});
export const loginSchema = z.object({
  auth: z.object({
    client_token: z.string().min(1),
    policies: z.array(z.string()),
    lease_duration: z.number(),
    renewable: z.boolean(),
  }),
});
export const tokenSchema = z.object({
  data: z.object({
    policies: z.array(z.string()),
    ttl: z.number(),
    renewable: z.boolean().default(false),
  }),
});
export const capabilitiesSchema = z.object({ data: z.record(z.string(), z.unknown()) });
