import * as z from 'zod';

/**
 * state.json of both generations (formats.md and formats-newer.md, "state.json"). Unknown keys are kept everywhere; nothing gets a
 * default here, so that what was read can be written back unchanged. What the tools default is optional.
 */
const text = z.string();

export const syncStatusSchema = z.enum(['none', 'pending', 'applied', 'failed', 'expired']);
export type SyncStatus = z.infer<typeof syncStatusSchema>;

/** Unix seconds. */
const timingSchema = z.looseObject({
  started_at_unix: z.number().int().nullish(),
  expires_at_unix: z.number().int().nullish(),
});

const hookSchema = z.looseObject({
  command: text,
  args: z.array(text).optional(),
  timeout_secs: z.number().int().optional(),
  on_failure: z.enum(['continue', 'stop']).optional(),
});

export const serviceEntrySchema = z.looseObject({
  service_name: text,
  hostname: text,
  domain: text,
  agent_config_path: text,
  cert_path: text,
  key_path: text,
  instance_id: text.nullish(),
  notes: text.nullish(),
  delivery_mode: z.enum(['local-file', 'remote-bootstrap']).optional(),
  approle: z.looseObject({
    role_name: text,
    role_id: text,
    secret_id_path: text,
    policy_name: text,
    secret_id_ttl: text.nullish(),
    secret_id_wrap_ttl: text.nullish(),
    token_bound_cidrs: z.array(text).nullish(),
  }),
  /** Older generation. */
  deploy_type: z.enum(['daemon', 'docker']).optional(),
  container_name: text.nullish(),
  sync_status: z
    .looseObject({
      secret_id: syncStatusSchema.optional(),
      eab: syncStatusSchema.optional(),
      responder_hmac: syncStatusSchema.optional(),
      trust_sync: syncStatusSchema.optional(),
    })
    .optional(),
  sync_metadata: z
    .looseObject({
      secret_id: timingSchema.optional(),
      eab: timingSchema.optional(),
      responder_hmac: timingSchema.optional(),
    })
    .optional(),
  /** Newer generation. */
  registration_id: text.optional(),
  post_renew_hooks: z.array(hookSchema).optional(),
  agent_email: text.nullish(),
  agent_server: text.nullish(),
  agent_responder_url: text.nullish(),
  cert_group_gid: z.number().int().nullish(),
});
export type ServiceEntry = z.infer<typeof serviceEntrySchema>;

const infraCertSchema = z.looseObject({
  cert_path: text,
  key_path: text,
  sans: z.array(text),
  renew_before: text.optional(),
  reload_strategy: z.looseObject({ type: text }),
  issued_at: text.nullish(),
  expires_at: text.nullish(),
});

export const stateSchema = z.looseObject({
  openbao_url: text.min(1),
  kv_mount: text.min(1),
  secrets_dir: text.optional(),
  policies: z.record(text, text).optional(),
  approles: z.record(text, text).optional(),
  services: z.record(text, serviceEntrySchema).optional(),
  openbao_bind_addr: text.nullish(),
  openbao_advertise_addr: text.nullish(),
  http01_admin_bind_addr: text.nullish(),
  http01_admin_advertise_addr: text.nullish(),
  stepca_bind_addr: text.nullish(),
  stepca_advertise_addr: text.nullish(),
  infra_certs: z.record(text, infraCertSchema).optional(),
  rotate_bound_cidrs: z.record(text, z.array(text)).optional(),
  rotate_secret_id_ttl: text.nullish(),
  last_secret_id_rotation: text.nullish(),
});
export type State = z.infer<typeof stateSchema>;
