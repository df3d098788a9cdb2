import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { readStat } from './process-identity.ts';

/** Who listens on a TCP port; the name is missing when the process belongs to somebody this user cannot look at. */
export interface PortHolder {
  readonly process?: string;
  readonly pid?: number;
}

const listening = '0A';

/** Inodes of the sockets that listen on this port, from the text of /proc/net/tcp or tcp6 (proc(5)). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listening && fields[1]?.endsWith(suffix) === true)
    .flatMap((fields) => (fields[9] === undefined ? [] : [fields[9]]));
}

async function holderOf(inodes: ReadonlySet<string>): Promise<PortHolder> {
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    for (const fd of await readdir(`/proc/${name}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${name}/fd/${fd}`).catch(() => '');
      if (!inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')) continue;
      const pid = Number(name);
      return { process: (await readStat(pid))?.name ?? '', pid };
    }
  }
  return {};
}

async function binds(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Who holds a TCP port on this machine's loopback, or undefined when it is free. */
export async function whoHolds(port: number): Promise<PortHolder | undefined> {
  if (process.platform === 'linux') {
    const tables = await Promise.all(
      ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
    );
    const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
    if (inodes.size > 0) return holderOf(inodes);
  }
  return (await binds(port, '127.0.0.1')) ? undefined : {};
}

/**
 * The preferred port if it is free, else the next free one above it.
 * @param taken ports that are promised to somebody else already
 */
export async function freePort(preferred: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = preferred; port <= 65_535; port += 1) {
    if (!taken.has(port) && (await whoHolds(port)) === undefined) return port;
  }
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
