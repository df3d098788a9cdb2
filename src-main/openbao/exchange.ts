import { Agent, request as plainRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { tlsClient } from '../tls/client.ts';
import { ConnectionFailure, connectionFailure } from '../tls/failure.ts';

/** One request. Times in milliseconds; `connectMs` covers name, TCP and TLS, `totalMs` everything. */
export interface ExchangeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connectMs: number;
  readonly totalMs: number;
  /** A larger answer is an error, and its rest is not read. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Makes HTTP exchanges under one trust: no redirects, no retries, no proxy, nothing from the environment. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeAnswer>;

/** By events: an iterator over the stream costs as much again as the rest of a small exchange. */
function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) incoming.destroy(new ConnectionFailure('too_large', 'ERR_TOO_LARGE'));
      else chunks.push(chunk);
    });
    incoming.on('end', () => {
      if (incoming.complete) resolve(Buffer.concat(chunks));
      else reject(new ConnectionFailure('reset', 'ECONNRESET'));
    });
    incoming.on('error', reject);
    incoming.on('close', () => {
      if (!incoming.complete) reject(new ConnectionFailure('reset', 'ECONNRESET'));
    });
  });
}

/**
 * How long a connection waits for the next request, milliseconds. Long enough for the thousands of calls of one operation, and
 * far below what servers and proxies wait (OpenBao: minutes): a write on a connection that the server closed a moment ago ends
 * in a reset of which nobody can say whether the write took effect.
 */
const idleMs = 500;

/**
 * Agents of one profile.
 * @param ca PEM bundle by which https servers are trusted, and nothing beside it; the system's store without one
 */
export function createExchange(ca?: string): Exchange {
  const plainAgent = new Agent({ keepAlive: true, timeout: idleMs });
  const tlsAgent = tlsClient({ ...(ca === undefined ? {} : { ca }), idleMs }).agent;
  return (request) =>
    new Promise((resolve, reject) => {
      const url = new URL(request.url);
      const secure = url.protocol === 'https:';
      const { body, signal } = request;
      if (signal?.aborted === true) {
        reject(new ConnectionFailure('aborted', 'ABORT_ERR'));
        return;
      }
      const outgoing = (secure ? tlsRequest : plainRequest)(url, {
        method: request.method,
        agent: secure ? tlsAgent : plainAgent,
        headers: {
          ...request.headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
      });
      const settle = (): void => {
        clearTimeout(connecting);
        clearTimeout(deadline);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (failure: unknown): void => {
        settle();
        outgoing.destroy();
        reject(connectionFailure(failure));
      };
      const abort = (): void => fail(new ConnectionFailure('aborted', 'ABORT_ERR'));
      const late = (): void => fail(new ConnectionFailure('timeout', 'ETIMEDOUT'));
      const connecting = setTimeout(
        () => fail(new ConnectionFailure('timeout', 'ERR_CONNECT_TIMEOUT')),
        request.connectMs,
      );
      const deadline = setTimeout(late, request.totalMs);
      signal?.addEventListener('abort', abort, { once: true });
      outgoing.on('socket', (socket) => {
        if (outgoing.reusedSocket) clearTimeout(connecting);
        else socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
      });
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => {
        readBody(incoming, request.maxBytes).then((bytes) => {
          settle();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: bytes });
        }, fail);
      });
      outgoing.end(body);
    });
}
