import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { editJson } from '../workspace/json-edit.ts';

const text = z.string().min(1);
const optional = z.string().nullish();

const hookSchema = z.looseObject({
  command: text,
  args: z.array(z.string()).optional(),
  timeout_secs: z.number().int().optional(),
  on_failure: z.enum(['continue', 'stop']).optional(),
});

/** What both generations of bootstrap.json have (formats.md "Remote hosts"). Unknown keys are kept. */
const common = {
  openbao_url: text,
  kv_mount: text,
  service_name: text,
  role_id_path: text,
  secret_id_path: text,
  eab_file_path: text,
  agent_config_path: text,
  ca_bundle_path: optional,
  openbao_agent_config_path: optional,
  openbao_agent_template_path: optional,
  openbao_agent_token_path: optional,
  agent_email: optional,
  agent_server: optional,
  agent_domain: optional,
  agent_responder_url: optional,
  profile_hostname: optional,
  profile_instance_id: optional,
  profile_cert_path: optional,
  profile_key_path: optional,
  /** The console's own: with it one file is all that has to be carried over. */
  role_id: optional,
};

const older = z.looseObject({ ...common, registration_id: optional });

const newer = z.looseObject({
  ...common,
  schema_version: z.literal(5),
  registration_id: text,
  ca_bundle_path: text,
  ca_bundle_pem: text,
  trusted_ca_sha256: z.array(z.string().regex(/^[0-9a-fA-F]{64}$/)).min(1),
  agent_domain: text,
  profile_hostname: text,
  profile_instance_id: z.string(),
  profile_cert_path: text,
  profile_key_path: text,
  post_renew_hooks: z.array(hookSchema).nullish(),
  wrap_token: optional,
  /** RFC 3339. */
  wrap_expires_at: optional,
  cert_group_gid: z.number().int().nullish(),
});

export type OlderArtifact = z.output<typeof older>;
export type NewerArtifact = z.output<typeof newer>;
export type Artifact = OlderArtifact | NewerArtifact;

export const isNewer = (artifact: Artifact): artifact is NewerArtifact => 'schema_version' in artifact;

/**
 * Reads a bootstrap.json of either generation: without `schema_version` the older, 5 the newer (formats-newer.md).
 * @throws `remote_artifact_version` for 1 to 4 and later ones, `remote_artifact_invalid` naming the field and never a value
 */
export function parseArtifact(content: string, path: string): Artifact {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new ConsoleError('remote_artifact_invalid', { path, field: 'JSON' }, { cause });
  }
  const version =
    typeof value === 'object' && value !== null && 'schema_version' in value
      ? value.schema_version
      : undefined;
  if (version !== undefined && version !== 5)
    throw new ConsoleError('remote_artifact_version', {
      path,
      version: (JSON.stringify(version) ?? '').slice(0, 20),
    });
  const parsed = (version === undefined ? older : newer).safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new ConsoleError('remote_artifact_invalid', { path, field });
}

/**
 * The text of a bootstrap.json that both generations load: the newer's keys with `schema_version` 5, and the older's three
 * paths of an OpenBao Agent beside them.
 * @param before what is there; its order, layout and unknown keys are kept. A key that is undefined in `artifact` goes
 */
export function renderArtifact(artifact: NewerArtifact, before?: string): string {
  const wanted = JSON.parse(JSON.stringify(artifact)) as Record<string, unknown>;
  if (before === undefined) return `${JSON.stringify(wanted, null, 2)}\n`;
  const present = JSON.parse(before) as Record<string, unknown>;
  const known = new Set(Object.keys(newer.shape));
  const kept = Object.entries(present).filter(([key]) => !known.has(key) || key in wanted);
  return editJson(before, { ...Object.fromEntries(kept), ...wanted });
}
