import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { tlsClient } from '../../src-main/tls/client.ts';
import { handshake } from '../../src-main/tls/handshake.ts';
import { postgresHandshake } from '../../src-main/tls/postgres-start.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { startNginx, type TestNginx } from '../support/nginx.ts';
import { startPostgres } from '../support/postgres.ts';
import { testPki } from '../support/pki.ts';
import { agentWorld, nameOf, presetHooks, shellHook, type Written } from '../support/agent-world.ts';

const world = agentWorld();
const { file, config, write, oneshot, leaf, pair, events } = world;

describe('a real nginx', () => {
  const shown = async (nginx: TestNginx): Promise<string | undefined> =>
    (
      await handshake({
        host: '127.0.0.1',
        port: nginx.port,
        servername: nameOf(),
        ca: world.stepCa.pki.bundle,
        timeoutMs: 3_000,
      })
    ).served?.sha256;

  test('reads its new leaf by the preset; with a configuration that no longer loads it goes on with the old set', async () => {
    await write();
    await oneshot();
    const nginx = await startNginx({ cert: file('certs/001.crt'), key: file('certs/001.key') });
    try {
      const reload = presetHooks({ style: 'nginx', target: nginx.config });
      const asked = (type: string): string => `served_at = "${nginx.address}"\nkey_type = "${type}"`;
      const first = sha256(await leaf());
      await write({ more: asked('ec-p384'), hook: reload });
      expect(await oneshot()).toBe(0);
      const second = sha256(await leaf());
      expect([await shown(nginx), second === first]).toEqual([second, false]);

      const before = await pair();
      const breaks = shellHook(`echo 'no_such_word;' >> ${nginx.config}`);
      await write({ more: asked('rsa-2048'), hook: breaks + reload });
      events.length = 0;
      expect(await oneshot()).toBe(1);
      expect(events.filter(({ code }) => code !== undefined).at(-1)?.code).toBe('agent_hook_failed');
      expect(await pair()).toEqual(before);
      expect(await shown(nginx)).toBe(second);
    } finally {
      await nginx.stop();
    }
  });

  test('whose clients are of a new CA lets them in once the bundle alone has changed, after a failed try too', async () => {
    const other = await testPki('Next');
    const client = await other.leaf(['client.trusted.domain']);
    await write();
    await oneshot();
    const files = { cert: file('certs/001.crt'), key: file('certs/001.key') };
    const nginx = await startNginx({ ...files, clients: file('certs/ca-bundle.pem') });
    const answer = async (): Promise<number> => {
      const pair = { cert: client.cert + other.intermediate.pem, key: client.key };
      const tls = tlsClient({ ca: world.stepCa.pki.bundle, ...pair });
      const url = `https://${nameOf()}/`;
      const address = { host: '127.0.0.1', port: nginx.port };
      return (await httpRequest({ url, tls, address }).finally(() => tls.close())).status;
    };
    try {
      const reload = presetHooks({ style: 'nginx', target: nginx.config });
      const marked = (allowed: boolean): string =>
        shellHook(`echo ran >> ${file('ran')}; ${allowed ? 'true' : 'false'}`, 'stop') + reload;
      const old = [world.stepCa.pki.root.sha256, world.stepCa.pki.intermediate.sha256];
      const pins = [...old, other.root.sha256];
      await write({ hook: marked(true) });
      expect(await oneshot()).toBe(0);
      expect([await answer(), existsSync(file('ran'))]).toEqual([400, false]);

      const before = await pair();
      await writeFile(file('certs/ca-bundle.pem'), world.stepCa.pki.bundle + other.root.pem);
      await write({ pins, hook: marked(false) });
      events.length = 0;
      expect(await oneshot()).toBe(1);
      expect(events.some(({ code }) => code === 'agent_trust_untold')).toBe(true);
      expect(await answer()).toBe(400);
      await write({ pins, hook: marked(true) });
      expect(await oneshot()).toBe(0);
      await expect.poll(answer, { timeout: 10_000 }).toBe(200);
      // Told once: the next looks leave the service alone, also when only the order of the bundle changed.
      await writeFile(file('certs/ca-bundle.pem'), other.root.pem + world.stepCa.pki.bundle);
      expect(await oneshot()).toBe(0);
      expect((await readFile(file('ran'), 'utf8')).trim().split('\n')).toHaveLength(2);
      expect(await pair()).toEqual(before);
    } finally {
      await nginx.stop();
    }
  });
});

describe('a real PostgreSQL', () => {
  test('reads its new leaf by the preset; when it does not take its configuration, the old set comes back', async () => {
    const mine = await world.stepCa.pki.leaf([nameOf()]);
    const postgres = await startPostgres({ tls: { cert: mine.cert, key: mine.key } });
    const home = dirname(postgres.data);
    const own = (path: string): Promise<string> => readFile(join(home, path), 'utf8');
    const shown = async (): Promise<string | undefined> =>
      (
        await postgresHandshake({
          host: postgres.host,
          port: postgres.port,
          servername: nameOf(),
          ca: world.stepCa.pki.bundle,
          timeoutMs: 3_000,
        })
      ).served?.sha256;
    try {
      const more = (type: string): string =>
        `served_at = "postgresql://${postgres.host}:${String(postgres.port)}"\nkey_type = "${type}"`;
      const place = async (options: Written): Promise<void> => {
        await write(options);
        const text = (await readFile(config(), 'utf8'))
          .replace(file('certs/001.crt'), join(home, 'server.crt'))
          .replace(file('certs/001.key'), join(home, 'server.key'));
        await writeFile(config(), text);
      };
      const owner = (await stat(join(home, 'server.key'))).uid;
      const reload = presetHooks({ style: 'postgresql', target: postgres.data });
      await place({ more: more('ec-p384'), hook: reload });
      expect(await oneshot()).toBe(0);
      const fresh = new X509Certificate(await own('server.crt'));
      expect([await shown(), fresh.publicKey.asymmetricKeyDetails?.namedCurve]).toEqual([
        sha256(fresh),
        'secp384r1',
      ]);
      expect((await stat(join(home, 'server.key'))).uid).toBe(owner);

      const before = [await own('server.crt'), await own('server.key')];
      const breaks = shellHook(`echo "ssl_ciphers = 'no such cipher'" >> ${postgres.data}/postgresql.conf`);
      await place({ more: more('rsa-2048'), hook: breaks + reload });
      events.length = 0;
      expect(await oneshot()).toBe(1);
      expect(events.some(({ code }) => code === 'agent_not_served')).toBe(true);
      expect([await own('server.crt'), await own('server.key')]).toEqual(before);
      expect(await shown()).toBe(sha256(fresh));
    } finally {
      await postgres.stop();
    }
  });
});
