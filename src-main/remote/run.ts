import { ConsoleError, isConsoleError, type ErrorData } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { parseBundle } from '../issuance/set-files.ts';
import type { OpenBaoClient } from '../openbao/openbao.ts';
import { toErrorData } from '../operations/error-data.ts';
import { ensureDirectory, readTextFileIfPresent, writeFileAtomic } from '../workspace/atomic.ts';
import { dirname, resolve } from 'node:path';
import { tellAgents } from '../processes/tell-agents.ts';
import { applyItems, applyTrust, type ApplyOptions } from './apply.ts';
import { installSecretId, obtainSecretId, write } from './credential.ts';
import { reportOf, sendReport } from './report.ts';
import { HostSession } from './session.ts';
import type { RemoteSettings } from './settings.ts';
import {
  hasFailures,
  remoteItems,
  renderSummary,
  summaryOf,
  type Outcomes,
  type Summary,
} from './summary.ts';
import { secretIdDocument } from '../agent/kv-documents.ts';

/** What the remote words ask of the program around them. */
export interface RemoteDeps {
  readonly signal: AbortSignal;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly log: (message: Message) => void;
  /** An error as one sentence in the language of this host. */
  readonly sentence: (error: ErrorData) => string;
}

export interface Pulled {
  readonly summary: Summary;
  readonly failed: boolean;
  /** Why nothing could be pulled at all. */
  readonly error?: ConsoleError;
}

const allFailed = (error: ErrorData): Outcomes => ({
  secret_id: { status: 'failed', error },
  eab: { status: 'failed', error },
  responder_hmac: { status: 'failed', error },
  trust_sync: { status: 'failed', error },
});

async function writeSummary(path: string | undefined, summary: Summary): Promise<void> {
  if (path === undefined) return;
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await write('summary', () => writeFileAtomic(path, renderSummary(summary), { mode: 0o600 }));
}

async function inSession<T>(session: HostSession, job: (client: OpenBaoClient) => Promise<T>): Promise<T> {
  const client = await session.enter();
  try {
    return await job(client);
  } finally {
    await session.leave(client);
  }
}

async function pullItems(
  settings: RemoteSettings,
  deps: RemoteDeps,
  summaryJson: string | undefined,
  work: () => Promise<Outcomes>,
): Promise<Pulled> {
  let outcomes: Outcomes;
  let error: ConsoleError | undefined;
  try {
    outcomes = await work();
  } catch (failure) {
    if (!isConsoleError(failure) || failure.code === 'cancelled') throw failure;
    error = failure;
    outcomes = allFailed(toErrorData(failure));
  }
  // One that follows OpenBao itself has read it already; one of the older generation would go on with what it began with.
  const rewritten = [outcomes.trust_sync, outcomes.responder_hmac, outcomes.eab];
  if (rewritten.some(({ status }) => status === 'applied'))
    await tellAgents([resolve(settings.agentConfigPath)], { log: deps.log });
  const summary = summaryOf(outcomes, deps.sentence, !settings.fastPoll);
  await writeSummary(summaryJson, summary);
  return { summary, failed: hasFailures(outcomes), ...(error === undefined ? {} : { error }) };
}

/**
 * `remote pull`: logs in with the files of this host, reads the four KV paths, applies each, and says of each what became of it.
 * Throws only `cancelled` and what keeps the summary from being written: a failure is in the summary.
 */
export const pull = (
  settings: RemoteSettings,
  deps: RemoteDeps,
  summaryJson?: string,
  options: ApplyOptions = {},
): Promise<Pulled> =>
  pullItems(settings, deps, summaryJson, async () => {
    const session = await HostSession.open(settings, deps.signal);
    return inSession(session, (client) => applyItems(session, client, settings, options));
  });

/** role_id comes with the console's artifact; the tools have the operator carry it over as a file. */
async function ensureRoleId(settings: RemoteSettings): Promise<void> {
  const { roleIdPath: path, roleId } = settings;
  const present = (await readTextFileIfPresent(path, { maxBytes: 65_536 }))?.trim();
  if (roleId === undefined) {
    if (present === undefined || present === '') throw new ConsoleError('remote_no_role_id', { path });
    return;
  }
  if (present === roleId) return;
  await ensureDirectory(dirname(path), { mode: 0o700 });
  await write('role-id', () => writeFileAtomic(path, roleId, { mode: 0o600 }));
}

/**
 * `remote bootstrap`: from one file to a host that OpenBao knows. Trust first, because everything after it is verified by it; then the
 * secret_id out of its wrapping token; then the four items. Safe to repeat.
 * @throws as {@link obtainSecretId}; what follows a working secret_id is in the summary
 */
export async function bootstrap(
  settings: RemoteSettings,
  deps: RemoteDeps,
  summaryJson?: string,
): Promise<Pulled> {
  if (settings.trust !== undefined) {
    const { pins, bundlePem } = settings.trust;
    await applyTrust(settings, { pins, bundle: parseBundle(bundlePem).map(({ raw }) => raw) }, false);
  }
  await ensureRoleId(settings);
  const session = await HostSession.open(settings, deps.signal, true);
  const obtained = await obtainSecretId(session, settings, deps.now);
  deps.log(message(obtained === 'applied' ? 'remote.log.unwrapped' : 'remote.log.secret_id_works'));
  return pullItems(settings, deps, summaryJson, () =>
    inSession(session, async (client) => {
      const outcomes = await applyItems(session, client, settings, { keepSecretId: true });
      const { secret_id: item } = outcomes;
      return obtained === 'applied' && item.status === 'unchanged'
        ? { ...outcomes, secret_id: { ...item, status: 'applied' } }
        : outcomes;
    }),
  );
}

/** `remote apply-secret-id`: the published secret_id alone. @throws whatever kept it from being applied */
export async function applySecretId(
  settings: RemoteSettings,
  deps: RemoteDeps,
): Promise<'applied' | 'unchanged'> {
  const session = await HostSession.open(settings, deps.signal);
  return inSession(session, async ({ kv }) => {
    const path = `bootroot/services/${settings.id}/secret_id`;
    const parsed = secretIdDocument.safeParse((await kv.read(path))?.data);
    if (!parsed.success) throw new ConsoleError('remote_document_invalid', { path });
    if ((await session.secretId()) === parsed.data) return 'unchanged';
    if (!(await session.accepts(parsed.data)))
      throw new ConsoleError('remote_secret_id_unproved', { name: settings.id });
    await installSecretId(settings, parsed.data);
    return 'applied';
  });
}

/**
 * Tells the console through OpenBao what became of the items.
 * @returns false where this host may not, because its policy is one of the bootroot tools: the summary is then carried over by hand
 */
export async function report(settings: RemoteSettings, deps: RemoteDeps, summary: Summary): Promise<boolean> {
  const session = await HostSession.open(settings, deps.signal);
  const document = await reportOf(settings, summary, deps.now());
  try {
    await inSession(session, (client) => sendReport(client, settings, document));
    return true;
  } catch (error) {
    if (isConsoleError(error, 'openbao_forbidden')) return false;
    throw error;
  }
}

export interface SyncOptions {
  readonly summaryJson?: string;
  /** Tries in all, at least 1. */
  readonly attempts: number;
  readonly backoffSecs: number;
  readonly jitterSecs: number;
  readonly ack: (summary: Summary) => Promise<void>;
}

/** Trying again at once does not mend these. */
const lasting = new Set([
  'remote_lapsed',
  'remote_no_secret_id',
  'remote_no_trust',
  'file_missing',
  'permission_denied',
]);

/** `remote sync`: pull until nothing failed, then ack. What could not be pulled is acknowledged too: the console has to know. */
export async function sync(
  settings: RemoteSettings,
  deps: RemoteDeps,
  options: SyncOptions,
): Promise<Pulled> {
  for (let attempt = 1; ; attempt += 1) {
    const pulled = await pull(settings, deps, options.summaryJson);
    const last =
      attempt >= options.attempts || (pulled.error !== undefined && lasting.has(pulled.error.code));
    if (!pulled.failed || last) {
      // A host that could not log in cannot tell either.
      if (pulled.error === undefined) await options.ack(pulled.summary);
      return pulled;
    }
    const seconds = options.backoffSecs + Math.floor(deps.random() * (options.jitterSecs + 1));
    const failed = remoteItems.filter((item) => pulled.summary[item].status === 'failed').join(', ');
    deps.log(message('remote.log.retry', { attempt, attempts: options.attempts, seconds, items: failed }));
    await deps.sleep(seconds * 1000, deps.signal);
  }
}
