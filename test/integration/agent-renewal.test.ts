import { createPrivateKey } from 'node:crypto';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { tlsClient } from '../../src-main/tls/client.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { testPki } from '../support/pki.ts';
import { agentWorld, nameOf, responderSecret, shellHook } from '../support/agent-world.ts';

const hosts = ['001', '002', '003'];
const world = agentWorld(hosts);
const { file, config, write, oneshot, leaf, modeOf, happened, reasons, events } = world;

describe('one shot', () => {
  test('a first run issues the set and hardens the file, a second does nothing', async () => {
    await write({ instances: hosts });
    expect(await oneshot()).toBe(0);
    const first = await leaf();
    expect(first.subjectAltName).toBe(`DNS:${nameOf()}`);
    expect(first.checkPrivateKey(createPrivateKey(await readFile(file('certs/001.key'))))).toBe(true);
    expect([await modeOf('certs/001.key'), await modeOf('certs/001.crt')]).toEqual([0o600, 0o644]);
    // The answer's chain is the intermediate alone; the root stays (C4).
    expect((await readFile(file('certs/ca-bundle.pem'), 'utf8')).match(/BEGIN/g)).toHaveLength(2);
    const text = await readFile(config(), 'utf8');
    expect(text).toContain('verify_certificates = true');
    expect(text).toContain('# kept by Mina');
    expect(text).toContain('# rotated in March');
    expect(await modeOf('agent.toml')).toBe(0o600);

    events.length = 0;
    expect(await oneshot()).toBe(0);
    expect(events.map(({ event }) => event).filter((event) => event === 'agent.log.current')).toHaveLength(3);
    expect(sha256(await leaf())).toBe(sha256(first));
    const record = JSON.parse(await readFile(file('bootroot-agent-state-edge-proxy.json'), 'utf8')) as {
      console_record: { profiles: Record<string, { outcome: string; renewed_at?: string }> };
    };
    expect(record.console_record.profiles[nameOf('003')]).toMatchObject({ outcome: 'current' });
    expect(record.console_record.profiles[nameOf('003')]?.renewed_at).toBeDefined();
  });

  test('a file of the newer generation is never given the key that its agent refuses', async () => {
    await write({ newer: true });
    expect(await oneshot()).toBe(0);
    expect(await readFile(config(), 'utf8')).not.toContain('verify_certificates');
  });

  test('no bundle yet: the CA is trusted by its pinned root, and a stranger is not', async () => {
    await rm(file('certs/ca-bundle.pem'));
    await write();
    expect(await oneshot()).toBe(0);
    expect((await readFile(file('certs/ca-bundle.pem'), 'utf8')).match(/BEGIN/g)).toHaveLength(2);
    await rm(file('certs'), { recursive: true });
    await write({ pins: [(await testPki('Step')).root.sha256] });
    expect(await oneshot()).toBe(1);
    expect(events.some(({ code }) => code === 'agent_trust_missing')).toBe(true);
    await expect(stat(file('certs/001.crt'))).rejects.toThrow();
  });

  test('a chain that is not pinned installs nothing, and the old set stays', async () => {
    await write();
    await oneshot();
    const before = await readFile(file('certs/001.crt'), 'utf8');
    await write({ pins: [world.stepCa.pki.root.sha256] });
    // The intermediate is not in the bundle either, so that the chain no longer leads anywhere.
    await writeFile(file('certs/ca-bundle.pem'), world.stepCa.pki.root.pem);
    events.length = 0;
    expect(await oneshot()).toBe(1);
    expect(reasons()).toBe('chain');
    expect(events.some(({ code }) => code === 'pin_mismatch')).toBe(true);
    expect(await readFile(file('certs/001.crt'), 'utf8')).toBe(before);
  });

  test('a leaf of another CA with the same names is renewed long before it expires', async () => {
    await write();
    const twin = await testPki('Step');
    const stale = await twin.leaf([nameOf()]);
    await writeFile(file('certs/001.crt'), stale.cert);
    await writeFile(file('certs/001.key'), stale.key, { mode: 0o600 });
    await chmod(file('certs/001.key'), 0o640);
    expect(await oneshot()).toBe(0);
    expect(reasons()).toBe('chain');
    expect(sha256(await leaf())).not.toBe(stale.sha256);
    expect(await modeOf('certs/001.key')).toBe(0o640);
  });

  test('--insecure is for the run alone: it issues and does not harden', async () => {
    await write();
    await writeFile(file('certs/ca-bundle.pem'), (await testPki('Step')).bundle);
    expect(await oneshot({ flags: { insecure: true } })).toBe(0);
    expect(await readFile(config(), 'utf8')).not.toContain('verify_certificates');
    expect(happened('agent.log.insecure')).toBe(true);
  });

  test('a key of the type that the profile asks for', async () => {
    await write({ more: 'key_type = "rsa-2048"' });
    expect(await oneshot()).toBe(0);
    expect((await leaf()).publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    await write({ more: 'key_type = "ec-p384"' });
    events.length = 0;
    expect(await oneshot()).toBe(0);
    expect(reasons()).toBe('key_policy');
  });

  test.each(['ed25519', 'rsa-3072'])('a key of type %s goes where the CA takes it', async (type) => {
    await write({ more: `key_type = "${type}"` });
    expect(await oneshot()).toBe(0);
    expect((await leaf()).publicKey.asymmetricKeyType).toBe(type.split('-')[0]);
    expect((await leaf()).checkPrivateKey(createPrivateKey(await readFile(file('certs/001.key'))))).toBe(
      true,
    );
  });

  test('a certificate that the CA has revoked is replaced', async () => {
    await write();
    await oneshot();
    const revoked = await leaf();
    const [cert, key] = await Promise.all(
      ['001.crt', '001.key'].map((path) => readFile(file(`certs/${path}`), 'utf8')),
    );
    const answer = await httpRequest({
      url: new URL('/1.0/revoke', world.stepCa.directoryUrl).href,
      method: 'POST',
      tls: tlsClient({
        ca: world.stepCa.pki.bundle,
        cert: `${cert ?? ''}${world.stepCa.pki.intermediate.pem}`,
        key: key ?? '',
      }),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        serial: BigInt(`0x${revoked.serialNumber}`).toString(),
        reasonCode: 1,
        passive: true,
      }),
    });
    expect(answer.status).toBe(200);
    events.length = 0;
    expect(await oneshot()).toBe(0);
    expect(reasons()).toBe('revoked');
    expect((await leaf()).serialNumber).not.toBe(revoked.serialNumber);
    events.length = 0;
    expect(await oneshot()).toBe(0);
    expect(happened('agent.log.renewing')).toBe(false);
  });

  test('a file that cannot be hardened ends the run with an error', async () => {
    await write();
    const text = await readFile(config(), 'utf8');
    // The hook runs between the reading and the write: the write must then refuse what it finds.
    await write({ hook: shellHook(`printf 'not = [toml' > ${config()}`) });
    await expect(oneshot()).rejects.toMatchObject({ code: 'agent_hardening_failed' });
    expect(text).not.toContain('verify_certificates');
  });
});

describe('a retry (C27)', () => {
  test('is made with what the command line overruled, whatever the file says', async () => {
    const proxy = await startFaultProxy({ target: `http://${world.responder.adminAddress}` });
    try {
      let posts = 0;
      proxy.plan(({ method, path }) => {
        if (method !== 'POST' || !path.startsWith('/admin/')) return undefined;
        posts += 1;
        return posts === 1 ? { kind: 'answer', status: 503 } : undefined;
      });
      await write({ hmac: 'not the secret', responderUrl: proxy.url });
      expect(await oneshot({ flags: { httpResponderHmac: responderSecret } })).toBe(0);
      expect([posts > 1, happened('agent.log.retry')]).toEqual([true, true]);
      expect((await leaf()).subjectAltName).toBe(`DNS:${nameOf()}`);
    } finally {
      await proxy.stop();
    }
  });
});
