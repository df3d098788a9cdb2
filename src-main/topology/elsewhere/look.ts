import { readFile } from 'node:fs/promises';
import type { Elsewhere } from '../../../shared/contract/elsewhere.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import { parseDsn, serversOf, sslMode, type Dsn } from '../../postgres/dsn.ts';
import { probeLogin } from '../../postgres/probe.ts';
import { stepCaTables } from '../../postgres/step-ca-tables.ts';
import { StepCa } from '../../stepca/step-ca.ts';
import { readBundle, sha256 } from '../../tls/certificates.ts';
import { tlsClient } from '../../tls/client.ts';
import { connectionFailure } from '../../tls/failure.ts';
import { httpRequest } from '../../tls/http-request.ts';

/** Where somebody else's servers are, and what is known to ask them. */
export interface ElsewhereAddresses {
  /** The ACME directory of step-ca. */
  readonly directoryUrl: string;
  readonly responderAdminUrl: string;
  /** The bundle of this installation, PEM file. */
  readonly bundlePath: string;
  /** step-ca's DSN with its password; undefined where nobody told it or it may not be read. */
  readonly dsn: () => Promise<string | undefined>;
}

const patience = { timeoutMs: 5_000 } as const;

const what = (error: unknown): Message => {
  if (!isConsoleError(error)) throw error;
  return message(`error.${error.code}.what`, error.data.params);
};

/** The answer, or why there is none. */
async function asked<T>(question: Promise<T>): Promise<{ readonly value?: T; readonly problem?: Message }> {
  try {
    return { value: await question };
  } catch (error) {
    return { problem: what(error) };
  }
}

async function stepcaFacts(
  { directoryUrl }: ElsewhereAddresses,
  bundle: string,
): Promise<Elsewhere['stepca']> {
  const { origin, pathname } = new URL(directoryUrl);
  const provisioner = decodeURIComponent(/^\/acme\/([^/]+)\/directory/.exec(pathname)?.[1] ?? 'acme');
  const stepca = new StepCa({ url: origin, ...patience, ...(bundle === '' ? {} : { ca: bundle }) });
  try {
    const trusted = new Set(readBundle(bundle).map(sha256));
    const [health, version, roots, directory] = await Promise.all([
      asked(stepca.health().then(() => true)),
      asked(stepca.version()),
      asked(stepca.roots()),
      asked(stepca.directory(provisioner)),
    ]);
    const problem = health.problem ?? roots.problem;
    return {
      url: origin,
      healthy: health.value === true,
      ...(version.value === undefined ? {} : { version: version.value }),
      ...(problem === undefined ? {} : { problem }),
      roots: (roots.value ?? []).map((root) => ({ sha256: root.sha256, trusted: trusted.has(root.sha256) })),
      directory: {
        url: directoryUrl,
        answers: directory.value !== undefined,
        ...(directory.value === undefined ? {} : { needsBinding: directory.value.externalAccountRequired }),
        ...(directory.problem === undefined ? {} : { problem: directory.problem }),
      },
    };
  } finally {
    stepca.close();
  }
}

async function databaseFacts(text: string): Promise<Elsewhere['database']> {
  let dsn: Dsn;
  try {
    dsn = parseDsn(text);
  } catch (error) {
    return { servers: [], name: '', sslMode: '', problem: what(error) };
  }
  const known = {
    servers: serversOf(dsn).map(({ host, port }) => `${host}:${port}`),
    name: dsn.database,
    sslMode: sslMode(dsn),
  };
  const login = await probeLogin(dsn);
  if (!login.ok) return { ...known, problem: what(login.error) };
  const { version, tls: level, server } = login;
  const tables = await asked(stepCaTables(dsn));
  return {
    ...known,
    answered: server,
    level,
    version,
    ...(tables.value === undefined ? {} : { tables: tables.value }),
    ...(tables.problem === undefined ? {} : { problem: tables.problem }),
  };
}

/** Any HTTP answer proves that its admin port can be reached; it has no path that may be asked without effect. */
async function responderFacts(url: string, bundle: string): Promise<Elsewhere['responder']> {
  const tls = tlsClient(bundle === '' ? {} : { ca: bundle });
  try {
    await httpRequest({ url, tls, ...patience });
    return { url, answers: true };
  } catch (error) {
    const reason = connectionFailure(error).code;
    return { url, answers: false, problem: message('error.responder_unreachable.what', { url, reason }) };
  } finally {
    tls.close();
  }
}

/** Asks everything that can be asked by address. A server that does not answer is a fact, no failure. */
export async function lookElsewhere(addresses: ElsewhereAddresses): Promise<Elsewhere> {
  const bundle = await readFile(addresses.bundlePath, 'utf8').catch(() => '');
  const dsn = await addresses.dsn();
  const [stepca, responder, database] = await Promise.all([
    stepcaFacts(addresses, bundle),
    responderFacts(addresses.responderAdminUrl, bundle),
    dsn === undefined ? undefined : databaseFacts(dsn),
  ]);
  return { stepca, responder, ...(database === undefined ? {} : { database }) };
}
