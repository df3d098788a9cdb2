import type { ServiceEntry, SyncStatus } from './state-schema.ts';

export interface NewServiceEntry {
  /** Key of the entry in `services`, and of everything made for it. */
  readonly registrationId: string;
  readonly serviceName: string;
  readonly deployType: 'daemon' | 'docker';
  /** Required by the tools for docker. */
  readonly containerName?: string;
  readonly deliveryMode: 'local-file' | 'remote-bootstrap';
  readonly hostname: string;
  readonly domain: string;
  readonly instanceId: string;
  /** Absolute, or relative to the work directory. */
  readonly agentConfigPath: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly notes?: string;
  readonly approle: {
    readonly roleName: string;
    readonly roleId: string;
    readonly secretIdPath: string;
    readonly policyName: string;
    /** Like `24h`; the role's own when absent. */
    readonly secretIdTtl?: string;
    readonly tokenBoundCidrs?: readonly string[];
  };
  readonly postRenewHooks?: ServiceEntry['post_renew_hooks'];
  readonly agentEmail?: string;
  readonly agentServer?: string;
  readonly agentResponderUrl?: string;
  readonly certGroupGid?: number;
}

const syncItems = ['secret_id', 'eab', 'responder_hmac', 'trust_sync'] as const;
export type SyncItem = (typeof syncItems)[number];

const noTiming = (): { started_at_unix: null; expires_at_unix: null } => ({
  started_at_unix: null,
  expires_at_unix: null,
});

/**
 * An entry that both generations load: `registration_id` for the newer, `deploy_type` with the sync fields for the older.
 * @param nowSeconds unix seconds; everything of a remote service is pending from now on
 */
export function newServiceEntry(from: NewServiceEntry, nowSeconds: number): ServiceEntry {
  const entry: ServiceEntry = {
    registration_id: from.registrationId,
    service_name: from.serviceName,
    deploy_type: from.deployType,
    delivery_mode: from.deliveryMode,
    sync_status: { secret_id: 'none', eab: 'none', responder_hmac: 'none', trust_sync: 'none' },
    sync_metadata: { secret_id: noTiming(), eab: noTiming(), responder_hmac: noTiming() },
    hostname: from.hostname,
    domain: from.domain,
    agent_config_path: from.agentConfigPath,
    cert_path: from.certPath,
    key_path: from.keyPath,
    instance_id: from.instanceId,
    container_name: from.containerName ?? null,
    notes: from.notes ?? null,
    post_renew_hooks: from.postRenewHooks ?? [],
    ...(from.agentEmail === undefined ? {} : { agent_email: from.agentEmail }),
    ...(from.agentServer === undefined ? {} : { agent_server: from.agentServer }),
    ...(from.agentResponderUrl === undefined ? {} : { agent_responder_url: from.agentResponderUrl }),
    ...(from.certGroupGid === undefined ? {} : { cert_group_gid: from.certGroupGid }),
    approle: {
      role_name: from.approle.roleName,
      role_id: from.approle.roleId,
      secret_id_path: from.approle.secretIdPath,
      policy_name: from.approle.policyName,
      secret_id_ttl: from.approle.secretIdTtl ?? null,
      secret_id_wrap_ttl: null,
      token_bound_cidrs:
        from.approle.tokenBoundCidrs === undefined ? null : [...from.approle.tokenBoundCidrs],
    },
  };
  if (from.deliveryMode === 'remote-bootstrap')
    for (const item of syncItems) setSyncStatus(entry, item, 'pending', nowSeconds);
  return entry;
}

/**
 * Sets one sync item of an entry as formats.md says: pending stamps when it started and when it expires, anything else clears both.
 * An entry of the newer generation has no sync fields and is left alone.
 * @param nowSeconds unix seconds
 * @param ttlSeconds lifetime of the AppRole secret_id: 24 h unless the role says otherwise
 */
export function setSyncStatus(
  entry: ServiceEntry,
  item: SyncItem,
  status: SyncStatus,
  nowSeconds: number,
  ttlSeconds = 24 * 3600,
): void {
  if (entry.deploy_type === undefined) return;
  entry.sync_status = { ...entry.sync_status, [item]: status };
  if (item === 'trust_sync') return;
  const stamps =
    status === 'pending'
      ? { started_at_unix: nowSeconds, expires_at_unix: nowSeconds + ttlSeconds }
      : noTiming();
  entry.sync_metadata = { ...entry.sync_metadata, [item]: { ...entry.sync_metadata?.[item], ...stamps } };
}
