import { promises as dns } from 'node:dns';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { StepCa } from '../stepca/step-ca.ts';
import { errno } from '../workspace/file-failure.ts';
import { httpRequest } from '../tls/http-request.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
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

const healthSchema = z.object({ initialized: z.boolean(), sealed: z.boolean(), version: z.string() });

/** Any state counts as an answer: a fresh or sealed one is up and waits for its operator. */
async function probeOpenBao(layout: Layout): Promise<ProbeResult> {
  const answer = await httpRequest({
    url: `http://${host}:${layout.ports.openbao}/v1/sys/health`,
    ...patience,
  }).catch(() => undefined);
  if (answer === undefined) return silent;
  try {
    const { initialized, sealed, version } = healthSchema.parse(JSON.parse(answer.body.toString('utf8')));
    if (initialized && sealed)
      return { state: 'sealed', version, problem: message('topology.problem.sealed') };
    return { state: 'ready', version, serving: answer.status === 200 };
  } catch {
    return { state: 'wrong', problem: message('topology.problem.foreign') };
  }
}

async function probePostgres(layout: Layout): Promise<ProbeResult> {
  const answer = await askPostgres(host, layout.ports.postgres, layout.postgres.superuser);
  switch (answer) {
    case 'ready':
      return { state: 'ready' };
    case 'starting':
      return { state: 'silent', problem: message('topology.problem.recovering') };
    case 'refusing':
      return { state: 'wrong', problem: message('topology.problem.refusing') };
    case 'foreign':
      return { state: 'wrong', problem: message('topology.problem.foreign') };
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

/** An unsigned request must be refused with 401, and an unknown token with 404: so both listeners are its own. */
async function probeResponder(layout: Layout): Promise<ProbeResult> {
  const ask = (port: number, path: string, method: string) =>
    httpRequest({
      url: `http://${host}:${port}${path}`,
      method,
      ...(method === 'POST' ? { headers: { 'content-type': 'application/json' }, body: '{}' } : {}),
      ...patience,
    }).then(
      ({ status }) => status,
      () => undefined,
    );
  const admin = await ask(layout.ports.responderAdmin, '/admin/http01', 'POST');
  const challenge = await ask(layout.ports.acmeHttp, '/.well-known/acme-challenge/readiness', 'GET');
  if (admin === undefined || challenge === undefined) return silent;
  if (admin === 401 && challenge === 404) return { state: 'ready' };
  return { state: 'wrong', problem: message('topology.problem.foreign') };
}

async function probeStepCa(layout: Layout, paths: WorkspacePaths): Promise<ProbeResult> {
  const ca = await readFile(paths.rootCert, 'utf8').catch(() => undefined);
  if (ca === undefined) return silent;
  const stepCa = new StepCa({ url: `https://${host}:${layout.ports.stepCa}`, ca, timeoutMs: 3_000 });
  try {
    await stepCa.health();
    return { state: 'ready' };
  } catch (error) {
    if (isConsoleError(error, 'stepca_unreachable')) return silent;
    if (!isConsoleError(error)) throw error;
    return { state: 'wrong', problem: message(`error.${error.code}.what`, error.data.params) };
  } finally {
    stepCa.close();
  }
}

/** Asks a server the question that only a working one answers. Never throws for a server that does not. */
export async function probe(id: ServerId, layout: Layout, paths: WorkspacePaths): Promise<ProbeResult> {
  switch (id) {
    case 'postgresql':
      return probePostgres(layout);
    case 'openbao':
      return probeOpenBao(layout);
    case 'resolver':
      return probeResolver(layout);
    case 'responder':
      return probeResponder(layout);
    case 'step-ca':
      return probeStepCa(layout, paths);
  }
}
