import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startResolver, type Resolver } from '../../src-main/dns/resolver.ts';
import { readRenewalRecord } from '../../src-main/agent/record.ts';
import { toldError } from '../../src-main/operations/told-error.ts';
import { runAgent, type RunAgentOptions } from '../../src-main/agent/run.ts';
import { startResponder, type Responder } from '../../src-main/responder/responder.ts';
import { servicePolicy, serviceRoleName } from '../../src-main/openbao/policies.ts';
import { toolRole } from '../../src-main/openbao/roles.ts';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { tlsClient } from '../../src-main/tls/client.ts';
import { handshake } from '../../src-main/tls/handshake.ts';
import { postgresHandshake } from '../../src-main/tls/postgres-start.ts';
import { reloadHooks } from '../../src-main/services/reload-hooks.ts';
import type { ServiceReload } from '../../shared/contract/services.ts';
import { httpRequest } from '../../src-main/tls/http-request.ts';
import { binary } from '../support/binaries.ts';
import { startChild, untilReady } from '../support/child.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startNginx, type TestNginx } from '../support/nginx.ts';
import { startPostgres } from '../support/postgres.ts';
import { startOpenBao } from '../support/openbao.ts';
import { testPki } from '../support/pki.ts';
import { startStepCa, type StepCa } from '../support/step-ca.ts';

const secret = 'responder secret of a test';
const hosts = ['001', '002', '003'];
const name = (instance = '001'): string => `${instance}.edge-proxy.edge-node-01.trusted.domain`;

let resolver: Resolver;
let responder: Responder;
let stepCa: StepCa;
let directory: string;
let events: { event: string; level: string; params: Record<string, unknown>; code?: string }[];

beforeAll(async () => {
  resolver = await startResolver({ names: hosts.map((instance) => name(instance)) });
  responder = await startResponder({
    hmac_secret: secret,
    listen_addr: '127.0.0.1:0',
    admin_addr: '127.0.0.1:0',
    admin_rate_limit_requests: 100_000,
  });
  stepCa = await startStepCa({
    binary: await binary('step-ca'),
    httpPort: Number(responder.challengeAddress.split(':')[1]),
    resolver: resolver.address,
    config: { crl: { enabled: true, generateOnRevoke: true } },
  });
});

afterAll(async () => {
  await stepCa?.stop();
  await responder?.stop();
  await resolver?.stop();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agent-'));
  events = [];
  await mkdir(file('certs'));
  await writeFile(file('certs/ca-bundle.pem'), stepCa.pki.bundle);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = (path: string): string => join(directory, path);
const config = (): string => file('agent.toml');

interface Written {
  readonly newer?: boolean;
  readonly instances?: readonly string[];
  readonly hook?: string;
  readonly pins?: readonly string[];
  readonly more?: string;
  readonly hmac?: string;
  /** The responder's admin address, where it is not asked directly. */
  readonly responderUrl?: string;
}

async function write(options: Written = {}): Promise<void> {
  const pins = options.pins ?? [stepCa.pki.root.sha256, stepCa.pki.intermediate.sha256];
  const profiles = (options.instances ?? ['001']).map(
    (instance) => `
[[profiles]]
${options.newer === true ? 'registration_id = "edge-proxy"' : ''}
service_name = "edge-proxy"
instance_id = "${instance}"
hostname = "edge-node-01"
${options.more ?? ''}
[profiles.paths]
cert = "${file(`certs/${instance}.crt`)}"
key = "${file(`certs/${instance}.key`)}"
${options.hook ?? ''}
`,
  );
  await writeFile(
    config(),
    `# kept by Mina
server = "${stepCa.directoryUrl}"
domain = "trusted.domain"
[acme]
http_responder_url = "${options.responderUrl ?? `http://${responder.adminAddress}`}"
http_responder_hmac = "${options.hmac ?? secret}" # rotated in March
[trust]
ca_bundle_path = "${file('certs/ca-bundle.pem')}"
trusted_ca_sha256 = [${pins.map((pin) => `"${pin}"`).join(', ')}]
[retry]
backoff_secs = [0]
${profiles.join('')}`,
    { mode: 0o600 },
  );
}

const hook = (command: string, onFailure = 'continue'): string => `
[[profiles.hooks.post_renew.success]]
command = "sh"
args = ["-c", ${JSON.stringify(command)}]
on_failure = "${onFailure}"
`;

const oneshot = (more: Partial<RunAgentOptions> = {}): Promise<number> =>
  runAgent({
    configPath: config(),
    oneshot: true,
    flags: {},
    environment: { PATH: process.env['PATH'], BOOTROOT_SECRET_OF_OTHERS: 'x' },
    log: ({ key, params }, level, { error } = {}) => {
      const code = error instanceof Error && 'code' in error ? { code: String(error.code) } : {};
      events.push({ event: key, level, params: params ?? {}, ...code });
    },
    ...more,
  });

const leaf = async (instance = '001'): Promise<X509Certificate> =>
  new X509Certificate(await readFile(file(`certs/${instance}.crt`)));
const modeOf = async (path: string): Promise<number> => (await stat(file(path))).mode & 0o777;
const happened = (event: string): boolean => events.some((one) => one.event === event);
const reasons = (): unknown => events.find(({ event }) => event === 'agent.log.renewing')?.params['reasons'];

describe('one shot', () => {
  test('a first run issues the set and hardens the file, a second does nothing', async () => {
    await write({ instances: hosts });
    expect(await oneshot()).toBe(0);
    const first = await leaf();
    expect(first.subjectAltName).toBe(`DNS:${name()}`);
    expect(first.checkPrivateKey(createPrivateKey(await readFile(file('certs/001.key'))))).toBe(true);
    expect([await modeOf('certs/001.key'), await modeOf('certs/001.crt')]).toEqual([0o600, 0o644]);
    // The answer's chain is the intermediate alone; the root stays (C4).
    expect((await readFile(file('certs/ca-bundle.pem'), 'utf8')).match(/BEGIN/g)).toHaveLength(2);
    const text = await readFile(config(), 'utf8');
    expect(text).toContain('verify_certificates = true');
    expect(text).toContain('# kept by Mina');
    expect(text).toContain('# rotated in March');
    expect(await modeOf('agent.toml')).toBe(0o600);

    events = [];
    expect(await oneshot()).toBe(0);
    expect(events.map(({ event }) => event).filter((event) => event === 'agent.log.current')).toHaveLength(3);
    expect(sha256(await leaf())).toBe(sha256(first));
    const record = JSON.parse(await readFile(file('bootroot-agent-state-edge-proxy.json'), 'utf8')) as {
      console_record: { profiles: Record<string, { outcome: string; renewed_at?: string }> };
    };
    expect(record.console_record.profiles[name('003')]).toMatchObject({ outcome: 'current' });
    expect(record.console_record.profiles[name('003')]?.renewed_at).toBeDefined();
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
    await write({ pins: [stepCa.pki.root.sha256] });
    // The intermediate is not in the bundle either, so that the chain no longer leads anywhere.
    await writeFile(file('certs/ca-bundle.pem'), stepCa.pki.root.pem);
    events = [];
    expect(await oneshot()).toBe(1);
    expect(reasons()).toBe('chain');
    expect(events.some(({ code }) => code === 'pin_mismatch')).toBe(true);
    expect(await readFile(file('certs/001.crt'), 'utf8')).toBe(before);
  });

  test('a leaf of another CA with the same names is renewed long before it expires', async () => {
    await write();
    const twin = await testPki('Step');
    const stale = await twin.leaf([name()]);
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
    events = [];
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
      url: new URL('/1.0/revoke', stepCa.directoryUrl).href,
      method: 'POST',
      tls: tlsClient({
        ca: stepCa.pki.bundle,
        cert: `${cert ?? ''}${stepCa.pki.intermediate.pem}`,
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
    events = [];
    expect(await oneshot()).toBe(0);
    expect(reasons()).toBe('revoked');
    expect((await leaf()).serialNumber).not.toBe(revoked.serialNumber);
    events = [];
    expect(await oneshot()).toBe(0);
    expect(happened('agent.log.renewing')).toBe(false);
  });

  test('a file that cannot be hardened ends the run with an error', async () => {
    await write();
    const text = await readFile(config(), 'utf8');
    // The hook runs between the reading and the write: the write must then refuse what it finds.
    await write({ hook: hook(`printf 'not = [toml' > ${config()}`) });
    await expect(oneshot()).rejects.toMatchObject({ code: 'agent_hardening_failed' });
    expect(text).not.toContain('verify_certificates');
  });
});

describe('hooks', () => {
  test('run after the set is in place, with its facts and without the agent’s secrets', async () => {
    await write({
      hook: hook(`env > ${file('env')}; openssl x509 -in "$CERT_PATH" -noout -serial > ${file('serial')}`),
    });
    expect(await oneshot()).toBe(0);
    const env = await readFile(file('env'), 'utf8');
    expect(env).toContain(`CERT_PATH=${file('certs/001.crt')}`);
    expect(env).toContain(`DOMAINS=${name()}\n`);
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
    const stop = `${hook('exit 3', 'stop')}${hook(`touch ${file('never')}`)}
[[profiles.hooks.post_renew.failure]]
command = "sh"
args = ["-c", "echo $RENEW_STATUS $RENEW_ERROR > ${file('failure')}"]
`;
    await write({ hook: stop, more: 'key_type = "ec-p384"' });
    events = [];
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
    const record = await readRenewalRecord(config(), name());
    expect([record?.outcome, record?.error]).toEqual([
      'failed',
      { code: 'agent_hook_failed', params: { name: name(), command: 'sh' } },
    ]);
    expect(toldError(record?.error?.code, record?.error?.params)?.what.key).toBe(
      'error.agent_hook_failed.what',
    );

    await write({ hook: hook('exit 3'), more: 'key_type = "ec-p384"' });
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
      events = [];
      expect(await oneshot()).toBe(1);
      expect(events.some(({ code }) => code === 'agent_not_served')).toBe(true);
      expect(await pair()).toEqual(before);
      await write({ more: served, hook: hook(`touch ${file('reload')}`) });
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

describe('a retry (C27)', () => {
  test('is made with what the command line overruled, whatever the file says', async () => {
    const proxy = await startFaultProxy({ target: `http://${responder.adminAddress}` });
    try {
      let posts = 0;
      proxy.plan(({ method, path }) => {
        if (method !== 'POST' || !path.startsWith('/admin/')) return undefined;
        posts += 1;
        return posts === 1 ? { kind: 'answer', status: 503 } : undefined;
      });
      await write({ hmac: 'not the secret', responderUrl: proxy.url });
      expect(await oneshot({ flags: { httpResponderHmac: secret } })).toBe(0);
      expect([posts > 1, happened('agent.log.retry')]).toEqual([true, true]);
      expect((await leaf()).subjectAltName).toBe(`DNS:${name()}`);
    } finally {
      await proxy.stop();
    }
  });
});

/** What the preset of a service's wizard puts into its profile. */
const preset = (reload: ServiceReload): string =>
  reloadHooks(reload)
    .map(
      ({ command, args, on_failure: onFailure }) => `
[[profiles.hooks.post_renew.success]]
command = ${JSON.stringify(command)}
args = ${JSON.stringify(args)}
on_failure = "${String(onFailure)}"
`,
    )
    .join('');
const pairOnDisk = (): Promise<string[]> =>
  Promise.all(['001.crt', '001.key'].map((path) => readFile(file(`certs/${path}`), 'utf8')));

describe('a real nginx', () => {
  const shown = async (nginx: TestNginx): Promise<string | undefined> =>
    (
      await handshake({
        host: '127.0.0.1',
        port: nginx.port,
        servername: name(),
        ca: stepCa.pki.bundle,
        timeoutMs: 3_000,
      })
    ).served?.sha256;

  test('reads its new leaf by the preset; with a configuration that no longer loads it goes on with the old set', async () => {
    await write();
    await oneshot();
    const nginx = await startNginx({ cert: file('certs/001.crt'), key: file('certs/001.key') });
    try {
      const reload = preset({ style: 'nginx', target: nginx.config });
      const asked = (type: string): string => `served_at = "${nginx.address}"\nkey_type = "${type}"`;
      const first = sha256(await leaf());
      await write({ more: asked('ec-p384'), hook: reload });
      expect(await oneshot()).toBe(0);
      const second = sha256(await leaf());
      expect([await shown(nginx), second === first]).toEqual([second, false]);

      const before = await pairOnDisk();
      const breaks = hook(`echo 'no_such_word;' >> ${nginx.config}`);
      await write({ more: asked('rsa-2048'), hook: breaks + reload });
      events = [];
      expect(await oneshot()).toBe(1);
      expect(events.filter(({ code }) => code !== undefined).at(-1)?.code).toBe('agent_hook_failed');
      expect(await pairOnDisk()).toEqual(before);
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
      const tls = tlsClient({ ca: stepCa.pki.bundle, ...pair });
      const url = `https://${name()}/`;
      const address = { host: '127.0.0.1', port: nginx.port };
      return (await httpRequest({ url, tls, address }).finally(() => tls.close())).status;
    };
    try {
      const reload = preset({ style: 'nginx', target: nginx.config });
      const marked = (allowed: boolean): string =>
        hook(`echo ran >> ${file('ran')}; ${allowed ? 'true' : 'false'}`, 'stop') + reload;
      const old = [stepCa.pki.root.sha256, stepCa.pki.intermediate.sha256];
      const pins = [...old, other.root.sha256];
      await write({ hook: marked(true) });
      expect(await oneshot()).toBe(0);
      expect([await answer(), existsSync(file('ran'))]).toEqual([400, false]);

      const before = await pairOnDisk();
      await writeFile(file('certs/ca-bundle.pem'), stepCa.pki.bundle + other.root.pem);
      await write({ pins, hook: marked(false) });
      events = [];
      expect(await oneshot()).toBe(1);
      expect(events.some(({ code }) => code === 'agent_trust_untold')).toBe(true);
      expect(await answer()).toBe(400);
      await write({ pins, hook: marked(true) });
      expect(await oneshot()).toBe(0);
      await expect.poll(answer, { timeout: 10_000 }).toBe(200);
      // Told once: the next looks leave the service alone, also when only the order of the bundle changed.
      await writeFile(file('certs/ca-bundle.pem'), other.root.pem + stepCa.pki.bundle);
      expect(await oneshot()).toBe(0);
      expect((await readFile(file('ran'), 'utf8')).trim().split('\n')).toHaveLength(2);
      expect(await pairOnDisk()).toEqual(before);
    } finally {
      await nginx.stop();
    }
  });
});

describe('a real PostgreSQL', () => {
  test('reads its new leaf by the preset; when it does not take its configuration, the old set comes back', async () => {
    const mine = await stepCa.pki.leaf([name()]);
    const postgres = await startPostgres({ tls: { cert: mine.cert, key: mine.key } });
    const home = dirname(postgres.data);
    const own = (path: string): Promise<string> => readFile(join(home, path), 'utf8');
    const shown = async (): Promise<string | undefined> =>
      (
        await postgresHandshake({
          host: postgres.host,
          port: postgres.port,
          servername: name(),
          ca: stepCa.pki.bundle,
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
      const reload = preset({ style: 'postgresql', target: postgres.data });
      await place({ more: more('ec-p384'), hook: reload });
      expect(await oneshot()).toBe(0);
      const fresh = new X509Certificate(await own('server.crt'));
      expect([await shown(), fresh.publicKey.asymmetricKeyDetails?.namedCurve]).toEqual([
        sha256(fresh),
        'secp384r1',
      ]);
      expect((await stat(join(home, 'server.key'))).uid).toBe(owner);

      const before = [await own('server.crt'), await own('server.key')];
      const breaks = hook(`echo "ssl_ciphers = 'no such cipher'" >> ${postgres.data}/postgresql.conf`);
      await place({ more: more('rsa-2048'), hook: breaks + reload });
      events = [];
      expect(await oneshot()).toBe(1);
      expect(events.some(({ code }) => code === 'agent_not_served')).toBe(true);
      expect([await own('server.crt'), await own('server.key')]).toEqual(before);
      expect(await shown()).toBe(sha256(fresh));
    } finally {
      await postgres.stop();
    }
  });
});

describe('the program', () => {
  test('SIGHUP with a broken file keeps the old configuration; with a good one the new profile is issued', async () => {
    // What the command line overrules is overruled after a reload too (C27).
    const hmac = 'not the secret';
    await write({ hmac });
    const program = resolve('dist/console.cjs');
    const words = ['agent', '--config', config(), '--http-responder-hmac', secret];
    const child = startChild(process.execPath, [program, ...words], { cwd: directory });
    const says = (text: string) => async (): Promise<boolean> => child.output().includes(text);
    try {
      await untilReady(child, says('agent.log.hardened'));
      const first = sha256(await leaf());
      const good = await readFile(config(), 'utf8');
      await writeFile(config(), good.slice(0, good.length / 2));
      child.process.kill('SIGHUP');
      await untilReady(child, says('agent.log.reload_failed'));
      expect(child.process.exitCode).toBeNull();
      await write({ hmac, instances: ['001', '002'] });
      child.process.kill('SIGHUP');
      await untilReady(child, async () => (await stat(file('certs/002.crt'))).size > 0);
      expect(sha256(await leaf())).toBe(first);
      const lines = child.output().trim().split('\n');
      for (const line of lines)
        expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) as string });
      expect(child.output()).not.toContain(secret);
    } finally {
      await child.stop();
    }
    expect(child.process.exitCode).toBe(0);
  });

  test('with an [openbao] table a request for a new certificate is met and reported done', async () => {
    const server = await startOpenBao();
    try {
      const root = server.openbao.withToken((await server.init()).rootToken);
      await root.mounts.enableKv2('secret');
      await root.auth.enableAppRole();
      const role = serviceRoleName('edge-proxy');
      await root.policies.write(role, servicePolicy('edge-proxy', 'secret'));
      await root.approle.write(role, toolRole(role));
      await writeFile(file('role_id'), await root.approle.roleId(role));
      await writeFile(file('secret_id'), (await root.approle.secretId(role)).secretId);
      await write({ newer: true });
      const table = `
[openbao]
url = "${server.url}"
role_id_path = "${file('role_id')}"
secret_id_path = "${file('secret_id')}"
state_path = "${file('state.json')}"
fast_poll_interval = "1s"
`;
      await writeFile(config(), (await readFile(config(), 'utf8')) + table);
      // With the wrong secret first: the agent is told the right one by OpenBao.
      await writeFile(config(), (await readFile(config(), 'utf8')).replace(secret, 'out of date'));
      await root.kv.write('bootroot/services/edge-proxy/http_responder_hmac', { hmac: secret });
      const args = [resolve('dist/console.cjs'), 'agent', '--config', config()];
      const child = startChild(process.execPath, args, { cwd: directory });
      try {
        await untilReady(child, async () => (await leaf()).subjectAltName !== undefined);
        const before = sha256(await leaf());
        const path = 'bootroot/services/edge-proxy/reissue';
        const asked = { requested_at: '2030-01-01T00:00:00Z', requester: 'mina' };
        const { version } = await root.kv.write(path, asked);
        await untilReady(
          child,
          async () => (await root.kv.read(path))?.data['completed_version'] === version,
        );
        expect(sha256(await leaf())).not.toBe(before);
        expect(child.output()).not.toContain(secret);
      } finally {
        await child.stop();
      }
      expect(child.process.exitCode).toBe(0);
    } finally {
      await server.stop();
    }
  });

  test('--oneshot answers 1 when a certificate could not be renewed, 0 with the right secret as a flag', async () => {
    await write({ hmac: 'not the secret' });
    const program = resolve('dist/console.cjs');
    const run = async (...more: string[]): Promise<number | null> => {
      const args = [program, 'agent', '--config', config(), '--oneshot', ...more];
      const child = startChild(process.execPath, args, { cwd: directory });
      await untilReady(child, async () => child.process.exitCode !== null).catch(() => undefined);
      return child.process.exitCode;
    };
    expect(await run()).toBe(1);
    expect(await run('--http-responder-hmac', secret)).toBe(0);
    expect((await leaf()).subjectAltName).toBe(`DNS:${name()}`);
  });
});
