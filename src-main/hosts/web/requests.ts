import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import * as z from 'zod';
import { securityHeaders } from '../page-policy.ts';
import type { RendererFiles } from '../renderer-files.ts';
import { clearCookie, readCookie, setCookie } from './cookie.ts';
import { readSmallJson } from './read-json.ts';
import type { Refusals } from './refusals.ts';
import type { RequestGuard } from './request-guard.ts';
import { socketPath } from './socket-path.ts';
import type { StartTokens } from './start-tokens.ts';
import type { WebSessions } from './sessions.ts';

export interface RequestParts {
  readonly files: RendererFiles;
  readonly guard: () => RequestGuard;
  readonly tokens: StartTokens;
  readonly sessions: WebSessions;
  readonly refusals: Refusals;
  readonly cookie: () => string;
}

const startSchema = z.strictObject({ token: z.string().min(1).max(200) });

const statusOf = { accepted: 204, wrong: 401, expired: 401, locked: 429 } as const;

function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...securityHeaders, 'cache-control': 'no-store', ...headers });
  response.end();
}

/** What the web host answers over HTTP: the renderer's files and the session. Everything else goes over the socket. */
export function createRequestListener(parts: RequestParts): RequestListener {
  const { files, tokens, sessions, refusals } = parts;

  const refuse = (
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    reason: string,
  ): void => {
    refusals.report(reason, request.socket.remoteAddress);
    // The rest of a refused body is not read.
    answer(response, status, { connection: 'close' });
  };

  const startSession = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = startSchema.safeParse(await readSmallJson(request));
    if (!body.success) return refuse(request, response, 400, 'bad_session_request');
    const redeemed = tokens.redeem(body.data.token);
    if (redeemed !== 'accepted')
      return refuse(request, response, statusOf[redeemed], `start_token_${redeemed}`);
    sessions.end(readCookie(request.headers.cookie, parts.cookie()), 'displaced');
    answer(response, 204, { 'set-cookie': setCookie(parts.cookie(), sessions.create()) });
  };

  const session = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const cookie = readCookie(request.headers.cookie, parts.cookie());
    if (request.method === 'POST') return startSession(request, response);
    if (request.method === 'DELETE') {
      sessions.end(cookie, 'locked');
      return answer(response, 204, { 'set-cookie': clearCookie(parts.cookie()) });
    }
    if (request.method !== 'GET') return refuse(request, response, 405, 'bad_method');
    return answer(response, sessions.find(cookie) === undefined ? 401 : 204);
  };

  /** A browser does not say why an upgrade failed, so the page asks again without one. */
  const socketProbe = (request: IncomingMessage, response: ServerResponse): void => {
    const session = sessions.find(readCookie(request.headers.cookie, parts.cookie()));
    if (session === undefined) return refuse(request, response, 401, 'no_session');
    answer(response, 426, { upgrade: 'websocket' });
  };

  const file = (request: IncomingMessage, response: ServerResponse, pathname: string): void => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(request, response, 405, 'bad_method');
    const found = files.find(pathname);
    if (found === undefined) return refuse(request, response, 404, 'no_such_file');
    response.writeHead(200, {
      ...securityHeaders,
      'content-type': found.type,
      'content-length': found.body.length,
      'cache-control': found.cacheControl,
    });
    response.end(request.method === 'HEAD' ? undefined : found.body);
  };

  return (request, response) => {
    const refusal = parts.guard()(request);
    if (refusal !== undefined) return refuse(request, response, 403, refusal);
    // Taken as sent: no URL parser may turn `..` into something that looks harmless.
    const pathname = (request.url ?? '').split('?', 1)[0] ?? '';
    if (pathname === socketPath) return socketProbe(request, response);
    if (pathname !== '/session') return file(request, response, pathname);
    session(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(request, response, 400, 'bad_session_request');
    });
  };
}
