import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isConsoleError } from '../../shared/errors.ts';
import { parseAgentConfig, readAgentConfig, type AgentConfig, type AgentFlags } from './config.ts';
import { durationMs } from './durations.ts';

const pin = 'ab'.repeat(32);
const older = `
email = "file@trusted.domain"
server = "https://ca.trusted.domain:9000/acme/acme/directory"
[acme]
http_responder_hmac = "from the file"
[trust]
ca_bundle_path = "/srv/ca-bundle.pem"
trusted_ca_sha256 = ["${pin.toUpperCase()}"]
[[profiles]]
service_name = "edge-proxy"
instance_id = "001"
hostname = "edge-node-01"
x_unknown = 1
[profiles.paths]
cert = "/srv/edge-proxy.crt"
key = "/srv/edge-proxy.key"
`;
const newer = older.replace('service_name', 'registration_id = "edge-proxy"\nservice_name');
const openbao = (more = ''): string => `
[openbao]
url = "http://127.0.0.1:8200"
role_id_path = "/srv/role_id"
secret_id_path = "/srv/secret_id"
${more}`;

const parse = (
  text: string,
  environment: Record<string, string> = {},
  flags: AgentFlags = {},
): Promise<AgentConfig> => parseAgentConfig(text, { path: '/srv/agent.toml', environment, flags });

async function field(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!isConsoleError(error, 'agent_config')) throw new Error('not refused');
  expect(JSON.stringify(error.data)).not.toContain('from the');
  return error.data.params['field'];
}

describe('durationMs', () => {
  it('reads what agents write, and nothing else', () => {
    expect(['1h', '720h', '0s', '500ms', '1h 30m', '2d'].map(durationMs)).toEqual([
      3_600_000, 2_592_000_000, 0, 500, 5_400_000, 172_800_000,
    ]);
    expect(['', '1', 'h', '1 week', '-1h', '1h!'].map(durationMs)).toEqual(Array(6).fill(undefined));
  });
});

describe('agent.toml', () => {
  it('has the defaults of its generation', async () => {
    const old = await parse(older);
    expect(old.generation).toBe('older');
    expect(old.trust).toEqual({ bundlePath: '/srv/ca-bundle.pem', pins: [pin], verify: false });
    expect(old.profiles[0]).toMatchObject({
      id: 'edge-proxy',
      identity: '001.edge-proxy.edge-node-01.trusted.domain',
      checkIntervalMs: 3_600_000,
      renewBeforeMs: 720 * 3_600_000,
      backoffSecs: [5, 10, 30],
      statePath: '/srv/bootroot-agent-state-edge-proxy.json',
    });
    expect(old.hardens).toBe(true);
    const young = await parse(newer);
    expect(young.generation).toBe('newer');
    expect(young.trust.verify).toBe(true);
    expect(young.hardens).toBe(false);
    expect(young.profiles[0]).toMatchObject({ renewBeforeMs: 16 * 3_600_000, backoffSecs: [5, 10, 30, 60] });
  });

  it('is overruled by the environment, and both by the command line', async () => {
    const environment = {
      BOOTROOT_EMAIL: 'env@trusted.domain',
      BOOTROOT__DOMAIN: 'env.domain',
      BOOTROOT_ACME__HTTP_RESPONDER_HMAC: 'from the environment',
      BOOTROOT_ACME__POLL_ATTEMPTS: '7',
      BOOTROOT_SCHEDULER__MAX_CONCURRENT_ISSUANCES: '9',
      BOOTROOT_RETRY__BACKOFF_SECS: '1, 2',
      // Other programs' variables with the same prefix.
      BOOTROOT_LANG: 'ko',
      BOOTROOT_RESPONDER__HMAC_SECRET: 'x',
      BOOTROOT_ACME: 'x',
    };
    const config = await parse(older, environment);
    expect(config).toMatchObject({ email: 'env@trusted.domain', maxConcurrent: 9 });
    expect(config.acme).toMatchObject({ http_responder_hmac: 'from the environment', poll_attempts: 7 });
    expect(config.profiles[0]).toMatchObject({
      identity: '001.edge-proxy.edge-node-01.env.domain',
      backoffSecs: [1, 2],
    });
    const flags = {
      email: 'flag@trusted.domain',
      httpResponderHmac: 'from the flag',
      caUrl: 'https://flag/directory',
    };
    const flagged = await parse(older, environment, flags);
    expect(flagged).toMatchObject({ email: 'flag@trusted.domain', server: 'https://flag/directory' });
    expect(flagged.acme.http_responder_hmac).toBe('from the flag');
    const named = await parse(older, { ...environment, BOOTROOT_HTTP_RESPONDER_HMAC: 'named' });
    expect(named.acme.http_responder_hmac).toBe('named');
  });

  it('has a hash that tells configurations apart by anything in force', async () => {
    const { hash } = await parse(older);
    expect((await parse(`# a comment\n${older}`)).hash).toBe(hash);
    expect((await parse(older, { BOOTROOT_ACME__HTTP_RESPONDER_HMAC: 'other' })).hash).not.toBe(hash);
    expect((await parse(older, {}, { insecure: true })).hash).not.toBe(hash);
  });

  it('hardens only an older file that does not verify yet, and never in an insecure run', async () => {
    const written = older.replace('[trust]', '[trust]\nverify_certificates = true');
    expect(await parse(written)).toMatchObject({ hardens: false, trust: { verify: true } });
    expect(await parse(older, {}, { verifyCertificates: true })).toMatchObject({
      hardens: true,
      trust: { verify: true },
    });
    expect(await parse(older, {}, { insecure: true })).toMatchObject({ hardens: false, insecure: true });
    // Left behind by an older agent: the newer one refuses it, this one verifies anyway.
    expect(await parse(newer.replace('[trust]', '[trust]\nverify_certificates = false'))).toMatchObject({
      hardens: false,
      trust: { verify: true },
    });
  });

  it('names the field that is wrong and never its value', async () => {
    expect(await field(parse(older.replace('http_responder_hmac', 'other')))).toBe(
      'acme.http_responder_hmac',
    );
    expect(await field(parse(older.replace(pin.toUpperCase(), 'from the')))).toContain('trusted_ca_sha256');
    expect(await field(parse(older.replace(/trusted_ca_sha256.*/, '')))).toBe('trust');
    expect(await field(parse(older.replace('"edge-node-01"', '"a.b"')))).toBe('profiles.0.hostname');
    expect(await field(parse(older, {}, { caUrl: 'ftp://x' }))).toBe('server');
    expect(await field(parse(older.replace('.key"', '.crt"')))).toBe('profiles.paths');
  });

  it('keeps one service to one [openbao] table (C14), and plain http to the loopback', async () => {
    const second = newer.slice(newer.indexOf('[[profiles]]')).replace(/\/srv\/edge-proxy/g, '/srv/b');
    expect((await parse(newer + openbao())).openbao).toMatchObject({ id: 'edge-proxy', intervalMs: 30_000 });
    expect((await parse(newer + second + openbao())).profiles).toHaveLength(2);
    expect(await field(parse(newer + second.replace('"edge-proxy"', '"other"') + openbao()))).toBe(
      'profiles.registration_id',
    );
    const elsewhere = openbao().replace('127.0.0.1', 'bao.trusted.domain');
    expect(await field(parse(newer + elsewhere))).toBe('openbao.url');
    expect((await parse(`${newer}${elsewhere}allow_plaintext_http = true\n`)).openbao?.url).toContain('bao.');
    expect(await field(parse(newer + openbao().replace('http:', 'https:')))).toBe('openbao.ca_bundle_path');
  });
});

describe('EAB', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-eab-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('comes from the command line, the file, the profile, the table, in this order; empty means none', async () => {
    const eabFile = join(directory, 'eab.json');
    const text = `${older}\n[eab]\nkid = "table"\nhmac = "AAAAAAAAAAAAAAAA"\n`;
    const kid = async (flags: AgentFlags): Promise<unknown> =>
      (await parse(text, {}, flags)).profiles[0]?.eab?.kid;
    expect(await kid({})).toBe('table');
    // The file is the truth once it is named, also while it is not there.
    expect(await kid({ eabFile })).toBeUndefined();
    await writeFile(eabFile, '{"kid": "file", "key": "BBBBBBBBBBBBBBBB"}');
    expect(await kid({ eabFile })).toBe('file');
    await writeFile(eabFile, '{"kid": "", "hmac": ""}');
    expect(await kid({ eabFile })).toBeUndefined();
    expect(await kid({ eabFile, eabKid: 'flag', eabHmac: 'CCCCCCCCCCCCCCCC' })).toBe('flag');
    expect(await field(parse(text, {}, { eabKid: 'half' }))).toBe('--eab-kid');
    expect(await field(parse(text, {}, { eabKid: 'y', eabHmac: 'y' }))).toBe('--eab-kid.hmac');
  });

  it('reads the golden file of an operator', async () => {
    const golden = await readFile('src-main/workspace/golden/operator-agent.toml', 'utf8');
    const path = join(directory, 'agent.toml');
    await writeFile(path, golden.replace('["aa", "bb"]', `["${pin}"]`));
    const config = await readAgentConfig({ path, environment: {}, flags: {} });
    expect(config).toMatchObject({
      generation: 'older',
      email: 'ops@trusted.domain',
      trust: { verify: true },
    });
    expect(config.profiles[0]?.onSuccess[0]).toMatchObject({
      command: 'systemctl',
      args: ['reload', 'nginx'],
      timeout_secs: 30,
      on_failure: 'continue',
    });
  });
});
