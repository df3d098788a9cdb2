import {
  createServer as plainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as tlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { ConsoleError } from '../../shared/errors.ts';
import { joinHostPort, splitHostPort } from '../tls/host-port.ts';
import type { AdminRequest, Answer } from './admin-request.ts';

/** PEM texts of the admin listener. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

const challengePrefix = '/.well-known/acme-challenge/';
const adminPath = '/admin/http01';

/** Slow or greedy peers: nobody may hold a connection longer than this, or send more headers. */
const limits = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 2_000 };
const serverOptions = { maxHeaderSize: 8_192, connectionsCheckingInterval: 1_000, ...limits };
const mostConnections = 512;
const drainMs = 500;
const connections = new WeakMap<Server, Set<Socket>>();

function send(
  response: ServerResponse,
  { status, text }: Answer,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

/** The path without its query, or undefined when it is no path at all. */
function pathOf(request: IncomingMessage): string | undefined {
  const path = request.url?.split('?', 1)[0];
  return path?.startsWith('/') === true ? path : undefined;
}

function oneHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The whole body, or undefined as soon as it is larger than `limit`; the rest is then read into nothing, so that the answer arrives. */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = (): void => {
      chunks.length = 0;
      request.resume();
      resolve(undefined);
      setTimeout(() => request.destroy(), drainMs).unref();
    };
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('aborted')));
    request.on('end', () => resolve(Buffer.concat(chunks)));
    if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (size - chunk.length <= limit) tooLarge();
    });
  });
}

function harden(server: Server): Server {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.maxConnections = mostConnections;
  server.maxRequestsPerSocket = 1_000;
  server.setTimeout(limits.requestTimeout);
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

/** `GET /.well-known/acme-challenge/<token>`: the key authorization, or 404. */
export function challengeServer(find: (token: string) => string | undefined): Server {
  return harden(
    plainServer(serverOptions, (request, response) => {
      const path = pathOf(request);
      if (path?.startsWith(challengePrefix) !== true)
        return send(response, { status: 404, text: 'not found' });
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return send(response, { status: 405, text: 'method not allowed' }, { allow: 'GET, HEAD' });
      }
      const answer = find(path.slice(challengePrefix.length));
      return send(
        response,
        answer === undefined ? { status: 404, text: 'not found' } : { status: 200, text: answer },
      );
    }),
  );
}

/** The admin listener. `limit` is asked for each request, so a reload takes effect at once. */
export function adminServer(
  pair: TlsPair | undefined,
  limit: () => number,
  answer: (request: AdminRequest) => Answer,
  refused: (address: string, status: number) => void,
  answered: (status: number) => void,
): Server {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = (result: Answer, headers: Record<string, string> = {}): void => {
      answered(result.status);
      if (result.status !== 200) refused(request.socket.remoteAddress ?? '', result.status);
      send(response, result, headers);
    };
    if (pathOf(request) !== adminPath) return reply({ status: 404, text: 'not found' });
    if (request.method !== 'POST')
      return reply({ status: 405, text: 'method not allowed' }, { allow: 'POST' });
    const body = await readBody(request, limit());
    if (body === undefined) return reply({ status: 413, text: 'body too large' }, { connection: 'close' });
    return reply(
      answer({
        contentType: oneHeader(request, 'content-type'),
        timestamp: oneHeader(request, 'x-bootroot-timestamp'),
        signature: oneHeader(request, 'x-bootroot-signature'),
        body,
      }),
    );
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // A peer that hangs up in the middle of its body ends here; there is nobody left to answer.
    handle(request, response).catch(() => response.destroy());
  };
  return harden(
    pair === undefined
      ? plainServer(serverOptions, listener)
      : tlsServer({ ...serverOptions, ...pair, minVersion: 'TLSv1.2', handshakeTimeout: 5_000 }, listener),
  );
}

/**
 * Starts to listen.
 * @param fd a socket that listens already and is taken over in place of the address
 * @returns the address with the port that was really taken
 * @throws ConsoleError `responder_port_taken`, `responder_port_denied`
 */
export async function listen(server: Server, address: string, fd?: number): Promise<string> {
  const { host, port } = splitHostPort(address);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ConsoleError(
          error.code === 'EACCES' ? 'responder_port_denied' : 'responder_port_taken',
          { address },
          { detail: error.code ?? error.message, cause: error },
        ),
      ),
    );
    if (fd === undefined) server.listen(port, host, resolve);
    else server.listen({ fd }, resolve);
  });
  const taken = server.address() as AddressInfo;
  return joinHostPort({ host: fd === undefined ? host : taken.address, port: taken.port });
}

/** Stops listening; open connections get a moment to end, then they are cut. */
export async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => {
      for (const socket of connections.get(server) ?? []) socket.destroy();
    }, 250);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
