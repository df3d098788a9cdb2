import { createHash, type X509Certificate } from 'node:crypto';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { previousOf, restoreSet, type SetPaths } from '../issuance/certificate-set.ts';
import { parseBundle, parseLeaf, readServiceFiles } from '../issuance/set-files.ts';
import { sha256 } from '../tls/certificates.ts';
import { handshake } from '../tls/handshake.ts';
import { readServedAt } from '../tls/host-port.ts';
import { postgresHandshake } from '../tls/postgres-start.ts';
import type { Environment, Profile } from './config.ts';
import { runHooks, type HookFacts } from './hooks.ts';
import type { AgentLog } from './log.ts';

/** What of a profile is needed to tell its service that its files changed. */
export type Announced = Pick<Profile, 'identity' | 'cert' | 'key' | 'bundle' | 'servedAt' | 'onSuccess'>;

export interface AnnounceDeps {
  readonly log: AgentLog;
  readonly environment: Environment;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** ACME directory, for the hooks. */
  readonly serverUrl: string;
}

export const setPathsOf = ({ cert, key, bundle }: Pick<Profile, 'cert' | 'key' | 'bundle'>): SetPaths => ({
  cert,
  key,
  bundle,
  previous: previousOf(key),
});

export function hookFacts(deps: AnnounceDeps, profile: Announced, error = ''): HookFacts {
  return {
    certPath: profile.cert,
    keyPath: profile.key,
    domains: [profile.identity],
    renewedAt: new Date(deps.now()).toISOString(),
    status: error === '' ? 'success' : 'failure',
    error,
    serverUrl: deps.serverUrl,
  };
}

const known = (error: unknown): ConsoleError =>
  isConsoleError(error) ? error : new ConsoleError('internal', {}, { cause: error });

/** Whether this leaf is what the service shows; a reload takes a moment. */
async function proveServed(deps: AnnounceDeps, profile: Announced, leaf: X509Certificate): Promise<void> {
  if (profile.servedAt === undefined) return;
  const { bundlePem } = readServiceFiles(profile);
  const { host, port, postgres } = readServedAt(profile.servedAt);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const request = {
      host,
      port,
      servername: profile.identity,
      ...(bundlePem === undefined ? {} : { ca: bundlePem }),
      timeoutMs: 5_000,
    };
    const seen = await (postgres ? postgresHandshake(request) : handshake(request));
    if (seen.served?.sha256 === sha256(leaf)) return;
    await deps.sleep(500);
  }
  throw new ConsoleError('agent_not_served', { name: profile.identity, address: profile.servedAt });
}

/** The hooks of a success, in order. @param begun told how many were begun. @throws `agent_hook_failed` */
async function run(
  deps: AnnounceDeps,
  profile: Announced,
  begun: (count: number) => void = () => undefined,
): Promise<void> {
  const result = await runHooks(profile.onSuccess, hookFacts(deps, profile), deps);
  begun(result.begun);
  if (result.stopped !== undefined)
    throw new ConsoleError('agent_hook_failed', { name: profile.identity, command: result.stopped });
}

/** Hooks once more, told that it is for a failure: what took effect already must read the set that came back. */
export async function announceReturn(
  deps: AnnounceDeps,
  profile: Announced,
  error: string,
  count = profile.onSuccess.length,
): Promise<void> {
  const again = profile.onSuccess.slice(0, count).map((hook) => ({ ...hook, retry_backoff_secs: [] }));
  await runHooks(again, hookFacts(deps, profile, error), deps);
}

/**
 * Hooks and proof of a new leaf. What fails puts the old set back on disk and, because hooks may have taken effect already, into the
 * service.
 * @throws `agent_hook_failed`, `agent_not_served`
 */
export async function announceLeaf(
  deps: AnnounceDeps,
  profile: Announced,
  leaf: X509Certificate,
): Promise<void> {
  let ran = 0;
  try {
    await run(deps, profile, (count) => {
      ran = count;
    });
    await proveServed(deps, profile, leaf);
  } catch (error) {
    if (await restoreSet(setPathsOf(profile))) {
      deps.log(message('agent.log.restored', { name: profile.identity }), 'warn');
      await announceReturn(deps, profile, known(error).code, ran);
    }
    throw error;
  }
}

/**
 * Hooks and proof where only the bundle changed: who verifies peers by it must read it anew. There is nothing to go back to: which CA
 * is trusted is not decided here.
 * @throws `agent_trust_untold`
 */
export async function announceTrust(deps: AnnounceDeps, profile: Announced): Promise<void> {
  const name = profile.identity;
  try {
    await run(deps, profile);
    const { certPem } = readServiceFiles(profile);
    const leaf = certPem === undefined ? undefined : parseLeaf(certPem);
    if (leaf !== undefined) await proveServed(deps, profile, leaf);
  } catch (cause) {
    if (!isConsoleError(cause, 'agent_hook_failed') && !isConsoleError(cause, 'agent_not_served'))
      throw cause;
    const { command, address } = cause.data.params;
    throw new ConsoleError('agent_trust_untold', { name, by: command ?? address ?? '' }, { cause });
  }
}

/** What a bundle trusts, whatever its order and remarks: SHA-256 over the fingerprints of its members; undefined without any. */
export function trustDigest(bundlePem: string | undefined): string | undefined {
  const members = parseBundle(bundlePem ?? '').map(sha256);
  if (members.length === 0) return undefined;
  return createHash('sha256')
    .update([...new Set(members)].sort().join('\n'))
    .digest('hex');
}
