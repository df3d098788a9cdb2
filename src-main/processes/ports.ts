import { createSocket } from 'node:dgram';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { readStat } from './process-identity.ts';

export const transports = ['tcp', 'udp'] as const;
export type Transport = (typeof transports)[number];

/** Who uses a port; the name is missing when the process belongs to somebody this user cannot look at. */
export interface PortHolder {
  readonly transport: Transport;
  readonly process?: string;
  readonly pid?: number;
}

const host = '127.0.0.1';
/** TCP_LISTEN of the kernel's table. */
const listening = '0A';
/** Local addresses of the tables that take 127.0.0.1 from others: itself, every IPv4 address, the same written as IPv6, every IPv6 address. */
const blocking = ['0100007F', '00000000', `${'0'.repeat(16)}FFFF00000100007F`, '0'.repeat(32)];

/**
 * Inodes of the sockets that keep others from this port of 127.0.0.1, from the text of /proc/net/{tcp,tcp6,udp,udp6} (proc(5)).
 * Those that listen come first; an outgoing connection may have been given the port as well.
 */
export function socketInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(suffix) === true && blocking.includes(local.slice(0, -5)));
  const order = (state: string | undefined): number => (state === listening ? 0 : 1);
  return rows
    .sort((one, other) => order(one[3]) - order(other[3]))
    .flatMap((fields) => (fields[9] === undefined || fields[9] === '0' ? [] : [fields[9]]));
}

async function processWith(inode: string): Promise<Omit<PortHolder, 'transport'> | undefined> {
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    for (const fd of await readdir(`/proc/${name}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${name}/fd/${fd}`).catch(() => '');
      if (target !== `socket:[${inode}]`) continue;
      const pid = Number(name);
      return { process: (await readStat(pid))?.name ?? '', pid };
    }
  }
  return undefined;
}

const inodesOf = async (transport: Transport, port: number): Promise<string[]> => {
  const tables = await Promise.all(
    [transport, `${transport}6`].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap((table) => socketInodes(table, port));
};

const binds: Record<Transport, (port: number) => Promise<boolean>> = {
  tcp: (port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
    }),
  udp: (port) =>
    new Promise((resolve) => {
      const socket = createSocket('udp4');
      socket.once('error', () => socket.close(() => resolve(false)));
      socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
    }),
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function holderOf(transport: Transport, port: number): Promise<PortHolder | undefined> {
  for (let looks = 1; ; looks += 1) {
    if (await binds[transport](port)) return undefined;
    const [inode] = process.platform === 'linux' ? await inodesOf(transport, port) : [];
    if (inode !== undefined) return { transport, ...(await processWith(inode)) };
    // Another console that looks at the same port holds it for a moment, too.
    if (looks === 3) return { transport };
    await pause(30);
  }
}

/** Who keeps a server from this port of the loopback address, or undefined when it is free for all of these transports. */
export async function whoHolds(
  port: number,
  wanted: readonly Transport[] = ['tcp'],
): Promise<PortHolder | undefined> {
  for (const transport of wanted) {
    const holder = await holderOf(transport, port);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/**
 * The preferred port if it is free, else the next free one above it.
 * @param taken ports that are promised to somebody else already
 * @param wanted every one of these must be free
 */
export async function freePort(
  preferred: number,
  taken: ReadonlySet<number> = new Set(),
  wanted: readonly Transport[] = ['tcp'],
): Promise<number> {
  for (let port = preferred; port <= 65_535; port += 1)
    if (!taken.has(port) && (await whoHolds(port, wanted)) === undefined) return port;
  // Nothing is free above: begin where the ports that need no privilege begin.
  for (let port = 1_024; port < preferred; port += 1)
    if (!taken.has(port) && (await whoHolds(port, wanted)) === undefined) return port;
  return preferred;
}
