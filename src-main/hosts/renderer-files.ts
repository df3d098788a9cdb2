import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface RendererFile {
  readonly body: Buffer;
  readonly type: string;
  readonly cacheControl: string;
}

/** The built renderer by request path. */
export interface RendererFiles {
  /** `pathname` as it stands in the address; `/` is the document. Pages of the router stand in the fragment. */
  find(pathname: string): RendererFile | undefined;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const immutable = 'public, max-age=31536000, immutable';
/** Vite writes the hash of the contents into these names. */
const hashed = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

/**
 * Reads `directory` (about 2 MB) once. Requests then only look into a map, so no request can name a file outside it.
 */
export async function loadRendererFiles(directory: string): Promise<RendererFiles> {
  const files = new Map<string, RendererFile>();
  const walk = async (folder: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) await walk(path.join(folder, entry.name), `${name}/`);
      const type = types[path.extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const cacheControl = hashed.test(name) ? immutable : 'no-store';
      files.set(name, { body: await readFile(path.join(folder, entry.name)), type, cacheControl });
    }
  };
  await walk(directory, '/');
  return { find: (pathname) => files.get(pathname === '/' ? '/index.html' : pathname) };
}
