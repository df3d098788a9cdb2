import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { createOpenBao, type OpenBao, type OpenBaoClient } from '../openbao/openbao.ts';
import { parseBundle } from '../issuance/set-files.ts';
import { sha256 } from '../tls/certificates.ts';
import { readTextFile, readTextFileIfPresent } from '../workspace/atomic.ts';
import { parseToml, valueAt } from '../workspace/toml.ts';
import type { RemoteSettings } from './settings.ts';

const maxBytes = 4 * 1024 * 1024;

/** Pins that agent.toml has now; empty when there is none, or when it cannot be read. */
export async function pinsInForce(settings: RemoteSettings): Promise<readonly string[]> {
  const text = await readTextFileIfPresent(settings.agentConfigPath, { maxBytes }).catch(() => undefined);
  if (text === undefined) return [];
  try {
    const pins = valueAt(parseToml(text, settings.agentConfigPath), ['trust', 'trusted_ca_sha256']);
    return Array.isArray(pins) ? pins.map((pin) => String(pin).toLowerCase()) : [];
  } catch {
    return [];
  }
}

const narrowed = (pem: string, pins: readonly string[]): string =>
  parseBundle(pem)
    .filter((one) => pins.length === 0 || pins.includes(sha256(one)))
    .map((one) => one.toString())
    .join('');

/** The bundle by which an https OpenBao is trusted: the host's own narrowed to its pins, else the artifact's narrowed to its. */
async function trustOf(settings: RemoteSettings, fresh: boolean): Promise<string | undefined> {
  if (!settings.openbaoUrl.startsWith('https:')) return undefined;
  const artifact =
    settings.trust === undefined ? '' : narrowed(settings.trust.bundlePem, settings.trust.pins);
  const text =
    settings.caBundlePath === undefined
      ? undefined
      : await readTextFileIfPresent(settings.caBundlePath, { maxBytes });
  const own = text === undefined ? '' : narrowed(text, await pinsInForce(settings));
  const pem = fresh ? artifact || own : own || artifact;
  if (pem === '') throw new ConsoleError('remote_no_trust', { url: settings.openbaoUrl });
  return pem;
}

/** OpenBao as this host sees it, with its role. Tokens are in memory only and given back. */
export class HostSession {
  readonly openbao: OpenBao;
  readonly #settings: RemoteSettings;

  private constructor(settings: RemoteSettings, openbao: OpenBao) {
    this.#settings = settings;
    this.openbao = openbao;
  }

  /**
   * @param fresh whether what came with the artifact is newer than what the host has, as at a bootstrap
   * @throws `remote_no_trust`, `openbao_bad_url`, `tls_bundle_unreadable`
   */
  static async open(settings: RemoteSettings, signal: AbortSignal, fresh = false): Promise<HostSession> {
    const ca = await trustOf(settings, fresh);
    const openbao = createOpenBao({ url: settings.openbaoUrl, ...(ca === undefined ? {} : { ca }) });
    return new HostSession(settings, openbao.withSignal(signal));
  }

  /** What the file holds, without line breaks. Throws `file_missing`. */
  async #credential(path: string): Promise<string> {
    return (await readTextFile(path, { maxBytes: 65_536 })).trim();
  }

  /** Undefined: there is none on this host. */
  async secretId(): Promise<string | undefined> {
    const text = await readTextFileIfPresent(this.#settings.secretIdPath, { maxBytes: 65_536 });
    return text === undefined || text.trim() === '' ? undefined : text.trim();
  }

  /** Whether OpenBao takes this secret_id with the role of this host. Throws when OpenBao does not say. */
  async accepts(secretId: string): Promise<boolean> {
    try {
      await this.leave(await this.#login(secretId));
      return true;
    } catch (error) {
      if (isConsoleError(error, 'openbao_credentials_refused')) return false;
      throw error;
    }
  }

  async #login(secretId: string): Promise<OpenBaoClient> {
    const { token } = await this.openbao.login(await this.#credential(this.#settings.roleIdPath), secretId);
    return this.openbao.withToken(token, this.#settings.kvMount);
  }

  /** A client with the credential on disk. Throws `remote_no_secret_id`, `remote_lapsed`, and what OpenBao answers else. */
  async enter(): Promise<OpenBaoClient> {
    const secretId = await this.secretId();
    const { secretIdPath: path, openbaoUrl: url } = this.#settings;
    if (secretId === undefined) throw new ConsoleError('remote_no_secret_id', { path });
    try {
      return await this.#login(secretId);
    } catch (cause) {
      if (!isConsoleError(cause, 'openbao_credentials_refused')) throw cause;
      throw new ConsoleError('remote_lapsed', { url, path }, { cause });
    }
  }

  /** Gives a token back; one that cannot be revoked now ends within the hour. */
  async leave(client: OpenBaoClient): Promise<void> {
    await client.token.revokeSelf().catch(() => undefined);
  }
}
