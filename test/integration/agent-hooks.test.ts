import { existsSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { readRenewalRecord } from '../../src-main/agent/record.ts';
import { toldError } from '../../src-main/operations/told-error.ts';
import { agentWorld, nameOf, shellHook } from '../support/agent-world.ts';

const world = agentWorld();
const { file, config, write, oneshot, leaf, modeOf, happened, events } = world;

describe('hooks', () => {
  test('run after the set is in place, with its facts and without the agent’s secrets', async () => {
    await write({
      hook: shellHook(
        `env > ${file('env')}; openssl x509 -in "$CERT_PATH" -noout -serial > ${file('serial')}`,
      ),
    });
    expect(await oneshot()).toBe(0);
    const env = await readFile(file('env'), 'utf8');
    expect(env).toContain(`CERT_PATH=${file('certs/001.crt')}`);
    expect(env).toContain(`DOMAINS=${nameOf()}\n`);
    expect(env).toContain('RENEW_STATUS=success');
    expect(env).not.toContain('BOOTROOT_');
    expect(await readFile(file('serial'), 'utf8')).toContain((await leaf()).serialNumber);
  });

  test('a failing hook with stop puts the old set back; with continue the new one stays', async () => {
    await write();
    await oneshot();
    const before = await Promise.all(
      ['001.crt', '001.key'].map((path) => readFile(file(`certs/${path}`), 'utf8')),
    );
    const stop = `${shellHook('exit 3', 'stop')}${shellHook(`touch ${file('never')}`)}
[[profiles.hooks.post_renew.failure]]
command = "sh"
args = ["-c", "echo $RENEW_STATUS $RENEW_ERROR > ${file('failure')}"]
`;
    await write({ hook: stop, more: 'key_type = "ec-p384"' });
    events.length = 0;
    expect(await oneshot()).toBe(1);
    expect(happened('agent.log.restored')).toBe(true);
    const after = await Promise.all(
      ['001.crt', '001.key'].map((path) => readFile(file(`certs/${path}`), 'utf8')),
    );
    expect(after).toEqual(before);
    expect(await modeOf('certs/001.key')).toBe(0o600);
    expect(await readFile(file('failure'), 'utf8')).toBe('failure agent_hook_failed\n');
    await expect(stat(file('never'))).rejects.toThrow();
    // Recorded so that whoever reads it is told in their own language.
    const record = await readRenewalRecord(config(), nameOf());
    expect([record?.outcome, record?.error]).toEqual([
      'failed',
      { code: 'agent_hook_failed', params: { name: nameOf(), command: 'sh' } },
    ]);
    expect(toldError(record?.error?.code, record?.error?.params)?.what.key).toBe(
      'error.agent_hook_failed.what',
    );

    await write({ hook: shellHook('exit 3'), more: 'key_type = "ec-p384"' });
    expect(await oneshot()).toBe(0);
    expect((await leaf()).publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
  });
});

describe('proof', () => {
  test('a service that goes on serving the old leaf gets its old set back; one that reads the new one keeps it', async () => {
    await write();
    await oneshot();
    const pair = async (): Promise<{ cert: string; key: string }> => ({
      cert: await readFile(file('certs/001.crt'), 'utf8'),
      key: await readFile(file('certs/001.key'), 'utf8'),
    });
    const before = await pair();
    let current = before;
    const service = createServer({
      SNICallback: (_name, answer) => answer(null, createSecureContext(current)),
    });
    service.on('tlsClientError', () => undefined);
    await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
    const { port } = service.address() as AddressInfo;
    try {
      const served = `served_at = "127.0.0.1:${String(port)}"\nkey_type = "ec-p384"`;
      await write({ more: served });
      events.length = 0;
      expect(await oneshot()).toBe(1);
      expect(events.some(({ code }) => code === 'agent_not_served')).toBe(true);
      expect(await pair()).toEqual(before);
      await write({ more: served, hook: shellHook(`touch ${file('reload')}`) });
      const watch = setInterval(() => {
        if (existsSync(file('reload')))
          current = {
            cert: readFileSync(file('certs/001.crt'), 'utf8'),
            key: readFileSync(file('certs/001.key'), 'utf8'),
          };
      }, 50);
      expect(await oneshot()).toBe(0);
      clearInterval(watch);
      expect(await pair()).toEqual(current);
      expect(current).not.toEqual(before);
    } finally {
      service.close();
    }
  });
});
