import { request as plain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import { isConsoleError } from '../../shared/errors.ts';
import { nameOf, type DockerEndpoint } from './endpoint.ts';
import { refused, unreachable } from './failures.ts';

export interface DockerRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** With the version in front. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** For what an error says: the container or image that is meant. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Longest wait for the head of the answer, milliseconds. */
  readonly patienceMs?: number;
}

/** For the head of an answer, and for one that is a document, milliseconds: more than the stops that it may wait for. */
const patienceMs = 60_000;
/** A larger document is not read. */
const longest = 32 * 1024 * 1024;

function optionsOf(
  endpoint: DockerEndpoint,
  request: DockerRequest,
  body: string | undefined,
): RequestOptions {
  const query = new URLSearchParams(request.query).toString();
  return {
    method: request.method ?? 'GET',
    path: `${request.path}${query === '' ? '' : `?${query}`}`,
    headers: {
      host: 'docker',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    },
    ...(endpoint.kind === 'socket'
      ? { socketPath: endpoint.path }
      : { host: endpoint.host, port: endpoint.port, agent: endpoint.tls.agent }),
  };
}

/** Opens an exchange and answers when its head is there. Throws `docker_*`. */
export async function open(
  endpoint: DockerEndpoint,
  request: DockerRequest,
  send?: (outgoing: NodeJS.WritableStream) => void,
): Promise<IncomingMessage> {
  const body = request.json === undefined ? undefined : JSON.stringify(request.json);
  const begin = endpoint.kind === 'socket' ? plain : secure;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = begin(optionsOf(endpoint, request, body));
    const abort = (): void => void outgoing.destroy(new Error('aborted'));
    const late = setTimeout(
      () => outgoing.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
      request.patienceMs ?? patienceMs,
    );
    request.signal?.addEventListener('abort', abort, { once: true });
    outgoing.on('error', (error) => {
      clearTimeout(late);
      reject(unreachable(endpoint, error));
    });
    outgoing.on('response', (incoming) => {
      clearTimeout(late);
      incoming.on('close', () => request.signal?.removeEventListener('abort', abort));
      resolve(incoming);
    });
    if (request.signal?.aborted === true) abort();
    else if (send === undefined) outgoing.end(body);
    else send(outgoing);
  });
  const status = answer.statusCode ?? 0;
  if (status >= 400) throw refused(status, request.what, messageOf(await whole(endpoint, answer)));
  return answer;
}

/** The sentence of the engine's `{"message": …}`. */
function messageOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Then what it said as it stands.
  }
  return text.slice(0, 500);
}

async function whole(endpoint: DockerEndpoint, answer: IncomingMessage): Promise<string> {
  const late = setTimeout(() => answer.destroy(new Error('timeout')), patienceMs);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > longest) throw new Error('too large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw isConsoleError(error) ? error : unreachable(endpoint, error);
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The document of an answer; undefined when it has none. Throws `docker_*`. */
export async function ask(endpoint: DockerEndpoint, request: DockerRequest): Promise<unknown> {
  const text = await whole(endpoint, await open(endpoint, request));
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw refused(0, `${nameOf(endpoint)}${request.path}`, error instanceof Error ? error.message : '');
  }
}
