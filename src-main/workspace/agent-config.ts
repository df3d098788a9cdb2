import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConsoleError } from '../../shared/errors.ts';
import {
  beginMarker,
  blockParts,
  endMarker,
  managedBlocks,
  type ManagedBlock,
  type MarkerPair,
} from './managed-block.ts';
import {
  editToml,
  newlineOf,
  parseToml,
  renderValue,
  valueAt,
  type TomlChange,
  type TomlTable,
  type TomlValue,
} from './toml.ts';
import { scanToml } from './toml-scan.ts';

export interface AgentHook {
  readonly command: string;
  readonly args?: readonly string[];
  readonly working_dir?: string;
  readonly timeout_secs?: number;
  readonly on_failure?: 'continue' | 'stop';
}

/** One `[[profiles]]` entry. Durations like `1h`, `720h`. What is absent is not written, and kept where the operator wrote it. */
export interface AgentProfile {
  readonly registrationId: string;
  readonly serviceName: string;
  readonly instanceId: string;
  readonly hostname: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly checkInterval?: string;
  readonly renewBefore?: string;
  readonly checkJitter?: string;
  /** Newer agents: group of certificate and key. */
  readonly certGroupGid?: number;
  /** The console's own: where the new leaf must be seen after the hooks. */
  readonly servedAt?: string;
  readonly postRenew?: { readonly success?: readonly AgentHook[]; readonly failure?: readonly AgentHook[] };
}

/** Keys outside the profile. Absent: untouched. null: removed. */
export interface AgentSettings {
  readonly top?: { readonly [K in 'email' | 'server' | 'domain']?: string };
  readonly acme?: {
    readonly [K in 'http_responder_url' | 'http_responder_hmac']?: string;
  } & {
    readonly [
      K in
        | 'http_responder_timeout_secs'
        | 'http_responder_token_ttl_secs'
        | 'directory_fetch_attempts'
        | 'directory_fetch_base_delay_secs'
        | 'directory_fetch_max_delay_secs'
        | 'poll_attempts'
        | 'poll_interval_secs'
    ]?: number;
  };
  readonly trust?: {
    readonly ca_bundle_path?: string;
    /** Lower-case hex of SHA-256 over DER. */
    readonly trusted_ca_sha256?: readonly string[];
    /** Breaks the newer agent, so it is written only when asked for; null removes it. */
    readonly verify_certificates?: boolean | null;
  };
  /** Newer agents. One credential, so one service per file. */
  readonly openbao?: {
    readonly url: string;
    readonly role_id_path: string;
    readonly secret_id_path: string;
    readonly kv_mount?: string;
    readonly ca_bundle_path?: string;
    readonly fast_poll_interval?: string;
    /** Absolute: the newer agent refuses its own relative default. One per service. */
    readonly state_path: string;
    readonly allow_plaintext_http?: boolean;
  };
  readonly eab?: { readonly kid: string; readonly hmac: string } | null;
}

const hookValue = (hook: AgentHook): TomlValue => ({ ...hook, args: [...(hook.args ?? [])] });

const profileChanges = (profile: AgentProfile): TomlChange[] => {
  const set = (path: TomlChange['path'], value: TomlValue | undefined): TomlChange[] =>
    value === undefined ? [] : [{ path, value }];
  return [
    ...set(['profiles', 'service_name'], profile.serviceName),
    ...set(['profiles', 'registration_id'], profile.registrationId),
    ...set(['profiles', 'instance_id'], profile.instanceId),
    ...set(['profiles', 'hostname'], profile.hostname),
    ...set(['profiles', 'cert_group_gid'], profile.certGroupGid),
    ...set(['profiles', 'served_at'], profile.servedAt),
    ...set(['profiles', 'paths', 'cert'], profile.certPath),
    ...set(['profiles', 'paths', 'key'], profile.keyPath),
    ...set(['profiles', 'daemon', 'check_interval'], profile.checkInterval),
    ...set(['profiles', 'daemon', 'renew_before'], profile.renewBefore),
    ...set(['profiles', 'daemon', 'check_jitter'], profile.checkJitter),
    ...set(['profiles', 'hooks', 'post_renew', 'success'], profile.postRenew?.success?.map(hookValue)),
    ...set(['profiles', 'hooks', 'post_renew', 'failure'], profile.postRenew?.failure?.map(hookValue)),
  ];
};

function settingChanges(settings: AgentSettings): TomlChange[] {
  const entries = (prefix: readonly string[], table: object | undefined): TomlChange[] =>
    Object.entries(table ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({
        path: [...prefix, key] as unknown as TomlChange['path'],
        value: value as TomlValue,
      }));
  const eab = settings.eab === null ? { kid: null, hmac: null } : settings.eab;
  return [
    ...entries([], settings.top),
    ...entries(['acme'], settings.acme),
    ...entries(['trust'], settings.trust),
    ...entries(['openbao'], settings.openbao),
    ...entries(['eab'], eab),
  ];
}

/**
 * The text of a profile without markers. Loads in both generations: `registration_id` is there, `trust.verify_certificates` is not.
 * @param newline `\n` or `\r\n`
 */
export function renderAgentProfile(profile: AgentProfile, newline = '\n'): string {
  const tables = new Map<string, string[]>([['', ['[[profiles]]']]]);
  for (const { path, value } of profileChanges(profile)) {
    if (value === null) continue;
    const key = path.at(-1) ?? '';
    const table = path.slice(1, -1).join('.');
    const lines = tables.get(table) ?? ['', `[profiles.${table}]`];
    tables.set(table, [...lines, `${key} = ${renderValue(value)}`]);
  }
  return [...tables.values()]
    .flat()
    .map((line) => line + newline)
    .join('');
}

function checkPaths(settings: AgentSettings): void {
  for (const [key, value] of Object.entries(settings.openbao ?? {}))
    if (key.endsWith('_path') && !isAbsolute(String(value)))
      throw new ConsoleError('path_not_absolute', { field: `openbao.${key}`, path: String(value) });
}

/** Refuses what would put two services into one agent (failure mode C14). */
function checkAlone(
  text: string,
  blocks: readonly ManagedBlock[],
  id: string,
  settings: AgentSettings,
  path: string,
): void {
  const own = blocks.some((block) => block.id === id);
  const other = blocks.find((block) => block.id !== id);
  if (other !== undefined && (!own || settings.openbao !== undefined))
    throw new ConsoleError('agent_file_taken', { path, id: other.id });
  const outside = scanToml(text).statements.find(
    ({ kind, path: key, start }) =>
      kind !== 'table' &&
      key[0] === 'profiles' &&
      (key.length === 1 || kind === 'pair') &&
      !blocks.some((block) => start >= block.start && start < block.end),
  );
  if (outside !== undefined)
    throw new ConsoleError('agent_profile_unmanaged', {
      path,
      line: text.slice(0, outside.start).split('\n').length,
    });
}

/** Ends a text with a line break, unless it is empty. */
const terminated = (text: string, newline: string): string =>
  text === '' || text.endsWith('\n') ? text : text + newline;

function putProfile(text: string, profile: AgentProfile, pair: MarkerPair, path: string): string {
  const id = profile.registrationId;
  const own = managedBlocks(text, path).filter((block) => block.id === id);
  const [block] = own;
  const newline = newlineOf(block === undefined ? text : text.slice(block.start, block.end));
  const begin = beginMarker(pair, id) + newline;
  const end = endMarker(pair, id);
  if (block === undefined) {
    const head = terminated(text, newline);
    const gap = head === '' || head.trim() === '' || head.endsWith(newline + newline) ? '' : newline;
    return `${head}${gap}${begin}${renderAgentProfile(profile, newline)}${end}${newline}`;
  }
  if (own.length > 1) {
    const rest = own[1] as ManagedBlock;
    throw new ConsoleError('managed_block_broken', {
      path,
      id,
      line: text.slice(0, rest.start).split('\n').length,
    });
  }
  const parts = blockParts(text, block);
  const inner =
    profileOf(parts.profile, path) === undefined
      ? renderAgentProfile(profile, newline)
      : terminated(editToml(terminated(parts.profile, newline), profileChanges(profile), path), newline);
  const after = text.slice(block.end);
  const foreign = terminated(parts.foreign, newline);
  const endLine =
    text.slice(block.innerEnd, block.end).endsWith('\n') || foreign !== '' ? end + newline : end;
  return text.slice(0, block.start) + parts.before + begin + inner + endLine + foreign + after;
}

function profileOf(text: string, path: string): TomlTable | undefined {
  const profiles = parseToml(text, path)['profiles'];
  return Array.isArray(profiles) && profiles.length === 1 ? (profiles[0] as TomlTable) : undefined;
}

/** Everything but the profiles, for telling that an edit of a block moved nothing else. */
const outside = (text: string, path: string): TomlTable => {
  const config = parseToml(text, path);
  delete config['profiles'];
  return config;
};

/**
 * Puts a service's profile and settings into the text of its agent.toml. Operator comments, unknown keys, order and line endings are
 * kept; a block with the other markers for the same service becomes this one; keys inside the block that the console does not name
 * are kept too.
 * @param text present text; empty for a new file
 * @param path named in errors
 * @throws `toml_malformed`, `toml_edit_refused`, `managed_block_broken`, `agent_file_taken` (another service's block),
 *   `agent_profile_unmanaged` (a profile outside markers), `path_not_absolute`
 */
export function editAgentConfig(
  text: string,
  edit: { readonly profile?: AgentProfile; readonly pair?: MarkerPair; readonly settings?: AgentSettings },
  path: string,
): string {
  const settings = edit.settings ?? {};
  checkPaths(settings);
  if (edit.profile !== undefined) {
    parseToml(text, path);
    checkAlone(text, managedBlocks(text, path), edit.profile.registrationId, settings, path);
  }
  // Settings first: in a new file the profile then stands last, as the tools write it.
  const settled = editToml(text, settingChanges(settings), path);
  if (edit.profile === undefined) return settled;
  const result = putProfile(settled, edit.profile, edit.pair ?? 'local', path);
  if (!isDeepStrictEqual(outside(result, path), outside(settled, path)))
    throw new ConsoleError('toml_edit_refused', { path, keys: 'profiles' });
  return result;
}

/**
 * Takes a service's block out of an agent.toml, of either pair of markers. Tables that are not the profile's stay.
 * @throws `toml_malformed`, `managed_block_broken`
 */
export function removeAgentProfile(text: string, id: string, path: string): string {
  parseToml(text, path);
  const block = managedBlocks(text, path).find((candidate) => candidate.id === id);
  if (block === undefined) return text;
  const { before, foreign } = blockParts(text, block);
  const result = text.slice(0, block.start) + before + foreign + text.slice(block.end);
  if (!isDeepStrictEqual(outside(result, path), outside(text, path)))
    throw new ConsoleError('toml_edit_refused', { path, keys: 'profiles' });
  return removeAgentProfile(result, id, path);
}

/** Which generation wrote an agent.toml (formats-newer.md). */
export function agentGeneration(config: TomlTable): 'older' | 'newer' | 'none' {
  const profiles: unknown = config['profiles'];
  const listed: readonly unknown[] = Array.isArray(profiles) ? profiles : [];
  if (
    config['openbao'] !== undefined ||
    listed.some((profile) => valueAt(profile, ['registration_id']) !== undefined)
  )
    return 'newer';
  return valueAt(config, ['trust', 'verify_certificates']) === undefined ? 'none' : 'older';
}
