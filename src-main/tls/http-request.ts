import { request as plainRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { ConnectionFailure, connectionFailure } from './failure.ts';
import type { TlsClient } from './client.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Who is trusted; needed for `https:` unless the system's store is meant. */
  readonly tls?: TlsClient;
  /** Connect here instead of to the URL's host (the URL still says what is asked for and which name is checked). */
  readonly address?: { readonly host: string; readonly port: number };
  /** For the whole exchange, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** A larger answer is an error. Default 1 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One HTTP exchange: no redirects, no retries, no proxy, nothing from the environment.
 * @throws ConnectionFailure when no whole answer came
 */
export async function httpRequest(request: HttpRequest): Promise<HttpAnswer> {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const { timeoutMs = 10_000, maxBytes = 1 << 20, signal } = request;
  if (signal?.aborted === true) throw new ConnectionFailure('aborted', 'ABORT_ERR');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const options: RequestOptions = {
    method: request.method ?? 'GET',
    host: request.address?.host ?? host,
    port: request.address?.port ?? (url.port === '' ? (secure ? 443 : 80) : Number(url.port)),
    path: `${url.pathname}${url.search}`,
    headers: {
      ...(request.address === undefined ? {} : { host: url.host }),
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
    },
    ...(secure && request.tls !== undefined ? { agent: request.tls.agent } : {}),
    ...(secure && request.address !== undefined ? { servername: host } : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? tlsRequest : plainRequest)(options);
    const end = (failure: unknown): void => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      outgoing.destroy();
      reject(connectionFailure(failure));
    };
    const abort = (): void => end(new ConnectionFailure('aborted', 'ABORT_ERR'));
    const deadline = setTimeout(() => end(new ConnectionFailure('timeout', 'ETIMEDOUT')), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    outgoing.on('error', end);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) end(new ConnectionFailure('too_large', 'ERR_TOO_LARGE'));
        else chunks.push(chunk);
      });
      incoming.on('error', end);
      incoming.on('aborted', () => end(new ConnectionFailure('reset', 'ECONNRESET')));
      incoming.on('end', () => {
        clearTimeout(deadline);
        signal?.removeEventListener('abort', abort);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.end(request.body);
  });
}
