import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConsoleError } from '../../shared/errors.ts';
import { digestOf } from '../operations/canonical.ts';
import { agentGeneration } from '../workspace/agent-config.ts';
import { readTextFile, readTextFileIfPresent } from '../workspace/atomic.ts';
import { parseToml, type TomlTable } from '../workspace/toml.ts';
import type { KeyType } from '../x509/keys.ts';
import { agentConfigSchema, type Hook, type RawAgentConfig } from './config-schema.ts';
import { durationMs } from './durations.ts';

/** What the command line may say; it beats environment and file. */
export interface AgentFlags {
  readonly email?: string;
  readonly caUrl?: string;
  readonly httpResponderUrl?: string;
  readonly httpResponderHmac?: string;
  readonly eabKid?: string;
  readonly eabHmac?: string;
  readonly eabFile?: string;
  readonly verifyCertificates?: boolean;
  readonly insecure?: boolean;
  readonly metricsAddr?: string;
}

export interface Eab {
  readonly kid: string;
  readonly hmac: string;
}

/** One certificate that the agent looks after. Paths absolute, times in milliseconds. */
export interface Profile {
  readonly id: string;
  /** `<instance_id>.<service_name>.<hostname>.<domain>`, the only name in the certificate. */
  readonly identity: string;
  readonly cert: string;
  readonly key: string;
  readonly bundle: string;
  readonly gid?: number;
  readonly keyType?: KeyType;
  readonly servedAt?: string;
  readonly checkIntervalMs: number;
  readonly checkJitterMs: number;
  readonly renewBeforeMs: number;
  readonly backoffSecs: readonly number[];
  readonly eab?: Eab;
  readonly onSuccess: readonly Hook[];
  readonly onFailure: readonly Hook[];
  readonly statePath: string;
}

export interface FastPollConfig {
  readonly url: string;
  readonly roleIdPath: string;
  readonly secretIdPath: string;
  readonly kvMount: string;
  readonly caBundlePath?: string;
  readonly intervalMs: number;
  readonly statePath: string;
  readonly id: string;
}

/** The configuration in force: computed once from file, environment and command line, and used for every try (C27). */
export interface AgentConfig {
  readonly path: string;
  readonly generation: 'older' | 'newer';
  /** SHA-256 over everything in force, secrets included: equal hashes are equal configurations. */
  readonly hash: string;
  readonly email: string;
  readonly server: string;
  readonly acme: RawAgentConfig['acme'];
  readonly trust: {
    readonly bundlePath?: string;
    /** Lower-case hex; empty when nothing is pinned. */
    readonly pins: readonly string[];
    /** Whether step-ca's TLS must verify. False only for older files that do not say so yet. */
    readonly verify: boolean;
  };
  /** Not verified in this run, whatever the file says. */
  readonly insecure: boolean;
  /** Whether the first success must write `trust.verify_certificates = true` into the file. */
  readonly hardens: boolean;
  readonly maxConcurrent: number;
  readonly profiles: readonly Profile[];
  readonly openbao?: FastPollConfig;
  readonly eabFile?: string;
  /** `host:port` of `/metrics` and `/healthz`. */
  readonly metricsAddress?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSource {
  readonly path: string;
  readonly flags: AgentFlags;
  readonly environment: Environment;
}

/** Names that the environment may set; others with the prefix belong to other programs. */
const fromEnvironmentRoots: ReadonlySet<string> = new Set([
  'email',
  'server',
  'domain',
  'acme',
  'trust',
  'scheduler',
  'retry',
  'eab',
  'openbao',
  'metrics',
]);

const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function setAt(table: TomlTable, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    table[key] = value;
    return;
  }
  const inner = isTable(table[key]) ? { ...table[key] } : {};
  setAt(inner, rest, value);
  table[key] = inner;
}

/** `BOOTROOT_ACME__HTTP_RESPONDER_URL` and `BOOTROOT__ACME__…` over the file. */
function applyEnvironment(table: TomlTable, environment: Environment): void {
  for (const [name, value] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined || !name.startsWith('BOOTROOT_')) continue;
    const path = name.slice('BOOTROOT_'.length).replace(/^_/, '').toLowerCase().split('__');
    const single = path.length === 1;
    const isTop = ['email', 'server', 'domain'].includes(path[0] ?? '');
    if (fromEnvironmentRoots.has(path[0] ?? '') && single === isTop && path.every((part) => part !== ''))
      setAt(table, path, value);
  }
}

function applyFlags(table: TomlTable, flags: AgentFlags, environment: Environment): void {
  const set = (path: readonly string[], value: string | boolean | undefined): void => {
    if (value !== undefined) setAt(table, path, value);
  };
  set(['email'], flags.email);
  set(['server'], flags.caUrl);
  // The newer agent takes these two names for its flags.
  set(['acme', 'http_responder_url'], flags.httpResponderUrl ?? environment['BOOTROOT_HTTP_RESPONDER_URL']);
  set(
    ['acme', 'http_responder_hmac'],
    flags.httpResponderHmac ?? environment['BOOTROOT_HTTP_RESPONDER_HMAC'],
  );
  set(['metrics', 'listen_addr'], flags.metricsAddr);
  if (flags.verifyCertificates === true) set(['trust', 'verify_certificates'], true);
}

const bad = (field: string, expected: string): ConsoleError =>
  new ConsoleError('agent_config', { field, expected });

function eabOf(
  pair: { readonly kid: string; readonly hmac: string } | undefined,
  field: string,
): Eab | undefined {
  if (pair === undefined || (pair.kid === '' && pair.hmac === '')) return undefined;
  if (pair.kid === '' || pair.hmac === '') throw bad(field, 'kid + hmac');
  // Base64url, as CAs give it: an answer of a prompt ("y") is neither (C26).
  if (!/^[A-Za-z0-9_+/=-]{8,}$/.test(pair.hmac)) throw bad(`${field}.hmac`, 'base64url');
  return pair;
}

/** `{kid, hmac}`, or `key` for `hmac`. A file that is not there yet, or holds the empty pair, means none. */
async function eabFromFile(path: string): Promise<Eab | undefined> {
  const text = await readTextFileIfPresent(path, { maxBytes: 65_536 });
  if (text === undefined || text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('--eab-file', 'JSON');
  }
  const { kid, hmac, key } = isTable(value) ? value : {};
  const secret = hmac ?? key ?? '';
  if ((kid !== undefined && typeof kid !== 'string') || typeof secret !== 'string')
    throw bad('--eab-file', '{kid, hmac}');
  return eabOf({ kid: kid ?? '', hmac: secret }, '--eab-file');
}

function checkUrl(field: string, text: string): URL {
  try {
    const url = new URL(text);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  } catch {
    // Told below.
  }
  throw bad(field, 'http(s)://');
}

function fastPoll(raw: RawAgentConfig, id: string, path: string): FastPollConfig | undefined {
  const table = raw.openbao;
  if (table === undefined) return undefined;
  const url = checkUrl('openbao.url', table.url);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !loopback && !table.allow_plaintext_http)
    throw bad('openbao.url', 'https:// (allow_plaintext_http)');
  if (url.protocol === 'https:' && table.ca_bundle_path === undefined)
    throw bad('openbao.ca_bundle_path', 'path');
  return {
    url: table.url,
    roleIdPath: resolve(table.role_id_path),
    secretIdPath: resolve(table.secret_id_path),
    kvMount: table.kv_mount,
    ...(table.ca_bundle_path === undefined ? {} : { caBundlePath: resolve(table.ca_bundle_path) }),
    intervalMs: table.fast_poll_interval,
    // A relative one, which the newer agent refuses, lies where its default would: beside the file that names it, whoever starts us.
    statePath: resolve(dirname(path), table.state_path ?? `bootroot-agent-state-${id}.json`),
    id,
  };
}

function checkAlone(raw: RawAgentConfig): void {
  const ids = new Set(raw.profiles.map((profile) => profile.registration_id ?? profile.service_name));
  // One credential cannot stand for two services (C14).
  if (raw.openbao !== undefined && ids.size > 1) throw bad('profiles.registration_id', '1 [openbao] = 1 id');
  const seen = new Set<string>();
  for (const { paths } of raw.profiles)
    for (const path of [resolve(paths.cert), resolve(paths.key)]) {
      if (seen.has(path)) throw bad('profiles.paths', '1 file = 1 profile');
      seen.add(path);
    }
}

function trustOf(raw: RawAgentConfig, newer: boolean): AgentConfig['trust'] {
  const { ca_bundle_path: bundle, trusted_ca_sha256: pins = [], verify_certificates: verify } = raw.trust;
  if ((bundle === undefined) !== (pins.length === 0))
    throw bad('trust', 'ca_bundle_path + trusted_ca_sha256');
  return {
    ...(bundle === undefined ? {} : { bundlePath: resolve(bundle) }),
    pins: [...new Set(pins.map((pin) => pin.toLowerCase()))],
    verify: newer || verify === true,
  };
}

/** The whole configuration from its three sources, checked. Pure but for the EAB file. */
async function build(table: TomlTable, source: ConfigSource): Promise<AgentConfig> {
  const path = resolve(source.path);
  const { flags, environment } = source;
  const newer = agentGeneration(table) === 'newer';
  const written = isTable(table['trust']) ? table['trust']['verify_certificates'] : undefined;
  applyEnvironment(table, environment);
  applyFlags(table, flags, environment);
  const parsed = agentConfigSchema.safeParse(table);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw bad(issue?.path.map(String).join('.') ?? 'agent.toml', issue?.code ?? 'TOML');
  }
  const raw = parsed.data;
  checkUrl('server', raw.server);
  checkUrl('acme.http_responder_url', raw.acme.http_responder_url);
  checkAlone(raw);
  const trust = trustOf(raw, newer);
  const given =
    flags.eabKid !== undefined || flags.eabHmac !== undefined
      ? eabOf({ kid: flags.eabKid ?? '', hmac: flags.eabHmac ?? '' }, '--eab-kid')
      : undefined;
  const fromFile = flags.eabFile === undefined ? undefined : await eabFromFile(resolve(flags.eabFile));
  const commandLine = given ?? fromFile;
  const id = (profile: RawAgentConfig['profiles'][number]): string =>
    profile.registration_id ?? profile.service_name;
  const poll = fastPoll(raw, raw.profiles[0] === undefined ? '' : id(raw.profiles[0]), path);
  const profiles = raw.profiles.map((profile): Profile => {
    const cert = resolve(profile.paths.cert);
    const renewBefore = durationMs(profile.daemon.renew_before ?? (newer ? '16h' : '720h'));
    if (renewBefore === undefined) throw bad('profiles.daemon.renew_before', '720h');
    // With --eab-file the file is the truth, also when it says that there is none.
    const eab =
      commandLine ?? (flags.eabFile === undefined ? eabOf(profile.eab ?? raw.eab, 'eab') : undefined);
    return {
      id: id(profile),
      identity: [profile.instance_id, profile.service_name, profile.hostname, raw.domain].join('.'),
      cert,
      key: resolve(profile.paths.key),
      bundle: trust.bundlePath ?? join(dirname(cert), 'ca-bundle.pem'),
      ...(profile.cert_group_gid === undefined ? {} : { gid: profile.cert_group_gid }),
      ...(profile.key_type === undefined ? {} : { keyType: profile.key_type }),
      ...(profile.served_at === undefined ? {} : { servedAt: profile.served_at }),
      checkIntervalMs: profile.daemon.check_interval,
      checkJitterMs: profile.daemon.check_jitter,
      renewBeforeMs: renewBefore,
      backoffSecs:
        profile.retry?.backoff_secs ?? raw.retry.backoff_secs ?? (newer ? [5, 10, 30, 60] : [5, 10, 30]),
      ...(eab === undefined ? {} : { eab }),
      onSuccess: profile.hooks.post_renew.success,
      onFailure: profile.hooks.post_renew.failure,
      statePath: poll?.statePath ?? join(dirname(path), `bootroot-agent-state-${id(profile)}.json`),
    };
  });
  const effective = {
    generation: newer ? ('newer' as const) : ('older' as const),
    email: raw.email,
    server: raw.server,
    acme: raw.acme,
    trust,
    insecure: flags.insecure === true,
    maxConcurrent: raw.scheduler.max_concurrent_issuances,
    profiles,
    ...(poll === undefined ? {} : { openbao: poll }),
    ...(flags.eabFile === undefined ? {} : { eabFile: resolve(flags.eabFile) }),
    ...(raw.metrics === undefined ? {} : { metricsAddress: raw.metrics.listen_addr }),
  };
  return {
    path,
    hash: digestOf(effective),
    hardens: !newer && written !== true && flags.insecure !== true,
    ...effective,
  };
}

/**
 * Reads agent.toml and puts environment and command line over it (formats.md, "agent.toml").
 * @throws `agent_config` naming the field and never a value; `toml_malformed`, `file_missing`, `permission_denied`
 */
export async function readAgentConfig(source: ConfigSource): Promise<AgentConfig> {
  const text = await readTextFile(source.path, { maxBytes: 4 * 1024 * 1024 });
  return build(parseToml(text, source.path), source);
}

/** The same, of a file that may be in the middle of being written by somebody who does not rename (C16): a torn one is read again. */
export async function readSettledConfig(source: ConfigSource): Promise<AgentConfig> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await readAgentConfig(source);
    } catch (error) {
      if (attempt >= 2) throw error;
      await sleep(150);
    }
  }
}

/** The same from a text, for a change that is checked before it is written. */
export const parseAgentConfig = (text: string, source: ConfigSource): Promise<AgentConfig> =>
  build(parseToml(text, source.path), source);
