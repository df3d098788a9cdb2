import { dirname } from 'node:path';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { eabDocument, hmacDocument, secretIdDocument, trustDocument } from '../agent/kv-documents.ts';
import type { KvSecret } from '../openbao/kv.ts';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import { toErrorData } from '../operations/error-data.ts';
import { readBundle } from '../tls/certificates.ts';
import { ensureDirectory, readTextFileIfPresent, replaceFileAtomic } from '../workspace/atomic.ts';
import { mergeBundle } from '../x509/trust-bundle.ts';
import { editAgentFile, ensureAgentFile } from './agent-file.ts';
import { installSecretId, write } from './credential.ts';
import { pinsInForce, type HostSession } from './session.ts';
import type { RemoteSettings } from './settings.ts';
import type { ApplyStatus, ItemOutcome, Outcomes, RemoteItem } from './summary.ts';

const maxBytes = 4 * 1024 * 1024;

/** Names of the KV paths below `bootroot/services/<id>/`. */
export const kvNames: Readonly<Record<RemoteItem, string>> = {
  secret_id: 'secret_id',
  eab: 'eab',
  responder_hmac: 'http_responder_hmac',
  trust_sync: 'trust',
};

const changed = (yes: boolean): ApplyStatus => (yes ? 'applied' : 'unchanged');

async function writeBundle(path: string, pem: string): Promise<boolean> {
  if ((await readTextFileIfPresent(path, { maxBytes })) === pem) return false;
  // Readable for the service, which verifies its peers by it; owner and mode of one that is there stay.
  await ensureDirectory(dirname(path), { mode: 0o755 });
  await write('bundle', () => replaceFileAtomic(path, pem, { mode: 0o644 }));
  return true;
}

export interface Trust {
  readonly pins: readonly string[];
  /** DER. */
  readonly bundle: readonly Uint8Array[];
}

/**
 * Bundle and pins of one generation: first a bundle for the pins in force and the new ones, then the pins, then the bundle narrowed to
 * them, so that a crash in between leaves no gap. Without an agent.toml the pins wait for its baseline.
 */
export async function applyTrust(
  settings: RemoteSettings,
  { pins, bundle }: Trust,
  withPins = true,
): Promise<ApplyStatus> {
  const { caBundlePath: path } = settings;
  if (path === undefined) throw new ConsoleError('cli_usage', { problem: '--ca-bundle-path' });
  const present = (await readTextFileIfPresent(path, { maxBytes })) ?? '';
  const own = present.includes('BEGIN CERTIFICATE') ? readBundle(present).map((one) => one.raw) : [];
  const all = [...bundle, ...own];
  const both = mergeBundle([...pins, ...(await pinsInForce(settings))], [], all).pem;
  const widened = both !== present && (await writeBundle(path, both));
  if (!withPins) return changed(widened);
  const edited = await editAgentFile(settings, 'pins', {
    trust: { ca_bundle_path: path, trusted_ca_sha256: pins },
  });
  const narrowed = await writeBundle(path, mergeBundle(pins, [], all).pem);
  const same = (await readTextFileIfPresent(path, { maxBytes })) === present;
  return changed(edited || ((widened || narrowed) && !same));
}

async function applyEab(settings: RemoteSettings, pair: { kid: string; hmac: string }): Promise<ApplyStatus> {
  const path = settings.eabFilePath;
  const text = `${JSON.stringify({ kid: pair.kid, hmac: pair.hmac }, null, 2)}\n`;
  const present = await readTextFileIfPresent(path, { maxBytes: 65_536 });
  // Open-source step-ca has none: nothing there and nothing to put there is no failure (C26).
  if (present === undefined && pair.kid === '') return 'skipped';
  if (present !== undefined && sameEab(present, pair)) return 'unchanged';
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await write('eab', () => replaceFileAtomic(path, text, { mode: 0o600 }));
  return 'applied';
}

function sameEab(text: string, pair: { kid: string; hmac: string }): boolean {
  try {
    const { kid, hmac, key } = JSON.parse(text) as Record<string, unknown>;
    return kid === pair.kid && (hmac ?? key) === pair.hmac;
  } catch {
    return false;
  }
}

async function applySecretId(
  session: HostSession,
  settings: RemoteSettings,
  secretId: string,
): Promise<ApplyStatus> {
  if ((await session.secretId()) === secretId) return 'unchanged';
  // Proved first: a bad value would lock this host out (⚠ of the newer tools). The old one stays valid until then.
  if (!(await session.accepts(secretId)))
    throw new ConsoleError('remote_secret_id_unproved', { name: settings.id });
  await installSecretId(settings, secretId);
  return 'applied';
}

/** Reads one path and applies it; whatever goes wrong is this item's outcome and nobody else's. */
async function applied(
  read: () => Promise<KvSecret | undefined>,
  apply: (data: unknown) => Promise<ApplyStatus>,
): Promise<ItemOutcome> {
  let version: number | undefined;
  try {
    const secret = await read();
    version = secret?.version;
    const status = await apply(secret?.data);
    return { status, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    if (isConsoleError(error, 'cancelled')) throw error;
    return { status: 'failed', error: toErrorData(error), ...(version === undefined ? {} : { version }) };
  }
}

const malformed = (path: string): ConsoleError => new ConsoleError('remote_document_invalid', { path });

export interface ApplyOptions {
  /** At a bootstrap: a published secret_id that does not work is not taken, and the one that was unwrapped stays. */
  readonly keepSecretId?: boolean;
}

/**
 * The four items of a service from its KV paths onto this host, in an order in which nothing holds back what it needs itself: trust,
 * responder secret, EAB, secret_id.
 */
export async function applyItems(
  session: HostSession,
  client: OpenBaoClient,
  settings: RemoteSettings,
  options: ApplyOptions = {},
): Promise<Outcomes> {
  const at = (item: RemoteItem): string => `bootroot/services/${settings.id}/${kvNames[item]}`;
  const item = (name: RemoteItem, apply: (data: unknown) => Promise<ApplyStatus>): Promise<ItemOutcome> =>
    applied(() => client.kv.read(at(name)), apply);
  const trust_sync = await item('trust_sync', async (data) => {
    const made = await ensureAgentFile(settings);
    const parsed = trustDocument.safeParse(data);
    if (!parsed.success) throw malformed(at('trust_sync'));
    const { pins, bundle } = parsed.data;
    const status = await applyTrust(settings, { pins, bundle: bundle.map(({ raw }) => raw) });
    return made ? 'applied' : status;
  });
  const responder_hmac = await item('responder_hmac', async (data) => {
    await ensureAgentFile(settings);
    const parsed = hmacDocument.safeParse(data);
    if (!parsed.success) throw malformed(at('responder_hmac'));
    return changed(await editAgentFile(settings, 'hmac', { acme: { http_responder_hmac: parsed.data } }));
  });
  const eab = await item('eab', async (data) => {
    const parsed = eabDocument.safeParse(data ?? { kid: '', hmac: '' });
    if (!parsed.success) throw malformed(at('eab'));
    return applyEab(settings, parsed.data);
  });
  const secret_id = await item('secret_id', async (data) => {
    // Nothing published is nothing to do: the one on disk has just logged in.
    if (data === undefined) return 'unchanged';
    const parsed = secretIdDocument.safeParse(data);
    if (!parsed.success) throw malformed(at('secret_id'));
    try {
      return await applySecretId(session, settings, parsed.data);
    } catch (error) {
      if (options.keepSecretId === true && isConsoleError(error, 'remote_secret_id_unproved'))
        return 'unchanged';
      throw error;
    }
  });
  return { secret_id, eab, responder_hmac, trust_sync };
}
