import { createSocket, type Socket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort, socketInodes, whoHolds } from './ports.ts';

const servers: (ReturnType<typeof createServer> | Socket)[] = [];
const close = (server: (typeof servers)[number] | undefined): Promise<void> =>
  new Promise((resolve) => server?.close(() => resolve()));
afterEach(async () => {
  for (const server of servers.splice(0)) await close(server);
});

async function held(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

async function heldUdp(host = '127.0.0.1'): Promise<number> {
  const socket = createSocket('udp4');
  servers.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return socket.address().port;
}

test('names the process that holds a port, and a free one above it', async () => {
  const port = await held();
  const holder = await whoHolds(port);
  expect(holder).toMatchObject({ transport: 'tcp', pid: process.pid });
  expect(holder?.process).toMatch(/\S/);
  expect(await freePort(port)).toBeGreaterThan(port);
});

test('sees a listener on every address of IPv6, too', async () => {
  expect((await whoHolds(await held('::')))?.pid).toBe(process.pid);
});

test.each(['127.0.0.1', '0.0.0.0'])('names who holds a UDP port of %s, for who needs UDP', async (host) => {
  const port = await heldUdp(host);
  expect(await whoHolds(port, ['tcp', 'udp'])).toMatchObject({ transport: 'udp', pid: process.pid });
  expect(await freePort(port, new Set(), ['tcp', 'udp'])).not.toBe(port);
  expect(await whoHolds(port, ['tcp'])).toBeUndefined();
});

test('a listener on another address of this machine is in nobody’s way', async () => {
  expect(await whoHolds(await held('127.0.0.9'))).toBeUndefined();
});

test('answers nobody for a free port and keeps the preferred one', async () => {
  const port = await held();
  await close(servers.pop());
  expect(await whoHolds(port)).toBeUndefined();
  expect(await freePort(port)).toBe(port);
  expect(await freePort(port, new Set([port]))).not.toBe(port);
});

test('begins anew from below when nothing is free above', async () => {
  expect(await freePort(65_535, new Set([65_535]))).toBeLessThan(65_535);
});

test('two who look at one port at the same time both find it free', async () => {
  const port = await held();
  await close(servers.pop());
  const looks = [whoHolds(port, ['tcp', 'udp']), whoHolds(port, ['tcp', 'udp'])];
  expect(await Promise.all(looks)).toEqual(looks.map(() => undefined));
});

test('reads /proc/net/tcp: sockets of that port only, those that listen first', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0',
    '   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0',
    '   3: 0500A8C0:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1 0',
  ].join('\n');
  expect(socketInodes(table, 8080)).toEqual(['111', '222']);
  expect(socketInodes('', 8080)).toEqual([]);
});
