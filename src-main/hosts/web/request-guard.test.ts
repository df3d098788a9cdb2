import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createRequestGuard } from './request-guard.ts';

const guard = createRequestGuard('127.0.0.1', 8123);
const ask = (method: string, headers: Record<string, string>): string =>
  guard({ method, headers: { host: '127.0.0.1:8123', ...headers } } as unknown as IncomingMessage) ??
  'passed';

describe('createRequestGuard', () => {
  it.each([
    ['GET', {}, 'passed'],
    ['GET', { host: 'localhost:8123' }, 'passed'],
    ['GET', { 'sec-fetch-site': 'none' }, 'passed'],
    ['GET', { host: '127.0.0.1' }, 'wrong_host'],
    ['GET', { host: '127.0.0.1:8124' }, 'wrong_host'],
    ['GET', { host: 'evil.example:8123' }, 'wrong_host'],
    ['GET', { host: '127.0.0.1:8123.evil.example' }, 'wrong_host'],
    ['GET', { origin: 'http://evil.example' }, 'foreign_origin'],
    ['GET', { origin: 'null' }, 'foreign_origin'],
    ['GET', { 'sec-fetch-site': 'cross-site' }, 'cross_site'],
    ['GET', { 'sec-fetch-site': 'same-site' }, 'cross_site'],
    [
      'GET',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      'passed',
    ],
    [
      'GET',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      'cross_site',
    ],
    [
      'GET',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
      'cross_site',
    ],
    ['GET', { upgrade: 'websocket' }, 'foreign_origin'],
    ['GET', { upgrade: 'websocket', origin: 'http://localhost:8123' }, 'foreign_origin'],
    ['GET', { upgrade: 'websocket', origin: 'http://127.0.0.1:8123' }, 'passed'],
    ['POST', {}, 'foreign_origin'],
    ['POST', { origin: 'https://127.0.0.1:8123' }, 'foreign_origin'],
    ['POST', { origin: 'http://127.0.0.1:8123', 'sec-fetch-site': 'none' }, 'cross_site'],
    ['POST', { origin: 'http://127.0.0.1:8123', 'sec-fetch-site': 'same-origin' }, 'passed'],
  ])('%s %o: %s', (method, headers, verdict) => {
    expect(ask(method, headers)).toBe(verdict);
  });

  it('knows the names of an address that is not loopback', () => {
    const open = createRequestGuard('192.0.2.7', 80);
    const of = (host: string) => open({ method: 'GET', headers: { host } } as IncomingMessage);
    expect(of('192.0.2.7:80')).toBeUndefined();
    expect(of('localhost:80')).toBe('wrong_host');
  });
});
