import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { testPki } from '../../test/support/pki.ts';
import { handshake } from './handshake.ts';
import { attemptMutualTls, proveMutualTls } from './mtls-proof.ts';
import { startMtlsService } from './mtls-service.ts';

const name = '001.edge-proxy.edge-node-01.trusted.domain';
const pki = await testPki();
const leaf = await pki.leaf([name]);
const identity = { cert: leaf.cert, key: leaf.key, ca: pki.bundle };

describe('mutual TLS', () => {
  test('a service is proved: in with its certificate, out without one, out with a stranger’s', async () => {
    const proof = await proveMutualTls({ service: identity, client: identity, servername: name });
    expect(proof.ok).toBe(true);
    expect(proof.bothDirections).toBe(true);
    expect(proof.withCertificate).toMatchObject({
      accepted: true,
      served: leaf.sha256,
      sawClient: leaf.sha256,
    });
    expect(proof.withoutCertificate.accepted).toBe(false);
    expect(proof.withoutCertificate.refusedReason).toBe('peer_refused');
    expect(proof.stranger).toMatchObject({ accepted: false, refusedReason: 'peer_refused' });
  });

  test('a certificate without the client purpose does not prove', async () => {
    const server = await pki.leaf([name], { purposes: ['server'] });
    const proof = await proveMutualTls({
      service: identity,
      client: { cert: server.cert, key: server.key, ca: pki.bundle },
      servername: name,
    });
    expect(proof).toMatchObject({ ok: false, bothDirections: false, withCertificate: { accepted: false } });
  });

  test('a client that does not trust the service does not prove, and its refusal is not counted as the service’s', async () => {
    const other = await testPki();
    const proof = await proveMutualTls({
      service: identity,
      client: { ...identity, ca: other.bundle },
      servername: name,
    });
    expect(proof.ok).toBe(false);
    expect(proof.withCertificate.refusedReason).toBe('untrusted');
  });

  test('a wrong server name does not prove', async () => {
    const proof = await proveMutualTls({
      service: identity,
      client: identity,
      servername: 'another.trusted.domain',
    });
    expect(proof).toMatchObject({ ok: false, withCertificate: { refusedReason: 'wrong_name' } });
  });

  test('a key of another certificate is refused at the start', async () => {
    const another = await pki.leaf([name]);
    await expect(startMtlsService({ ...identity, key: another.key })).rejects.toThrow('tls_key_mismatch');
  });

  test('a handshake without a certificate sees the TLS 1.3 refusal that comes after it', async () => {
    const service = await startMtlsService(identity);
    try {
      const at = { host: service.host, port: service.port, servername: name, ca: pki.bundle };
      expect(await handshake(at)).toMatchObject({ ok: false, authorized: true, protocol: 'TLSv1.3' });
      expect(await handshake({ ...at, cert: leaf.cert, key: leaf.key })).toMatchObject({ ok: true });
    } finally {
      await service.close();
    }
  });

  test('the service outlives garbage, a torn connection and a nonsense nonce', async () => {
    const service = await startMtlsService(identity);
    try {
      for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff', '']) {
        await new Promise<void>((resolve) => {
          const socket = connect(service.port, service.host, () => socket.end(text));
          socket.resume().on('error', () => undefined);
          socket.on('close', () => resolve());
        });
      }
      const at = { host: service.host, port: service.port, servername: name, ca: pki.bundle };
      expect((await attemptMutualTls({ ...at, cert: leaf.cert, key: leaf.key })).accepted).toBe(true);
    } finally {
      await service.close();
    }
  });
});
