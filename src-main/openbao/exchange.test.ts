import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createExchange, type ExchangeRequest } from './exchange.ts';

let server: Server;
let connections = 0;
let url = '';

beforeEach(async () => {
  connections = 0;
  server = createServer((incoming, answer) => {
    incoming.resume();
    incoming.on('end', () => answer.end('{}'));
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1/sys/health`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const request = (more: Partial<ExchangeRequest> = {}): ExchangeRequest => ({
  url,
  method: 'POST',
  headers: {},
  body: '{}',
  connectMs: 2_000,
  totalMs: 5_000,
  maxBytes: 1_000,
  ...more,
});

test('calls that follow one another share a connection; one that was idle for a while is not used again', async () => {
  const exchange = createExchange();
  for (let call = 0; call < 20; call += 1) await exchange(request());
  // Beside one that ends before the next begins there may be a second.
  expect(connections).toBeLessThanOrEqual(2);
  const before = connections;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await exchange(request());
  expect(connections).toBe(before + 1);
});

test('a slow answer is waited for, longer than a connection may be idle and longer than connecting may take', async () => {
  const exchange = createExchange();
  await exchange(request());
  server.removeAllListeners('request');
  server.on('request', (incoming, answer) => {
    incoming.resume();
    setTimeout(() => answer.end('late'), 1_500);
  });
  const { body } = await exchange(request({ connectMs: 300 }));
  expect(body.toString()).toBe('late');
});

test('a server that closes after each answer is asked on a new connection, and no write is lost', async () => {
  server.removeAllListeners('request');
  server.on('request', (incoming, answer) => {
    incoming.resume();
    incoming.on('end', () => {
      answer.end('{}');
      // Without a word in the headers.
      answer.on('finish', () => incoming.socket.end());
    });
  });
  const exchange = createExchange();
  for (let call = 0; call < 5; call += 1) {
    expect((await exchange(request())).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(connections).toBe(5);
});
