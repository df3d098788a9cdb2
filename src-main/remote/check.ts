import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { dirname } from 'node:path';
import { ConsoleError, errorMessages, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { parseBundle } from '../issuance/set-files.ts';
import { sha256 } from '../tls/certificates.ts';
import { tlsClient } from '../tls/client.ts';
import { connectionFailure } from '../tls/failure.ts';
import { httpRequest } from '../tls/http-request.ts';
import { untrustedTime } from '../tls/untrusted-time.ts';
import { readTextFileIfPresent } from '../workspace/atomic.ts';
import { readAgentFile } from './agent-file.ts';
import { HostSession, pinsInForce } from './session.ts';
import type { RemoteSettings } from './settings.ts';
import { agentVersion, judgeVersion, stepCaVersion } from './version-check.ts';
import { parseToml, valueAt } from '../workspace/toml.ts';

export const hostChecks = [
  'runtime',
  'versions',
  'dns',
  'openbao',
  'clock',
  'login',
  'stepca',
  'responder',
  'writable',
  'permissions',
] as const;
export type HostCheck = (typeof hostChecks)[number];

/** One finding: what was seen, and for a failure how it is mended. */
export interface Finding {
  readonly check: HostCheck;
  readonly state: 'ok' | 'failed' | 'skipped';
  readonly what: Message;
  readonly fix?: Message;
}

const ok = (check: HostCheck, what: Message): Finding => ({ check, state: 'ok', what });
const failed = (check: HostCheck, what: Message, fix: Message): Finding => ({
  check,
  state: 'failed',
  what,
  fix,
});

/** More than this and signatures of the responder, and tokens, are refused. */
const mostSkewMs = 30_000;

const addresses = ({ openbaoUrl, agent }: RemoteSettings): readonly string[] =>
  [openbaoUrl, agent.server, agent.responderUrl].filter((url): url is string => url !== undefined);

async function checkDns(settings: RemoteSettings): Promise<Finding> {
  const names = new Set(addresses(settings).map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')));
  for (const name of names)
    if ((await lookup(name).catch(() => undefined)) === undefined)
      return failed(
        'dns',
        message('remote.check.dns_failed', { name }),
        message('remote.check.dns_fix', { name }),
      );
  return ok('dns', message('remote.check.dns', { names: [...names].join(', ') }));
}

/** The bundle by which the servers are verified: the host's own, else the artifact's. */
async function bundleOf(settings: RemoteSettings): Promise<string> {
  const text =
    settings.caBundlePath === undefined
      ? undefined
      : await readTextFileIfPresent(settings.caBundlePath, { maxBytes: 4 * 1024 * 1024 });
  const pins = text === undefined ? (settings.trust?.pins ?? []) : await pinsInForce(settings);
  return parseBundle(text ?? settings.trust?.bundlePem ?? '')
    .filter((one) => pins.length === 0 || pins.includes(sha256(one)))
    .map((one) => one.toString())
    .join('');
}

/** Any HTTP answer will do; a certificate that does not verify will not. */
async function checkUrl(
  check: 'stepca' | 'responder',
  url: string | undefined,
  settings: RemoteSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (url === undefined) return [{ check, state: 'skipped', what: message('remote.check.no_address') }];
  try {
    const ca = await bundleOf(settings);
    const tls = url.startsWith('https:') && ca !== '' ? tlsClient({ ca }) : undefined;
    try {
      await httpRequest({ url, timeoutMs: 5_000, signal, ...(tls === undefined ? {} : { tls }) });
      const answers = ok(check, message('remote.check.answers', { url }));
      return check === 'stepca' ? [answers, await stepCaVersion(url, tls, signal)] : [answers];
    } finally {
      tls?.close();
    }
  } catch (error) {
    const failure = connectionFailure(error);
    const untrusted = ['untrusted', 'expired', 'wrong_name', 'unpinned', 'not_tls'].includes(failure.kind);
    const { code: reason } = failure;
    const what = message(untrusted ? 'remote.check.untrusted' : 'remote.check.no_answer', { url, reason });
    const fix = message(untrusted ? 'remote.check.trust_fix' : 'remote.check.reach_fix', { url });
    return [failed(check, what, fix)];
  }
}

const says = (check: HostCheck, error: unknown): Finding => {
  const data = (isConsoleError(error) ? error : new ConsoleError('internal', {}, { cause: error })).data;
  const { what, next } = errorMessages(data);
  return failed(check, what, next);
};

/** @param skew how far the server's clock is ahead of this host's, milliseconds, to about a second */
function clockFinding(skew: number): Finding {
  const seconds = Math.round(Math.abs(skew) / 1000);
  return Math.abs(skew) <= mostSkewMs
    ? ok('clock', message('remote.check.clock', { seconds }))
    : failed('clock', message('remote.check.clock_failed', { seconds }), message('remote.check.clock_fix'));
}

/**
 * By the trust that came with bootstrap.json, which may be newer than the host's own; or by the host's own, which is the newer one once
 * the CA was swapped after that file was made.
 */
async function reach(settings: RemoteSettings, signal: AbortSignal, now: () => number) {
  const enter = async (fresh: boolean) => {
    const session = await HostSession.open(settings, signal, fresh);
    return { session, health: await session.openbao.health(now) };
  };
  return settings.wrap === undefined ? enter(false) : enter(true).catch(() => enter(false));
}

async function checkOpenBao(
  settings: RemoteSettings,
  signal: AbortSignal,
  now: () => number,
): Promise<readonly Finding[]> {
  const { openbaoUrl: url } = settings;
  let session: HostSession;
  const findings: Finding[] = [];
  try {
    const reached = await reach(settings, signal, now);
    ({ session } = reached);
    const { sealed, version, clockSkewMs } = reached.health;
    if (sealed) return [says('openbao', new ConsoleError('openbao_sealed', { url }))];
    findings.push(ok('openbao', message('remote.check.openbao', { url, version })));
    findings.push(judgeVersion('openbao', version));
    if (clockSkewMs !== undefined) findings.push(clockFinding(clockSkewMs));
  } catch (error) {
    // With a clock that is far off every certificate looks expired or not yet valid: then the clock is what has to be mended.
    const time = url.startsWith('https:') ? await untrustedTime(url, signal) : undefined;
    return [says('openbao', error), ...(time === undefined ? [] : [clockFinding(time - now())])];
  }
  if ((await session.secretId().catch(() => undefined)) === undefined && settings.wrap !== undefined)
    return [
      ...findings,
      { check: 'login', state: 'skipped', what: message('remote.check.not_bootstrapped') },
    ];
  try {
    await session.leave(await session.enter());
    findings.push(ok('login', message('remote.check.login')));
  } catch (error) {
    findings.push(says('login', error));
  }
  return findings;
}

/** The nearest directory that exists must be one that this user can write; the rest is made. */
async function writable(path: string): Promise<boolean> {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    try {
      await access(directory, constants.W_OK | constants.X_OK);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || directory === dirname(directory))
        return false;
    }
  }
}

async function checkWritable(settings: RemoteSettings): Promise<Finding> {
  const { secretIdPath, roleIdPath, eabFilePath, agentConfigPath, caBundlePath, profile } = settings;
  const paths = [
    secretIdPath,
    roleIdPath,
    eabFilePath,
    agentConfigPath,
    caBundlePath,
    profile?.certPath,
    profile?.keyPath,
  ];
  for (const path of paths)
    if (path !== undefined && !(await writable(path)))
      return failed(
        'writable',
        message('remote.check.not_writable', { path }),
        message('remote.check.writable_fix', { path: dirname(path) }),
      );
  return ok('writable', message('remote.check.writable'));
}

async function checkPermissions({
  secretIdPath,
  roleIdPath,
  agentConfigPath,
  eabFilePath,
}: RemoteSettings): Promise<Finding> {
  for (const path of [secretIdPath, roleIdPath, agentConfigPath, eabFilePath]) {
    const there = await lstat(path).catch(() => undefined);
    if (there === undefined) continue;
    if (!there.isFile() || (there.mode & 0o007) !== 0)
      return failed(
        'permissions',
        message('remote.check.open_to_all', { path }),
        message('remote.check.permissions_fix', { path }),
      );
  }
  return ok('permissions', message('remote.check.permissions'));
}

/** Both generations of agents read their file; which of the two it is written for must fit the artifact. */
async function checkRuntime(settings: RemoteSettings): Promise<Finding> {
  const node = process.versions.node;
  const text = await readAgentFile(settings).catch(() => undefined);
  try {
    const hardened =
      text === undefined ? undefined : valueAt(parseToml(text, ''), ['trust', 'verify_certificates']);
    if (settings.fastPoll && hardened !== undefined && text?.includes('[openbao]') === true)
      return failed('runtime', message('remote.check.mixed'), message('remote.check.mixed_fix'));
  } catch (error) {
    return says('runtime', error);
  }
  return ok('runtime', message('remote.check.runtime', { node }));
}

/** `remote check`: everything that a bootstrap or a sync needs, from this host's own view. Changes nothing. */
export async function checkHost(
  settings: RemoteSettings,
  deps: { readonly signal: AbortSignal; readonly now: () => number },
): Promise<readonly Finding[]> {
  const [runtime, agent, dns, openbao, stepca, responder, paths, permissions] = await Promise.all([
    checkRuntime(settings),
    agentVersion(settings.fastPoll),
    checkDns(settings),
    checkOpenBao(settings, deps.signal, deps.now),
    checkUrl('stepca', settings.agent.server, settings, deps.signal),
    checkUrl('responder', settings.agent.responderUrl, settings, deps.signal),
    checkWritable(settings),
    checkPermissions(settings),
  ]);
  return [runtime, agent, dns, ...openbao, ...stepca, ...responder, paths, permissions];
}
