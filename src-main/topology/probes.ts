import { promises as dns } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { adminScheme } from '../responder/config.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { errno } from '../workspace/file-failure.ts';
import { tlsClient } from '../tls/client.ts';
import { ConnectionFailure, type FailureKind } from '../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../tls/http-request.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { readStateIfPresent } from '../workspace/state.ts';
import type { Layout } from './layout.ts';
import { askPostgres } from './postgres-ready.ts';
import type { ServerId } from './server-id.ts';

/** What a server answered to a real question. */
export interface ProbeResult {
  readonly state: 'ready' | 'sealed' | 'silent' | 'wrong';
  /** As the server itself says, where it does. */
  readonly version?: string;
  readonly problem?: Message;
  /** OpenBao: unsealed and leading, so that it takes requests. */
  readonly serving?: boolean;
}

const host = '127.0.0.1';
const patience = { timeoutMs: 3_000, maxBytes: 64 * 1024 } as const;
const silent: ProbeResult = { state: 'silent', problem: message('topology.problem.silent') };

const foreign: ProbeResult = { state: 'wrong', problem: message('topology.problem.foreign') };
const recovering: ProbeResult = { state: 'silent', problem: message('topology.problem.recovering') };

/** Whether somebody accepts connections on this port. */
async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patience.timeoutMs });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

const healthSchema = z.object({ initialized: z.boolean(), sealed: z.boolean(), version: z.string() });

/** As the console itself would call it: over TLS where the state says so, with the installation's bundle. */
async function askOpenBao(layout: Layout, paths: WorkspacePaths): Promise<HttpAnswer> {
  const state = await readStateIfPresent(paths.state).catch(() => undefined);
  // Before there is a state.json the layout alone knows.
  const secure = layout.tls === true || state?.openbao_url.startsWith('https:') === true;
  const url = `${secure ? 'https' : 'http'}://${host}:${layout.ports.openbao}/v1/sys/health`;
  if (!secure) return httpRequest({ url, ...patience });
  const ca = await readFile(paths.bundle, 'utf8').catch(() => undefined);
  const tls = tlsClient(ca === undefined ? {} : { ca });
  try {
    return await httpRequest({ url, tls, ...patience });
  } finally {
    tls.close();
  }
}

const distrusted: ReadonlySet<FailureKind> = new Set(['untrusted', 'expired', 'wrong_name']);

/** Any state counts as an answer: a fresh or sealed one is up and waits for its operator. */
async function probeOpenBao(layout: Layout, paths: WorkspacePaths): Promise<ProbeResult> {
  let answer: HttpAnswer;
  try {
    answer = await askOpenBao(layout, paths);
  } catch (error) {
    if (!(error instanceof ConnectionFailure) || !distrusted.has(error.kind)) return silent;
    return { state: 'wrong', problem: message('topology.problem.untrusted') };
  }
  try {
    const { initialized, sealed, version } = healthSchema.parse(JSON.parse(answer.body.toString('utf8')));
    if (initialized && sealed)
      return { state: 'sealed', version, problem: message('topology.problem.sealed') };
    const serving = answer.status === 200;
    // Unsealed, but its Raft node does not lead yet: a request now would be refused.
    if (initialized && !serving) return { ...recovering, version };
    return { state: 'ready', version, serving };
  } catch {
    return foreign;
  }
}

async function probePostgres(layout: Layout): Promise<ProbeResult> {
  const answer = await askPostgres(host, layout.ports.postgres, layout.postgres.superuser);
  switch (answer) {
    case 'ready':
      return { state: 'ready' };
    case 'starting':
      return recovering;
    case 'refusing':
      return { state: 'wrong', problem: message('topology.problem.refusing') };
    case 'foreign':
      return foreign;
    case 'none':
      return silent;
  }
}

/** Any DNS answer, also a refusal, comes from a server that works. */
async function probeResolver(layout: Layout): Promise<ProbeResult> {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${host}:${layout.ports.resolver}`]);
  try {
    await resolver.resolve4('readiness.invalid');
    return { state: 'ready' };
  } catch (error) {
    const none = ['ETIMEOUT', 'ECONNREFUSED', 'ETIMEDOUT', 'ECANCELLED'].includes(errno(error) ?? '');
    return none ? silent : { state: 'ready' };
  }
}

/**
 * At the start an unsigned request must be refused with 401, and an unknown token with 404: so both listeners are its own. The looks
 * afterwards only connect to the admin listener, because it rightly logs every refusal.
 */
async function probeResponder(
  layout: Layout,
  { responderConfig }: WorkspacePaths,
  first: boolean,
): Promise<ProbeResult> {
  const ask = (port: number, path: string, body?: string) =>
    httpRequest({
      url: `http://${host}:${port}${path}`,
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      ...patience,
    }).then(
      ({ status }) => status,
      () => undefined,
    );
  const { acmeHttp, responderAdmin } = layout.ports;
  const challenge = await ask(acmeHttp, '/.well-known/acme-challenge/readiness');
  if (challenge === undefined) return silent;
  if (challenge !== 404) return foreign;
  // Whether its certificate is trusted is for those who call it to say.
  if (!first || (await adminScheme(responderConfig)) === 'https')
    return (await accepts(responderAdmin)) ? { state: 'ready' } : silent;
  const unsigned = { token: 'readiness', key_authorization: 'readiness', ttl_secs: 1 };
  const admin = await ask(responderAdmin, '/admin/http01', JSON.stringify(unsigned));
  if (admin === undefined) return silent;
  return admin === 401 ? { state: 'ready' } : foreign;
}

/** At the start its health; afterwards a verified handshake, because it logs every request. */
async function probeStepCa(layout: Layout, paths: WorkspacePaths, first: boolean): Promise<ProbeResult> {
  const ca = await readFile(paths.rootCert, 'utf8').catch(() => undefined);
  if (ca === undefined) return silent;
  const stepCa = new StepCa({ url: `https://${host}:${layout.ports.stepCa}`, ca, timeoutMs: 3_000 });
  try {
    await (first ? stepCa.health() : stepCa.handshake());
    return { state: 'ready' };
  } catch (error) {
    if (isConsoleError(error, 'stepca_unreachable')) return silent;
    if (!isConsoleError(error)) throw error;
    return { state: 'wrong', problem: message(`error.${error.code}.what`, error.data.params) };
  } finally {
    stepCa.close();
  }
}

/**
 * Asks a server the question that only a working one answers. Never throws for a server that does not.
 * @param first whether it was just started: then the question may leave a line in its log
 */
export async function probe(
  id: ServerId,
  layout: Layout,
  paths: WorkspacePaths,
  first = false,
): Promise<ProbeResult> {
  switch (id) {
    case 'postgres':
      return probePostgres(layout);
    case 'openbao':
      return probeOpenBao(layout, paths);
    case 'resolver':
      return probeResolver(layout);
    case 'responder':
      return probeResponder(layout, paths, first);
    case 'step-ca':
      return probeStepCa(layout, paths, first);
  }
}
