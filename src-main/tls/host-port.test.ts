import { expect, test } from 'vitest';
import { hostPortSchema, joinHostPort, splitHostPort } from './host-port.ts';

test.each([
  ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
  ['[::1]:8443', { host: '::1', port: 8443 }],
  ['ca.example.test:9000', { host: 'ca.example.test', port: 9000 }],
])('%s comes apart and together again', (text, parts) => {
  expect(hostPortSchema.parse(text)).toBe(text);
  expect(splitHostPort(text)).toEqual(parts);
  expect(joinHostPort(parts)).toBe(text);
});

test.each(['::1:80', 'host', 'host:', 'host:port', 'two words:80', '[zz]:80'])('%s is none', (text) => {
  expect(hostPortSchema.safeParse(text).success).toBe(false);
});
