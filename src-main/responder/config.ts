import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from '@decimalturn/toml-patch';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { hostPortSchema as address } from '../tls/host-port.ts';

const seconds = (most: number): z.ZodType<number, unknown> => z.coerce.number().int().min(1).max(most);
const expectations: Readonly<Record<string, string>> = {
  listen_addr: 'host:port',
  admin_addr: 'host:port',
  metrics_addr: 'host:port',
  hmac_secret: 'HMAC',
  tls_cert_path: 'tls_cert_path + tls_key_path',
  tls_key_path: 'tls_cert_path + tls_key_path',
};

/** `responder.toml` as both generations write it; unknown keys are left alone. Durations in seconds. */
const responderConfigSchema = z
  .object({
    listen_addr: address.default('0.0.0.0:80'),
    admin_addr: address.default('0.0.0.0:8080'),
    hmac_secret: z.string().min(1),
    /** The secret before the last rotation, taken as well until then (unix seconds). The tools' responder ignores both keys. */
    previous_hmac_secret: z.string().min(1).optional(),
    previous_hmac_until: z.coerce.number().int().min(0).optional(),
    token_ttl_secs: seconds(86_400).default(300),
    max_token_ttl_secs: seconds(86_400).default(900),
    cleanup_interval_secs: seconds(86_400).default(30),
    max_skew_secs: seconds(86_400).default(60),
    admin_body_limit_bytes: z.coerce.number().int().min(64).max(1_048_576).default(8192),
    admin_rate_limit_requests: z.coerce.number().int().min(1).max(1_000_000).default(300),
    admin_rate_limit_window_secs: seconds(86_400).default(60),
    tls_cert_path: z.string().min(1).optional(),
    tls_key_path: z.string().min(1).optional(),
    /** The console's own: where the responder tells about itself; nowhere unless asked. */
    metrics_addr: address.optional(),
  })
  .refine((config) => (config.tls_cert_path === undefined) === (config.tls_key_path === undefined), {
    path: ['tls_cert_path'],
  });

export type ResponderConfig = z.infer<typeof responderConfigSchema>;
export type ResponderConfigInput = z.input<typeof responderConfigSchema>;

const environmentPrefix = 'BOOTROOT_RESPONDER__';

/** Environment over file: `BOOTROOT_RESPONDER__HMAC_SECRET` and so on. */
function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(environmentPrefix) && value !== undefined) {
      found[name.slice(environmentPrefix.length).toLowerCase()] = value;
    }
  }
  return found;
}

/**
 * Checks a configuration and fills in the defaults.
 * @throws ConsoleError `responder_config`, which names the first field that is wrong and never its value
 */
export function checkResponderConfig(value: unknown): ResponderConfig {
  const result = responderConfigSchema.safeParse(value);
  if (result.success) return result.data;
  const field = String(result.error.issues[0]?.path[0] ?? 'responder.toml');
  throw new ConsoleError('responder_config', { field, expected: expectations[field] ?? '1…' });
}

/**
 * Reads `responder.toml` and the environment. TLS paths that are relative count from the file's directory.
 * @throws ConsoleError `responder_config` when the file cannot be read, is no TOML, or a value is wrong
 */
export async function readResponderConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ResponderConfig> {
  let file: unknown;
  try {
    file = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    // The parser quotes the line it stumbled over, and that line may be the secret: only the code goes on.
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'TOML';
    throw new ConsoleError('responder_config', { field: path, expected: 'TOML' }, { detail: code });
  }
  const base = dirname(resolve(path));
  const config = checkResponderConfig({ ...(file as object), ...fromEnvironment(environment) });
  return {
    ...config,
    ...(config.tls_cert_path === undefined ? {} : { tls_cert_path: resolve(base, config.tls_cert_path) }),
    ...(config.tls_key_path === undefined ? {} : { tls_key_path: resolve(base, config.tls_key_path) }),
  };
}

/** Whether the admin listener serves TLS. A file that cannot be read is for the responder's own start to say. */
export async function adminScheme(path: string): Promise<'http' | 'https'> {
  const config = await readResponderConfig(path, {}).catch(() => undefined);
  return config?.tls_cert_path === undefined ? 'http' : 'https';
}

/** The secrets that sign a call now. @param now milliseconds since 1970 */
export const acceptedSecrets = (config: ResponderConfig, now: number): readonly string[] => {
  const { hmac_secret, previous_hmac_secret, previous_hmac_until = 0 } = config;
  const overlaps = previous_hmac_secret !== undefined && now < previous_hmac_until * 1000;
  return overlaps ? [hmac_secret, previous_hmac_secret] : [hmac_secret];
};
