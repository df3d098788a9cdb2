import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { maxFrameBytes } from '../../../shared/frames.ts';
import type { Dispatcher } from '../../console/dispatcher.ts';
import { serveFrames } from '../rpc.ts';
import { readCookie } from './cookie.ts';
import type { Refusals } from './refusals.ts';
import type { RequestGuard } from './request-guard.ts';
import { socketPath } from './socket-path.ts';
import type { WebSession, WebSessions } from './sessions.ts';

/** Close codes that the page understands (RFC 6455 leaves 4000 to 4999 to applications). */
export const closeCodes = { sessionEnded: 4401, badFrame: 4400 } as const;

const mostSockets = 32;
const pingMs = 30_000;

export interface SocketParts {
  readonly dispatcher: Dispatcher;
  readonly actor: string;
  readonly guard: () => RequestGuard;
  readonly sessions: WebSessions;
  readonly refusals: Refusals;
  readonly cookie: () => string;
}

export interface SocketHost {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const textOf = (data: RawData): string =>
  Array.isArray(data)
    ? Buffer.concat(data).toString('utf8')
    : Buffer.from(data as Uint8Array).toString('utf8');

/** Resolves when the frame is handed to the operating system, so a slow reader slows its own streams and nothing else. */
const sendTo = (socket: WebSocket) => (frame: string) =>
  new Promise<void>((resolve, reject) => {
    socket.send(frame, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });

/** The WebSocket of a signed-in page. Upgrades without the right Host, Origin or session never become a socket. */
export function createSocketHost(parts: SocketParts): SocketHost {
  const { refusals, sessions } = parts;
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });

  const serve = (
    socket: WebSocket,
    session: WebSession,
    cookie: string,
    remote: string | undefined,
  ): void => {
    // `session.lock` ends the session itself, which only the host can do; the answer goes out first.
    const dispatcher: Dispatcher = {
      ...parts.dispatcher,
      async call(name, input, call) {
        const output = await parts.dispatcher.call(name, input, call);
        if (name === 'session.lock') setImmediate(() => sessions.end(cookie, 'locked'));
        return output;
      },
    };
    const frames = serveFrames({
      dispatcher,
      call: { actor: `${parts.actor} (web)`, host: 'web' },
      send: sendTo(socket),
      onRefused(reason) {
        refusals.report(reason, remote);
        socket.close(closeCodes.badFrame, reason);
      },
    });
    let alive = true;
    const heartbeat = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
    }, pingMs);
    const forget = session.onEnd((reason) => socket.close(closeCodes.sessionEnded, reason));
    socket.on('pong', () => (alive = true));
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        refusals.report('frame_malformed', remote);
        return socket.close(closeCodes.badFrame, 'frame_malformed');
      }
      if (sessions.find(cookie) === undefined) return socket.close(closeCodes.sessionEnded, 'idle');
      session.touch();
      frames.receive(textOf(data));
    });
    // ws closes with 1009 when a frame is over maxPayload, with 1002 or 1007 for other nonsense.
    socket.on('error', (error: Error & { code?: string }) => {
      refusals.report(
        error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'frame_too_large' : 'socket_broken',
        remote,
      );
    });
    socket.on('close', () => {
      clearInterval(heartbeat);
      forget();
      frames.close();
    });
  };

  const check = (request: IncomingMessage): string | undefined => {
    if (request.url !== socketPath) return 'no_such_socket';
    if (server.clients.size >= mostSockets) return 'too_many_sockets';
    return parts.guard()(request);
  };

  return {
    upgrade(request, socket, head) {
      const remote = request.socket.remoteAddress;
      const cookie = readCookie(request.headers.cookie, parts.cookie());
      const session = sessions.find(cookie);
      const refusal = check(request) ?? (session === undefined ? 'no_session' : undefined);
      if (refusal !== undefined || session === undefined || cookie === undefined) {
        refusals.report(refusal ?? 'no_session', remote);
        return refuseUpgrade(socket, refusal === 'no_session' ? '401 Unauthorized' : '403 Forbidden');
      }
      server.handleUpgrade(request, socket, head, (opened) => serve(opened, session, cookie, remote));
    },
    close() {
      for (const client of server.clients) client.close(1001, 'shutdown');
      server.close();
      // A page that does not answer the close is not waited for.
      setTimeout(() => server.clients.forEach((client) => client.terminate()), 1000).unref();
    },
  };
}
