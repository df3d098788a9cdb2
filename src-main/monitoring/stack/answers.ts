import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { dnsNames } from '../../issuance/set-files.ts';
import { tlsClient } from '../../tls/client.ts';
import { ConnectionFailure } from '../../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../../tls/http-request.ts';
import { grafanaUrl, prometheusUrl, type Deployed } from './deployed.ts';
import { prometheusUser } from './files.ts';

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

/** accepted: the login works. refused: Grafana keeps another password. open: it lets in without one. unreachable: no answer. */
export type GrafanaLogin = 'accepted' | 'refused' | 'open' | 'unreachable';

const basic = (user: string, password: string): { readonly authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** The certificate that the stack serves, and the name that it is for. */
async function servedBy({ certificate }: Deployed): Promise<{ pem: string; name?: string } | undefined> {
  if (certificate === undefined) return undefined;
  const pem = await readFile(certificate, 'utf8');
  const name = dnsNames(new X509Certificate(pem))[0];
  return { pem, ...(name === undefined ? {} : { name }) };
}

/** By loopback, under the name that the certificate is for; trusted is the very file that is served, or the installation's bundle. */
async function ask(
  deployed: Deployed,
  bundle: string | undefined,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  const served = url.startsWith('https:') ? await servedBy(deployed) : undefined;
  if (served === undefined) return httpRequest({ url, headers, ...patience });
  const tls = tlsClient({
    ca: `${bundle ?? ''}\n${served.pem}`,
    partialPath: true,
    ...(served.name === undefined ? {} : { serverName: served.name }),
  });
  try {
    return await httpRequest({ url, headers, tls, ...patience });
  } finally {
    tls.close();
  }
}

/**
 * What Prometheus scrapes, and whether it answers; undefined: Prometheus itself does not.
 * @param password of its login, where it asks for one
 */
export async function scrapeTargets(
  deployed: Deployed,
  password?: string,
  bundle?: string,
): Promise<readonly ScrapeTarget[] | undefined> {
  try {
    const url = `${prometheusUrl(deployed)}/api/v1/targets?state=active`;
    const headers = password === undefined ? {} : basic(prometheusUser, password);
    const { status, body } = await ask(deployed, bundle, url, headers);
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

/** Whether Grafana takes this password of its administrator, and nobody without one. */
export async function grafanaLogin(
  deployed: Deployed,
  password: string,
  bundle: string | undefined,
): Promise<GrafanaLogin> {
  try {
    const url = `${grafanaUrl(deployed)}/api/org`;
    const nobody = await ask(deployed, bundle, url, {});
    if (nobody.status === 200) return 'open';
    const { status } = await ask(deployed, bundle, url, basic('admin', password));
    return status === 200 ? 'accepted' : status === 401 || status === 403 ? 'refused' : 'unreachable';
  } catch (error) {
    if (error instanceof ConnectionFailure) return 'unreachable';
    throw error;
  }
}

/** Whether a Prometheus that is to ask for a login lets nobody in without one. One that does not answer lets nobody in. */
export async function prometheusOpen(deployed: Deployed, bundle: string | undefined): Promise<boolean> {
  if (deployed.guarded !== true) return false;
  try {
    const url = `${prometheusUrl(deployed)}/api/v1/status/buildinfo`;
    return (await ask(deployed, bundle, url, {})).status !== 401;
  } catch (error) {
    if (error instanceof ConnectionFailure) return false;
    throw error;
  }
}

/** How the charts of the console get to the Prometheus of this stack. */
export interface PrometheusAccess {
  readonly url: string;
  readonly ca: string | undefined;
  readonly serverName?: string;
  /** The certificate that is served is trusted itself. */
  readonly partialPath?: boolean;
  readonly authorization?: string;
}

/** What a Prometheus at this address needs to be asked, where it is the one of the stack. */
export async function accessTo(
  url: string,
  deployed: Deployed | undefined,
  password: string | undefined,
  bundle: string | undefined,
): Promise<PrometheusAccess> {
  if (deployed?.guarded !== true || password === undefined) return { url, ca: bundle };
  if (url.replace(/\/+$/, '') !== prometheusUrl(deployed)) return { url, ca: bundle };
  const served = await servedBy(deployed).catch(() => undefined);
  return {
    url,
    ca: `${bundle ?? ''}\n${served?.pem ?? ''}`,
    partialPath: true,
    ...(served?.name === undefined ? {} : { serverName: served.name }),
    ...basic(prometheusUser, password),
  };
}
