import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { testPki, type TestPki } from '../../test/support/pki.ts';
import { tlsClient, type TlsClientOptions } from './client.ts';
import { ConnectionFailure } from './failure.ts';
import { handshake } from './handshake.ts';
import { httpRequest } from './http-request.ts';

const servers: Server[] = [];
const pki = await testPki();
const other = await testPki();
const leaf = await pki.leaf(['localhost']);

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function serve(cert: string, key: string): Promise<number> {
  const server = createServer({ cert, key }, (_request, response) => response.end('hello'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, options: TlsClientOptions): Promise<string> {
  const tls = tlsClient({ serverName: 'localhost', ...options });
  try {
    const { body } = await httpRequest({ url: `https://127.0.0.1:${port}/`, tls, timeoutMs: 5_000 });
    return body.toString();
  } catch (error) {
    return error instanceof ConnectionFailure ? error.kind : String(error);
  } finally {
    tls.close();
  }
}

describe('pins (C28)', () => {
  const shapes: Record<string, (from: TestPki) => string> = {
    'leaf only': () => leaf.cert,
    'leaf and intermediate': (from) => `${leaf.cert}${from.intermediate.pem}`,
    'leaf, intermediate and root': (from) => `${leaf.cert}${from.intermediate.pem}${from.root.pem}`,
  };

  test.each(Object.keys(shapes))(
    'a server that presents %s is accepted for the root and for the intermediate',
    async (shape) => {
      const port = await serve(shapes[shape]?.(pki) ?? '', leaf.key);
      expect(await ask(port, { ca: pki.bundle })).toBe('hello');
      expect(await ask(port, { ca: pki.bundle, pins: [pki.root.sha256] })).toBe('hello');
      expect(await ask(port, { ca: pki.bundle, pins: [pki.intermediate.sha256] })).toBe('hello');
    },
  );

  test('pins are read with colons and in upper case', async () => {
    const port = await serve(leaf.cert, leaf.key);
    const typed = (pki.root.sha256.toUpperCase().match(/../g) ?? []).join(':');
    expect(await ask(port, { ca: pki.bundle, pins: [typed] })).toBe('hello');
  });

  test('a CA in the bundle that is not pinned does not do', async () => {
    const port = await serve(leaf.cert, leaf.key);
    expect(await ask(port, { ca: pki.bundle + other.bundle, pins: [other.root.sha256] })).toBe('unpinned');
  });

  test('a pinned certificate that is merely appended proves nothing, although it has the same name', async () => {
    const stranger = await other.leaf(['localhost']);
    const port = await serve(
      `${stranger.cert}${other.intermediate.pem}${pki.intermediate.pem}${pki.root.pem}`,
      stranger.key,
    );
    expect(
      await ask(port, { ca: pki.bundle + other.bundle, pins: [pki.root.sha256, pki.intermediate.sha256] }),
    ).toBe('unpinned');
  });

  test('the fingerprint of the leaf is no CA pin', async () => {
    const port = await serve(leaf.cert, leaf.key);
    expect(await ask(port, { ca: pki.bundle, pins: [leaf.sha256] })).toBe('unpinned');
  });
});

describe('trust', () => {
  test('another CA of the same name is not trusted', async () => {
    const port = await serve(`${leaf.cert}${pki.intermediate.pem}`, leaf.key);
    expect(await ask(port, { ca: other.bundle })).toBe('untrusted');
  });

  test('the system store alone does not trust a private CA', async () => {
    const port = await serve(`${leaf.cert}${pki.intermediate.pem}`, leaf.key);
    expect(await ask(port, {})).toBe('untrusted');
  });

  test('a wrong name and an expired certificate are told apart', async () => {
    const named = await serve(leaf.cert, leaf.key);
    expect(await ask(named, { ca: pki.bundle, serverName: 'example.org' })).toBe('wrong_name');
    const old = await pki.leaf(['localhost'], { notBefore: Date.now() - 86_400_000, lifetime: 3_600_000 });
    const port = await serve(old.cert, old.key);
    expect(await ask(port, { ca: pki.bundle })).toBe('expired');
  });

  test('a bundle without a certificate is refused before anything is sent', () => {
    expect(() => tlsClient({ ca: 'nothing' })).toThrow('tls_bundle_unreadable');
    expect(() => tlsClient({ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' })).toThrow(
      'tls_bundle_unreadable',
    );
  });

  test('the environment cannot switch verification off', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const port = await serve(leaf.cert, leaf.key);
      expect(await ask(port, { ca: other.bundle })).toBe('untrusted');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

describe('handshake', () => {
  const at = (port: number) => ({ host: '127.0.0.1', port, servername: 'localhost' });

  test('says what is served', async () => {
    const port = await serve(leaf.cert, leaf.key);
    const result = await handshake({ ...at(port), ca: pki.bundle });
    expect(result).toMatchObject({ ok: true, authorized: true, protocol: 'TLSv1.3' });
    expect(result.served).toMatchObject({ sha256: leaf.sha256, names: ['localhost'] });
    expect(result.chain).toHaveLength(3);
    expect(result.cipher).toMatch(/^TLS_/);
  });

  test('shows an untrusted certificate and says that it is not trusted', async () => {
    const port = await serve(leaf.cert, leaf.key);
    const result = await handshake({ ...at(port), ca: other.bundle });
    expect(result).toMatchObject({ ok: false, authorized: false, refusedReason: 'untrusted' });
    expect(result.served?.sha256).toBe(leaf.sha256);
  });

  test('a peer that hangs up a moment after the handshake has refused', async () => {
    const port = await serve(leaf.cert, leaf.key);
    servers.at(-1)?.on('secureConnection', (socket: TLSSocket) => setTimeout(() => socket.destroy(), 80));
    expect(await handshake({ ...at(port), ca: pki.bundle })).toMatchObject({
      ok: false,
      authorized: true,
      refusedReason: 'peer_refused',
    });
  });

  test('a pin that does not match is no success', async () => {
    const port = await serve(leaf.cert, leaf.key);
    const result = await handshake({ ...at(port), ca: pki.bundle, pins: [other.root.sha256] });
    expect(result).toMatchObject({ ok: false, refusedReason: 'unpinned' });
  });

  test('a closed port, a plain listener and a silent one are told apart', async () => {
    const { createServer: plain } = await import('node:net');
    const silent = plain(() => undefined);
    const http = plain((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const portOf = (server: typeof silent): number => (server.address() as AddressInfo).port;
    try {
      expect(await handshake({ ...at(portOf(silent)), ca: pki.bundle, timeoutMs: 200 })).toMatchObject({
        refusedReason: 'timeout',
      });
      expect(await handshake({ ...at(portOf(http)), ca: pki.bundle })).toMatchObject({
        refusedReason: 'not_tls',
      });
    } finally {
      http.close();
      silent.close();
    }
    expect(await handshake({ ...at(closedPort), ca: pki.bundle })).toMatchObject({
      refusedReason: 'refused',
    });
  });
});

/** A port on which nothing listens. */
const closedPort = await (async () => {
  const { createServer: plain } = await import('node:net');
  const server = plain();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
})();
