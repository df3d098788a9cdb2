import { createServer, type Server } from 'node:http';
import type { AddressInfo, DropArgument, Socket } from 'node:net';
import { hostname } from 'node:os';
import { ConsoleError } from '../../../shared/errors.ts';
import type { Dispatcher } from '../../console/dispatcher.ts';
import type { HostLog } from '../host-console.ts';
import { loadRendererFiles } from '../renderer-files.ts';
import { cookieName } from './cookie.ts';
import { createRefusals } from './refusals.ts';
import { createRequestListener } from './requests.ts';
import { allowedHosts, createRequestGuard, isWildcard } from './request-guard.ts';
import { createSocketHost } from './socket.ts';
import { createStartTokens } from './start-tokens.ts';
import { createWebSessions } from './sessions.ts';

export interface WebHostOptions {
  readonly dispatcher: Dispatcher;
  /** Without the host: `kim@desk`. */
  readonly actor: string;
  /** Directory of the built renderer. */
  readonly rendererDir: string;
  readonly log: HostLog;
  /** Short line for the operator's terminal. */
  readonly print: (reason: string, count: number) => void;
  /** 0: any free port. */
  readonly port: number;
  /** Loopback unless the operator says otherwise. */
  readonly listen?: string;
  /** Milliseconds without a frame of the client until its session ends; 0 never. Default 30 minutes. */
  readonly idleMs?: number;
  readonly now?: () => number;
}

export interface WebHost {
  readonly port: number;
  /** A fresh one-time address. The token stands in the fragment, which browsers never send; it works once, for 10 minutes. */
  newAddress(): string;
  close(): Promise<void>;
}

const sweepMs = 5000;

/** A wildcard is no address that a browser can open; the machine's name is. */
function hostForPeople(address: string, port: number): string {
  if (isWildcard(address)) return `${hostname()}:${port}`.toLowerCase();
  return [...allowedHosts(address, port)][0] ?? `${address}:${port}`;
}

/** Limits against slow and greedy clients, milliseconds and bytes. */
function createLimitedServer(): Server {
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
  });
  server.maxConnections = 200;
  server.maxHeadersCount = 60;
  return server;
}

function listenOn(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'web_port_taken' : 'web_listen_failed';
      reject(
        new ConsoleError(code, { port, address }, { detail: error.code ?? error.message, cause: error }),
      );
    });
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Serves the console to browsers. Throws `web_port_taken`, `web_listen_failed`. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const now = options.now ?? Date.now;
  const address = options.listen ?? '127.0.0.1';
  const files = await loadRendererFiles(options.rendererDir);
  const tokens = createStartTokens(now);
  const sessions = createWebSessions(options.idleMs ?? 30 * 60_000, now);
  const refusals = createRefusals(options.log, options.print, now);
  const server = createLimitedServer();
  const port = await listenOn(server, options.port, address);
  const guard = createRequestGuard(address, port);
  const shared = { guard: () => guard, sessions, refusals, cookie: () => cookieName(port) };

  const socketHost = createSocketHost({ ...shared, dispatcher: options.dispatcher, actor: options.actor });
  server.on('request', createRequestListener({ ...shared, files, tokens }));
  server.on('upgrade', (request, socket, head) => socketHost.upgrade(request, socket, head));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    refusals.report(slow ? 'slow_request' : 'bad_request', socket.remoteAddress);
    if (!socket.writable) return socket.destroy();
    socket.end(`HTTP/1.1 ${slow ? '408 Request Timeout' : '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
  });
  server.on('drop', (data?: DropArgument) => refusals.report('too_many_connections', data?.remoteAddress));

  const sweep = setInterval(() => {
    sessions.sweep();
    refusals.flush();
  }, sweepMs);
  options.log.info({ address, port }, 'web host listens');

  return {
    port,
    newAddress() {
      return `http://${hostForPeople(address, port)}/#start=${tokens.issue()}`;
    },
    async close() {
      clearInterval(sweep);
      sessions.endAll('shutdown');
      socketHost.close();
      refusals.flush();
      server.closeIdleConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        setTimeout(() => server.closeAllConnections(), 1500).unref();
      });
      options.log.info({ port }, 'web host closed');
    },
  };
}
