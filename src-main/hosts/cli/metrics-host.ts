import { readFile } from 'node:fs/promises';
import { ConsoleError } from '../../../shared/errors.ts';
import { startMetrics, type MetricsEndpoint } from '../../metrics/endpoint.ts';
import { isLoopback } from '../web/request-guard.ts';
import type { Client } from './client.ts';

const leastToken = 20;

/** The token in a file; other hosts are let in by one only. Throws `metrics_token`. */
async function tokenFor(address: string, file: string | undefined): Promise<string | undefined> {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  if (file === undefined) {
    if (isLoopback(host)) return undefined;
    throw new ConsoleError('metrics_token');
  }
  const token = (await readFile(file, 'utf8')).trim();
  if (token.length < leastToken) throw new ConsoleError('metrics_token');
  return token;
}

/** Serves `/metrics` of the console: each scrape looks anew. Throws `metrics_token`, `metrics_address`. */
export async function startConsoleMetrics(
  client: Client,
  address: string,
  tokenFile: string | undefined,
): Promise<MetricsEndpoint> {
  const token = await tokenFor(address, tokenFile);
  let problem: string | undefined;
  return startMetrics({
    address,
    registry: {
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      async metrics() {
        try {
          const { text } = await client.call('monitoring.metrics', {});
          problem = undefined;
          return text;
        } catch (error) {
          problem = error instanceof ConsoleError ? error.code : 'failed';
          throw error;
        }
      },
    },
    health: () => ({ ok: problem === undefined, problems: problem === undefined ? [] : [problem] }),
    ...(token === undefined ? {} : { token }),
  });
}
