import {
  createServer as createPlain,
  request as plainRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTls, request as tlsRequest } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What the proxy does to one exchange instead of passing it on. */
export type Fault =
  | { readonly kind: 'pass'; readonly delayMs: number }
  /** Passed on only when the test says so. */
  | { readonly kind: 'hold'; readonly until: Promise<void> }
  /** The server never sees the request; the caller's connection ends. */
  | { readonly kind: 'drop-request' }
  /** The server acts on the request; the caller's connection ends without the answer. */
  | { readonly kind: 'drop-answer' }
  /** The server acts on the request; the caller gets another answer. */
  | { readonly kind: 'replace'; readonly status: number; readonly body?: string; readonly type?: string }
  /** The server acts on the request; its answer comes with this body in place of its own. */
  | { readonly kind: 'rewrite'; readonly body: (answer: string, request: string) => string }
  /** A TCP reset. */
  | { readonly kind: 'reset' }
  /** Nothing, for ever. */
  | { readonly kind: 'hang' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** An endless answer. */
  | { readonly kind: 'huge' };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly fault: Fault['kind'] | 'none';
}

export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  /** Every request that reached the proxy, in order. */
  readonly seen: readonly SeenRequest[];
  /** Asked for each request; undefined passes it on. Replaces the one before. */
  plan(fault: (request: { method: string; path: string; index: number }) => Fault | undefined): void;
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Where requests are passed on to. */
  readonly target: string;
  /** PEM bundle of a TLS target. */
  readonly targetCa?: string;
  /** The target is told the name by which the proxy was asked: a server that answers with addresses of its own answers with the proxy's. */
  readonly keepHost?: boolean;
  /** PEM pair: the proxy itself speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A free one unless said. */
  readonly port?: number;
}

const listen = (server: Server, wanted = 0): Promise<number> =>
  new Promise((resolve) =>
    server.listen(wanted, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

/** Closes a server and every connection it has. */
async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
}

function track(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  return sockets;
}

function endless(answer: ServerResponse): void {
  answer.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  const more = (): void => {
    while (!answer.destroyed && answer.write(chunk));
  };
  answer.on('drain', more);
  more();
}

/** An HTTP proxy in front of one server that breaks exchanges as it is told. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const target = new URL(options.target);
  const seen: SeenRequest[] = [];
  let plan: (request: { method: string; path: string; index: number }) => Fault | undefined = () => undefined;

  const forward = (
    incoming: IncomingMessage,
    body: Buffer,
    done: (answer: IncomingMessage | undefined) => void,
  ): void => {
    const send = target.protocol === 'https:' ? tlsRequest : plainRequest;
    const outgoing = send({
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, ...(options.keepHost === true ? {} : { host: target.host }) },
      ...(options.targetCa === undefined ? {} : { ca: options.targetCa }),
      agent: false,
    });
    outgoing.on('response', done);
    outgoing.on('error', () => done(undefined));
    outgoing.end(body);
  };

  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', index: seen.length };
    const fault = plan(request);
    seen.push({ ...request, headers: incoming.headers, fault: fault?.kind ?? 'none' });
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const pass = (drop: boolean): void =>
      forward(incoming, Buffer.concat(chunks), (got) => {
        if (got === undefined || drop) {
          got?.resume();
          incoming.socket.destroy();
          return;
        }
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
    switch (fault?.kind) {
      case undefined:
        return pass(false);
      case 'pass':
        setTimeout(() => pass(false), fault.delayMs);
        return;
      case 'hold':
        await fault.until;
        return pass(false);
      case 'drop-request':
        incoming.socket.destroy();
        return;
      case 'drop-answer':
        return pass(true);
      case 'replace':
        return forward(incoming, Buffer.concat(chunks), (got) => {
          got?.resume();
          answer.writeHead(fault.status, { 'content-type': fault.type ?? 'application/problem+json' });
          answer.end(fault.body ?? '');
        });
      case 'rewrite':
        return forward(incoming, Buffer.concat(chunks), (got) => {
          if (got === undefined) {
            incoming.socket.destroy();
            return;
          }
          const parts: Buffer[] = [];
          got.on('data', (part: Buffer) => parts.push(part));
          got.on('end', () => {
            const body = fault.body(Buffer.concat(parts).toString(), Buffer.concat(chunks).toString());
            answer.writeHead(got.statusCode ?? 502, {
              ...got.headers,
              'content-length': Buffer.byteLength(body),
            });
            answer.end(body);
          });
        });
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'hang':
        return;
      case 'answer':
        answer.writeHead(fault.status, fault.headers ?? { 'content-type': 'application/json' });
        answer.end(fault.body ?? '');
        return;
      case 'huge':
        endless(answer);
    }
  };
  const listener = (incoming: IncomingMessage, answer: ServerResponse): void => {
    handle(incoming, answer).catch(() => incoming.socket.destroy());
  };
  const server = options.tls === undefined ? createPlain(listener) : createTls(options.tls, listener);
  const sockets = track(server);
  const port = await listen(server, options.port);
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    port,
    seen,
    plan: (next) => (plan = next),
    stop: () => closeAll(server, sockets),
  };
}

export interface TcpFaultProxy {
  readonly port: number;
  /** What becomes of new connections and, except for `pass`, of those that are open. */
  mode(mode: 'pass' | 'reset' | 'hang'): void;
  stop(): Promise<void>;
}

/** The same for servers that do not speak HTTP. */
export async function startTcpFaultProxy(target: { host: string; port: number }): Promise<TcpFaultProxy> {
  let mode: 'pass' | 'reset' | 'hang' = 'pass';
  const server = createServer((socket) => {
    if (mode === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    if (mode === 'hang') return;
    const onward = connect(target.port, target.host);
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  const sockets = track(server);
  const port = await listen(server);
  return {
    port,
    mode(next) {
      mode = next;
      if (next === 'reset') for (const socket of sockets) socket.resetAndDestroy();
      if (next === 'hang') for (const socket of sockets) socket.unpipe().pause();
    },
    stop: () => closeAll(server, sockets),
  };
}
