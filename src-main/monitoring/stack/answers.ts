import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { dnsNames } from '../../issuance/set-files.ts';
import { tlsClient } from '../../tls/client.ts';
import { ConnectionFailure } from '../../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../../tls/http-request.ts';
import { grafanaUrl, prometheusUrl, type Deployed } from './deployed.ts';

const patience = { timeoutMs: 5_000, maxBytes: 4 << 20 } as const;

/** A target as Prometheus has it (HTTP API v1, `/targets`). */
const targetsSchema = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        scrapeUrl: z.string(),
        health: z.enum(['up', 'down', 'unknown']),
        lastError: z.string(),
      }),
    ),
  }),
});

export interface ScrapeTarget {
  readonly job: string;
  readonly url: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly error?: string;
}

/** What Prometheus scrapes, and whether it answers; undefined: Prometheus itself does not. */
export async function scrapeTargets(deployed: Deployed): Promise<readonly ScrapeTarget[] | undefined> {
  try {
    const url = `${prometheusUrl(deployed)}/api/v1/targets?state=active`;
    const { status, body } = await httpRequest({ url, ...patience });
    if (status !== 200) return undefined;
    const { data } = targetsSchema.parse(JSON.parse(body.toString('utf8')));
    return data.activeTargets.map(({ labels, scrapeUrl, health, lastError }) => ({
      job: labels['job'] ?? '',
      url: scrapeUrl,
      health,
      ...(lastError === '' ? {} : { error: lastError.slice(0, 300) }),
    }));
  } catch {
    return undefined;
  }
}

/** accepted: the login works. refused: Grafana keeps another password. open: it lets in without one. unreachable: no answer. */
export type GrafanaLogin = 'accepted' | 'refused' | 'open' | 'unreachable';

/** By loopback, under the name that Grafana's certificate is for; trusted is the very file that it serves, or the installation's bundle. */
async function ask(
  deployed: Deployed,
  bundle: string | undefined,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  const url = `${grafanaUrl(deployed)}${path}`;
  if (deployed.certificate === undefined) return httpRequest({ url, headers, ...patience });
  const served = await readFile(deployed.certificate, 'utf8');
  const serverName = dnsNames(new X509Certificate(served))[0];
  const tls = tlsClient({
    ca: `${bundle ?? ''}\n${served}`,
    ...(serverName === undefined ? {} : { serverName }),
  });
  try {
    return await httpRequest({ url, headers, tls, ...patience });
  } finally {
    tls.close();
  }
}

/** Whether Grafana takes this password of its administrator, and nobody without one. */
export async function grafanaLogin(
  deployed: Deployed,
  password: string,
  bundle: string | undefined,
): Promise<GrafanaLogin> {
  try {
    const nobody = await ask(deployed, bundle, '/api/org', {});
    if (nobody.status === 200) return 'open';
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    const { status } = await ask(deployed, bundle, '/api/org', { authorization });
    return status === 200 ? 'accepted' : status === 401 || status === 403 ? 'refused' : 'unreachable';
  } catch (error) {
    if (error instanceof ConnectionFailure) return 'unreachable';
    throw error;
  }
}
