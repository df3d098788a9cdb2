import { hostname } from 'node:os';
import * as z from 'zod';
import { version } from '../../package.json';
import { readAgentConfig } from '../agent/config.ts';
import { readRenewalRecord, type AgentError } from '../agent/record.ts';
import { parseLeaf } from '../issuance/set-files.ts';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import type { RemoteSettings } from './settings.ts';
import { remoteItems, type RemoteItem, type Summary } from './summary.ts';

const iso = z.iso.datetime({ offset: true });
const item = z.looseObject({
  status: z.enum(['applied', 'unchanged', 'failed', 'skipped', 'pending', 'expired', 'none']).catch('none'),
  error: z.string().max(2000).nullish().catch(null),
  version: z.number().int().nullish().catch(null),
  code: z.string().max(100).nullish().catch(null),
  params: z
    .record(z.string(), z.union([z.string().max(2000), z.number()]))
    .nullish()
    .catch(null),
});

/**
 * What a host says of itself after each run, at `bootroot/services/<id>/report`: the console's own path, which only the policy of a
 * service that the console onboarded lets it write. It holds no secret, and it comes from another machine: nothing in it is trusted
 * beyond being shown.
 */
export const hostReportSchema = z.looseObject({
  schema_version: z.literal(1),
  reported_at: iso,
  host: z.string().max(255),
  version: z.string().max(50),
  items: z.looseObject({ secret_id: item, eab: item, responder_hmac: item, trust_sync: item }),
  certificate: z.looseObject({ not_after: iso }).nullish().catch(null),
  next_renewal: iso.nullish().catch(null),
  /** Why the agent of this host could not renew the certificate the last time; only while it could not. */
  agent_error: z
    .looseObject({
      code: z.string().max(100),
      params: z.record(z.string(), z.union([z.string().max(2000), z.number()])),
    })
    .nullish()
    .catch(null),
});
export type HostReport = z.output<typeof hostReportSchema>;

export const reportPath = (id: string): string => `bootroot/services/${id}/report`;

interface CertificateFacts {
  readonly certificate?: { readonly not_after: string };
  readonly next_renewal?: string;
}

/** When the certificate ends and when the agent renews it; empty while there is none, or no valid configuration. */
async function certificateFacts(settings: RemoteSettings): Promise<CertificateFacts> {
  const { profile, agentConfigPath: path } = settings;
  if (profile === undefined) return {};
  const pem = await readTextFileIfPresent(profile.certPath).catch(() => undefined);
  const leaf = pem === undefined ? undefined : parseLeaf(pem);
  if (leaf === undefined) return {};
  const end = Date.parse(leaf.validTo);
  const config = await readAgentConfig({ path, flags: {}, environment: {} }).catch(() => undefined);
  const before = config?.profiles.find(({ id }) => id === settings.id)?.renewBeforeMs;
  return {
    certificate: { not_after: new Date(end).toISOString() },
    ...(before === undefined
      ? {}
      : {
          // The agent caps a window that is longer than two thirds of the certificate's life.
          next_renewal: new Date(
            Math.max(end - before, end - (end - Date.parse(leaf.validFrom)) / 3),
          ).toISOString(),
        }),
  };
}

async function agentError({
  agentConfigPath,
  id,
}: RemoteSettings): Promise<{ readonly agent_error?: AgentError }> {
  const source = { path: agentConfigPath, flags: {}, environment: {} };
  const config = await readAgentConfig(source).catch(() => undefined);
  const profile = config?.profiles.find((one) => one.id === id);
  const record =
    profile === undefined ? undefined : await readRenewalRecord(agentConfigPath, profile.identity);
  return record?.error === undefined ? {} : { agent_error: record.error };
}

/** @param now unix milliseconds */
export async function reportOf(settings: RemoteSettings, summary: Summary, now: number): Promise<HostReport> {
  const items = Object.fromEntries(remoteItems.map((name) => [name, summary[name]]));
  return hostReportSchema.parse({
    schema_version: 1,
    reported_at: new Date(now).toISOString(),
    host: hostname(),
    version,
    items: items as Record<RemoteItem, Summary[RemoteItem]>,
    ...(await certificateFacts(settings)),
    ...(await agentError(settings)),
  });
}

/** Throws `openbao_forbidden` where the policy, made by the bootroot tools, does not know this path. */
export async function sendReport(
  client: OpenBaoClient,
  settings: RemoteSettings,
  report: HostReport,
): Promise<void> {
  await client.kv.write(reportPath(settings.id), report);
}
