import { X509Certificate } from 'node:crypto';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { installSet, recoverSet, type SetPaths } from '../issuance/certificate-set.ts';
import { parseBundle, parseLeaf, readServiceFiles, type ServiceFiles } from '../issuance/set-files.ts';
import { generateKey } from '../x509/keys.ts';
import type { AdviceCache } from './advice.ts';
import {
  announceLeaf,
  announceTrust,
  hookFacts,
  setPathsOf,
  trustDigest,
  type AnnounceDeps,
} from './announce.ts';
import type { AgentConfig, Environment, Profile } from './config.ts';
import { runHooks } from './hooks.ts';
import type { IssuerPort } from './issuer.ts';
import type { AgentLog } from './log.ts';
import { reasonsToRenew, renewalWindowMs, type RenewalReason } from './predicate.ts';
import { waitBeforeRetryMs } from './retry.ts';

export interface RenewalDeps {
  readonly config: AgentConfig;
  readonly issuer: IssuerPort;
  readonly log: AgentLog;
  readonly environment: Environment;
  readonly advice: AdviceCache;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface RenewalResult {
  readonly outcome: 'current' | 'renewed' | 'failed';
  readonly reasons: readonly RenewalReason[];
  readonly error?: ConsoleError;
  /** ISO 8601; of the leaf that is on disk now. */
  readonly notAfter?: string;
  /** The trust that the service has been told of, as `trustDigest` says it; absent when that is as before. */
  readonly trust?: string;
}

/** A file that cannot be parsed may be in the middle of being written by somebody who does not rename: look twice (C16). */
async function readSettled(paths: SetPaths, sleep: RenewalDeps['sleep']): Promise<ServiceFiles> {
  const files = readServiceFiles(paths);
  const torn =
    (files.certPem !== undefined && parseLeaf(files.certPem) === undefined) ||
    (files.bundlePem !== undefined && parseBundle(files.bundlePem).length === 0);
  if (!torn) return files;
  await sleep(250);
  return readServiceFiles(paths);
}

async function judge(
  deps: RenewalDeps,
  profile: Profile,
  forced: boolean,
  signal: AbortSignal,
): Promise<{ reasons: readonly RenewalReason[]; leaf?: X509Certificate }> {
  const files = await readSettled(setPathsOf(profile), deps.sleep);
  const facts = {
    files,
    identity: profile.identity,
    pins: deps.config.trust.pins,
    ...(profile.keyType === undefined ? {} : { keyType: profile.keyType }),
    renewBeforeMs: profile.renewBeforeMs,
    forced,
    now: deps.now(),
  };
  const leaf = files.certPem === undefined ? undefined : parseLeaf(files.certPem);
  const reasons = reasonsToRenew(facts);
  // Asked only when nothing else decides: these are requests to the CA.
  if (reasons.length > 0 || leaf === undefined) return { reasons, ...(leaf === undefined ? {} : { leaf }) };
  if (renewalWindowMs(leaf, profile.renewBeforeMs) !== profile.renewBeforeMs)
    deps.log(message('agent.log.window_capped', { name: profile.identity }), 'warn');
  const [advice, revoked] = await Promise.all([
    deps.advice.of(leaf, deps, signal),
    deps.issuer.revoked(leaf, files.bundlePem ?? '', signal),
  ]);
  const asked = { ...facts, revoked, ...(advice === undefined ? {} : { advisedAt: advice.at }) };
  const reasonsThen = reasonsToRenew(asked);
  if (reasonsThen.includes('renewal_info') && advice?.explanationUrl !== undefined)
    deps.log(message('agent.log.advised', { name: profile.identity, url: advice.explanationUrl }), 'info');
  return { reasons: reasonsThen, leaf };
}

const announcing = ({ config, environment, log, now, sleep }: RenewalDeps): AnnounceDeps => ({
  environment,
  log,
  now,
  sleep,
  serverUrl: config.server,
});

const known = (error: unknown): ConsoleError =>
  isConsoleError(error) ? error : new ConsoleError('internal', {}, { cause: error });

async function order(
  deps: RenewalDeps,
  profile: Profile,
  signal: AbortSignal,
  replaced: X509Certificate | undefined,
): Promise<X509Certificate> {
  const { config } = deps;
  const key = await generateKey(profile.keyType ?? 'ec-p256');
  const issued = await deps.issuer.issue(profile, key, signal, replaced);
  const trust =
    config.trust.pins.length === 0
      ? undefined
      : { pins: config.trust.pins, bundlePem: deps.issuer.trustedPem() };
  if (issued.chainPem.length === 0)
    deps.log(message('agent.log.no_chain', { name: profile.identity }), 'warn');
  const { leaf } = await installSet(
    setPathsOf(profile),
    issued,
    key,
    // No chain in the answer: the bundle stays as it is.
    issued.chainPem.length === 0 ? undefined : trust,
    profile.gid === undefined ? {} : { gid: profile.gid },
  );
  await announceLeaf(announcing(deps), profile, leaf);
  return leaf;
}

async function tryOrder(
  deps: RenewalDeps,
  profile: Profile,
  signal: AbortSignal,
  replaced: X509Certificate | undefined,
): Promise<X509Certificate | ConsoleError> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await order(deps, profile, signal, replaced);
    } catch (error) {
      const wait = waitBeforeRetryMs(error, attempt, profile.backoffSecs);
      if (wait === undefined || signal.aborted) return known(error);
      const seconds = Math.round(wait / 100) / 10;
      deps.log(message('agent.log.retry', { name: profile.identity, seconds }), 'warn', { error });
      try {
        await deps.sleep(wait, signal);
      } catch {
        return new ConsoleError('cancelled');
      }
    }
  }
}

/** Where nothing is to be renewed: a bundle that the service has not been told of is announced. @returns what it knows then */
async function tellOfTrust(
  deps: RenewalDeps,
  profile: Profile,
  told: string | undefined,
): Promise<string | undefined> {
  const present = trustDigest(readServiceFiles(profile).bundlePem);
  // Never asked before: nothing says that the service has not read it.
  if (present === undefined || present === told || told === undefined) return present;
  deps.log(message('agent.log.trust_changed', { name: profile.identity }), 'info');
  await announceTrust(announcing(deps), profile);
  return present;
}

/**
 * Looks at one certificate and renews it when any reason holds: judge → order → install as one set → hooks → proof. Never throws for
 * what goes wrong; the result says it, and the failure hooks have run.
 * @param options `signal` ends the order and the waiting between tries
 */
export async function renewIfNeeded(
  deps: RenewalDeps,
  profile: Profile,
  options: {
    readonly forced: boolean;
    readonly signal: AbortSignal;
    /** The trust that its service has been told of, if that is known. */
    readonly told?: string;
  },
): Promise<RenewalResult> {
  const { identity: name } = profile;
  let reasons: readonly RenewalReason[] = [];
  let error: ConsoleError;
  let leaf: X509Certificate | undefined;
  try {
    if ((await recoverSet(setPathsOf(profile))) === 'restored')
      deps.log(message('agent.log.recovered', { name }), 'warn');
    ({ reasons, leaf } = await judge(deps, profile, options.forced, options.signal));
    const until = leaf === undefined ? undefined : new Date(leaf.validTo).toISOString();
    if (reasons.length === 0) {
      deps.log(message('agent.log.current', { name, until: until ?? '' }), 'info');
      const trust = await tellOfTrust(deps, profile, options.told);
      return {
        outcome: 'current',
        reasons,
        ...(until === undefined ? {} : { notAfter: until }),
        ...(trust === undefined ? {} : { trust }),
      };
    }
    deps.log(message('agent.log.renewing', { name, reasons: reasons.join(', ') }), 'info');
    const result = await tryOrder(deps, profile, options.signal, leaf);
    if (result instanceof X509Certificate) {
      const notAfter = new Date(result.validTo).toISOString();
      deps.log(message('agent.log.renewed', { name, until: notAfter }), 'info');
      const trust = trustDigest(readServiceFiles(profile).bundlePem);
      return { outcome: 'renewed', reasons, notAfter, ...(trust === undefined ? {} : { trust }) };
    }
    error = result;
  } catch (caught) {
    error = known(caught);
  }
  if (error.code !== 'cancelled') {
    deps.log(message('agent.log.failed', { name }), 'error', { error });
    await runHooks(profile.onFailure, hookFacts(announcing(deps), profile, error.code), deps);
  }
  const notAfter = leaf === undefined ? undefined : new Date(leaf.validTo).toISOString();
  return { outcome: 'failed', reasons, error, ...(notAfter === undefined ? {} : { notAfter }) };
}
