import * as z from 'zod';

/** What the console reads of OpenBao's answers; everything else in them is left alone. */
const answer = <S extends z.ZodType>(data: S) => z.object({ data });
const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

export const healthSchema = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  standby: z.boolean().default(false),
  version: z.string().default(''),
  cluster_id: z.string().optional(),
  /** Unix seconds. */
  server_time_utc: z.number().optional(),
});
export const sealStatusSchema = z.object({
  type: z.string().default('shamir'),
  initialized: z.boolean(),
  sealed: z.boolean(),
  t: z.number().int(),
  n: z.number().int(),
  progress: z.number().int(),
  nonce: z.string().default(''),
  version: z.string().default(''),
  storage_type: z.string().default(''),
});
export const leaderSchema = z.object({
  ha_enabled: z.boolean(),
  is_self: z.boolean().default(false),
  leader_address: z.string().default(''),
});
export const initSchema = z.object({
  keys: z.array(z.string()).min(1),
  keys_base64: z.array(z.string()).min(1),
  root_token: z.string().min(1),
});
export const kvSchema = answer(
  z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number().int(), created_time: z.string().optional() }),
  }),
);
export const kvWrittenSchema = answer(z.object({ version: z.number().int() }));
export const kvMetadataSchema = answer(
  z.object({
    current_version: z.number().int(),
    oldest_version: z.number().int().default(0),
    updated_time: z.string().optional(),
    versions: z
      .record(
        z.string(),
        z.object({ created_time: z.string(), deletion_time: z.string(), destroyed: z.boolean() }),
      )
      .nullish(),
  }),
);
export const keysSchema = answer(z.object({ keys: names }));
export const mountsSchema = answer(
  z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      options: z.record(z.string(), z.unknown()).nullish(),
      config: z.looseObject({ max_lease_ttl: z.number().optional() }).optional(),
    }),
  ),
);
export const policySchema = answer(z.object({ policy: z.string() }));
export const roleSchema = answer(z.record(z.string(), z.unknown()));
export const roleIdSchema = answer(z.object({ role_id: z.string().min(1) }));
export const secretIdSchema = answer(
  z.object({
    secret_id: z.string().min(1),
    secret_id_accessor: z.string(),
    secret_id_ttl: z.number().default(0),
  }),
);
export const accessorSchema = answer(
  z.object({
    creation_time: z.string(),
    /** `0001-01-01T00:00:00Z`: never. */
    expiration_time: z.string(),
    secret_id_num_uses: z.number(),
    secret_id_ttl: z.number(),
    cidr_list: names,
    token_bound_cidrs: names,
  }),
);
export const wrappedSchema = z.object({
  wrap_info: z.object({
    token: z.string().min(1),
    accessor: z.string().default(''),
    ttl: z.number(),
    creation_time: z.string().default(''),
    wrapped_accessor: z.string().default(''),
  }),
});
export const loginSchema = z.object({
  auth: z.object({
    client_token: z.string().min(1),
    accessor: z.string().default(''),
    policies: names,
    lease_duration: z.number(),
    renewable: z.boolean(),
  }),
});
export const tokenSchema = answer(
  z.object({
    policies: names,
    /** Seconds; 0 for one that does not expire. */
    ttl: z.number(),
    renewable: z.boolean().default(false),
    path: z.string().default(''),
    accessor: z.string().default(''),
  }),
);
export const capabilitiesSchema = answer(z.record(z.string(), z.unknown()));
export const auditSchema = answer(
  z.record(
    z.string(),
    z.looseObject({ type: z.string(), options: z.record(z.string(), z.string()).nullish() }),
  ),
);
export const raftConfigurationSchema = answer(
  z.object({
    config: z.object({
      servers: z.array(
        z.object({ node_id: z.string(), address: z.string(), leader: z.boolean(), voter: z.boolean() }),
      ),
    }),
  }),
);
export const autopilotSchema = answer(
  z.object({
    healthy: z.boolean(),
    failure_tolerance: z.number().int(),
    leader: z.string().default(''),
    servers: z
      .record(
        z.string(),
        z.looseObject({ healthy: z.boolean(), status: z.string(), last_contact: z.string() }),
      )
      .nullish(),
  }),
);
export const haStatusSchema = answer(
  z.object({
    nodes: z.array(z.looseObject({ api_address: z.string(), cluster_address: z.string().default('') })),
  }),
);
export const bytesSchema = z.instanceof(Buffer);
export const anySchema = z.unknown();
