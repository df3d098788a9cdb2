import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort, listeningInodes, whoHolds } from './ports.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function held(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

test('names the process that holds a port, and a free one above it', async () => {
  const port = await held();
  const holder = await whoHolds(port);
  expect(holder?.pid).toBe(process.pid);
  expect(holder?.process).toMatch(/\S/);
  expect(await freePort(port)).toBeGreaterThan(port);
});

test('sees a listener on every address of IPv6, too', async () => {
  expect((await whoHolds(await held('::')))?.pid).toBe(process.pid);
});

test('answers nobody for a free port and keeps the preferred one', async () => {
  const port = await held();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await whoHolds(port)).toBeUndefined();
  expect(await freePort(port)).toBe(port);
  expect(await freePort(port, new Set([port]))).not.toBe(port);
});

test('reads /proc/net/tcp: listening sockets of that port only', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0',
    '   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0',
    '   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0',
  ].join('\n');
  expect(listeningInodes(table, 8080)).toEqual(['111']);
  expect(listeningInodes('', 8080)).toEqual([]);
});
