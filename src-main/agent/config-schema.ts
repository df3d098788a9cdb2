import * as z from 'zod';
import { hostPortSchema, servedAtSchema } from '../tls/host-port.ts';
import { keyTypes } from '../x509/keys.ts';
import { durationMs } from './durations.ts';

/** A duration as text; its value is milliseconds. */
const duration = (fallback: string, least = 0) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const ms = durationMs(text);
      if (ms !== undefined && ms >= least) return ms;
      context.addIssue({ code: 'custom', message: 'duration' });
      return z.NEVER;
    });

/** Environment values are text; everything else is what TOML says. */
const count = (fallback: number, most = 1_000_000) =>
  z.coerce.number().int().min(0).max(most).default(fallback);
const flag = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean(),
);
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .replace(/^\[|\]$/g, '')
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    z.array(item),
  );
const pathText = z.string().min(1).max(4096);
const label = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/);

const backoff = list(z.coerce.number().min(0).max(86_400));
const eab = z.object({ kid: z.string().default(''), hmac: z.string().default('') });

export const hookSchema = z.object({
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  working_dir: pathText.optional(),
  timeout_secs: z.coerce.number().min(0.05).max(86_400).default(30),
  retry_backoff_secs: backoff.default([]),
  max_output_bytes: count(65_536, 16_777_216),
  on_failure: z.enum(['continue', 'stop']).default('continue'),
});
export type Hook = z.output<typeof hookSchema>;

const profileSchema = z.object({
  registration_id: z
    .string()
    .max(131)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/)
    .optional(),
  service_name: label,
  instance_id: label,
  hostname: label,
  cert_group_gid: z.coerce.number().int().min(1).max(4_294_967_294).optional(),
  /** The console's own: the key that is made, and that a renewal insists on. Without it any key is kept. */
  key_type: z.enum(keyTypes).optional(),
  /** The console's own: where the new leaf must be served after the hooks. */
  served_at: servedAtSchema.optional(),
  paths: z.object({ cert: pathText, key: pathText }),
  daemon: z
    .object({
      check_interval: duration('1h', 1000),
      renew_before: z.string().optional(),
      check_jitter: duration('0s'),
    })
    .prefault({}),
  retry: z.object({ backoff_secs: backoff }).optional(),
  eab: eab.optional(),
  hooks: z
    .object({
      post_renew: z
        .object({ success: z.array(hookSchema).default([]), failure: z.array(hookSchema).default([]) })
        .prefault({}),
    })
    .prefault({}),
});

const openbaoSchema = z.object({
  url: z.string().min(1),
  role_id_path: pathText,
  secret_id_path: pathText,
  kv_mount: z.string().min(1).default('secret'),
  ca_bundle_path: pathText.optional(),
  fast_poll_interval: duration('30s', 1000),
  state_path: pathText.optional(),
  allow_plaintext_http: flag.default(false),
});

/** agent.toml of both generations (formats.md, formats-newer.md); keys that are not named are left alone. */
export const agentConfigSchema = z.object({
  email: z.string().default('admin@example.com'),
  server: z.string().min(1).default('https://localhost:9000/acme/acme/directory'),
  domain: z.string().min(1).max(253).default('trusted.domain'),
  acme: z.object({
    http_responder_url: z.string().min(1).default('http://localhost:8080'),
    http_responder_hmac: z.string().min(1),
    http_responder_timeout_secs: count(5, 3600),
    http_responder_token_ttl_secs: z.coerce.number().int().min(1).max(86_400).default(300),
    directory_fetch_attempts: count(10, 1000),
    directory_fetch_base_delay_secs: count(1, 3600),
    directory_fetch_max_delay_secs: count(10, 3600),
    poll_attempts: count(15, 10_000),
    poll_interval_secs: count(2, 3600),
  }),
  trust: z
    .object({
      ca_bundle_path: pathText.optional(),
      trusted_ca_sha256: list(z.string().regex(/^[0-9a-fA-F]{64}$/)).optional(),
      verify_certificates: flag.optional(),
    })
    .prefault({}),
  scheduler: z
    .object({ max_concurrent_issuances: z.coerce.number().int().min(1).max(1000).default(3) })
    .prefault({}),
  retry: z.object({ backoff_secs: backoff.optional() }).prefault({}),
  eab: eab.optional(),
  openbao: openbaoSchema.optional(),
  /** The console's own: where the agent tells about itself; nowhere unless asked. */
  metrics: z.object({ listen_addr: hostPortSchema }).optional(),
  profiles: z.array(profileSchema).min(1).max(10_000),
});
export type RawAgentConfig = z.output<typeof agentConfigSchema>;
