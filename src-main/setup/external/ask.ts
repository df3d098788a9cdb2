import { Agent } from 'node:https';
import { ConsoleError, isConsoleError } from '../../../shared/errors.ts';
import { tlsClient, type TlsClient } from '../../tls/client.ts';
import { ConnectionFailure } from '../../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../../tls/http-request.ts';

/** By which certificates a server is trusted. Without `ca` the system's store decides. */
export interface Trust {
  /** PEM bundle. */
  readonly ca?: string;
  /** SHA-256 of a certificate that must be on the path. */
  readonly pin?: string;
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Origin of a server's address as an operator typed it. Throws `external_bad_url`. */
export function originOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch (cause) {
    throw new ConsoleError('external_bad_url', {}, { cause });
  }
  if (!['http:', 'https:'].includes(url.protocol) || `${url.username}${url.password}` !== '')
    throw new ConsoleError('external_bad_url');
  return url.origin;
}

function failed(failure: unknown, url: string, trust: Trust | undefined): ConsoleError {
  if (isConsoleError(failure)) return failure;
  if (!(failure instanceof ConnectionFailure))
    return new ConsoleError('external_stepca_unreachable', { url, reason: 'internal' }, { cause: failure });
  const options = { detail: failure.code, cause: failure };
  switch (failure.kind) {
    case 'aborted':
      return new ConsoleError('cancelled', {}, options);
    case 'unpinned':
      return new ConsoleError('external_stepca_unpinned', { url, fingerprint: trust?.pin ?? '' }, options);
    case 'untrusted':
    case 'expired':
    case 'wrong_name':
    case 'not_tls':
      return new ConsoleError('external_stepca_untrusted', { url, reason: failure.code }, options);
    case 'not_resolved':
    case 'refused':
    case 'unreachable':
    case 'reset':
    case 'timeout':
    case 'peer_refused':
    case 'too_large':
    case 'other':
      return new ConsoleError('external_stepca_unreachable', { url, reason: failure.code }, options);
  }
}

async function exchange(
  url: string,
  tls: TlsClient,
  trust: Trust | undefined,
  options: AskOptions,
): Promise<HttpAnswer> {
  try {
    return await httpRequest({ url, tls, ...options });
  } catch (failure) {
    throw failed(failure, url, trust);
  } finally {
    tls.close();
  }
}

/**
 * What step-ca answers, over TLS that `trust` verifies.
 * @throws `external_stepca_unreachable`, `external_stepca_untrusted`, `external_stepca_unpinned`, `tls_bundle_unreadable`
 */
export function ask(url: string, trust: Trust, options: AskOptions): Promise<HttpAnswer> {
  const { ca, pin } = trust;
  const tls = tlsClient({
    ...(ca === undefined ? {} : { ca }),
    ...(pin === undefined ? {} : { pins: [pin] }),
  });
  return exchange(url, tls, trust, options);
}

/**
 * The same without judging the server's certificate. Only for its public roots: nothing is sent, and what comes back is shown
 * to the operator for comparison or held against a fingerprint that came another way.
 */
export function askStranger(url: string, options: AskOptions): Promise<HttpAnswer> {
  const judging = tlsClient({});
  const agent = new Agent({ rejectUnauthorized: false, maxCachedSessions: 0 });
  const close = (): void => {
    agent.destroy();
    judging.close();
  };
  return exchange(url, { connection: judging.connection, agent, close }, undefined, options);
}

/** The body as JSON of some object; undefined when it is none. */
export function jsonOf(answer: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(answer.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
