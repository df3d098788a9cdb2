import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { ConsoleError } from '../../shared/errors.ts';
import { joinHostPort, splitHostPort } from '../tls/host-port.ts';

/** Whether a program does its work, with the reasons when it does not: names of things, never values. */
export interface Health {
  readonly ok: boolean;
  readonly problems: readonly string[];
}

export interface MetricsOptions {
  /** `host:port`, IPv6 in brackets; port 0 takes a free one. */
  readonly address: string;
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>;
  /** What `Authorization: Bearer` must carry to see the metrics; `/healthz` is open to all. Anybody may without. */
  readonly token?: string;
  readonly health: () => Health;
}

export interface MetricsEndpoint {
  /** As really taken. */
  readonly address: string;
  close(): Promise<void>;
}

const limits = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 2_000 };

/** Compares without telling by its time how much was right. */
function shows(header: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

function serve({ registry, health, token }: MetricsOptions): Server {
  const server = createServer({ maxHeaderSize: 8_192, ...limits }, (request, response) => {
    const reply = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') reply(405, 'text/plain', 'method not allowed');
    else if (path === '/healthz') {
      const state = health();
      reply(state.ok ? 200 : 503, 'application/json', JSON.stringify(state));
    } else if (path === '/metrics' && token !== undefined && !shows(request.headers.authorization, token))
      reply(401, 'text/plain', 'a bearer token is needed');
    else if (path === '/metrics')
      registry.metrics().then(
        (text) => reply(200, registry.contentType, text),
        () => reply(500, 'text/plain', 'metrics are not available'),
      );
    else reply(404, 'text/plain', 'not found');
  });
  server.maxConnections = 32;
  return server;
}

/**
 * Serves `/metrics` (Prometheus text format 0.0.4) and `/healthz` (200 or 503 with the reasons).
 * @throws ConsoleError `metrics_address`
 */
export async function startMetrics(options: MetricsOptions): Promise<MetricsEndpoint> {
  const server = serve(options);
  const { host, port: wanted } = splitHostPort(options.address);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new ConsoleError(
          'metrics_address',
          { address: options.address },
          { detail: cause.code ?? '', cause },
        ),
      ),
    );
    server.listen(wanted, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: joinHostPort({ host, port }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
