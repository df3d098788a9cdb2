import type { IncomingMessage } from 'node:http';

const limitBytes = 4096;

/**
 * Reads a small JSON body. Anything but `application/json` is refused first, which keeps forms of other sites out.
 * Answers undefined for a body that is too large or not JSON.
 */
export async function readSmallJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return undefined;
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
