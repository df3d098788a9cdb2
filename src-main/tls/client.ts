import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls';
import { ConsoleError } from '../../shared/errors.ts';
import { normalisePin, readBundle } from './certificates.ts';
import { reachesPin } from './pins.ts';

/** What one TLS client trusts and shows. Everything is PEM text; pins are SHA-256 of DER in hex. */
export interface TlsClientOptions {
  /** The bundle that is trusted, and nothing beside it. Without one the system's store decides. */
  readonly ca?: string;
  /** A certificate of the bundle ends the path though it is no root: one is trusted that is known itself. */
  readonly partialPath?: boolean;
  /** CA certificates of which one must be on the server's path, whether the server sends it or the bundle supplies it. */
  readonly pins?: readonly string[];
  /** Client certificate (leaf first, then its chain) and key, for mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  /** The name the server's certificate must carry; the host of the URL unless given. */
  readonly serverName?: string;
  readonly keepAlive?: boolean;
  /** Connections are kept, and closed when they were idle for so long, milliseconds. */
  readonly idleMs?: number;
}

/** What {@link tlsClient} answers: options for `tls.connect` and an agent for `https.request` with the same rules. */
export interface TlsClient {
  readonly connection: {
    readonly ca?: string[];
    readonly allowPartialTrustChain?: true;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly minVersion: 'TLSv1.2';
    readonly rejectUnauthorized: true;
    readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  };
  readonly agent: Agent;
  /** Ends idle connections. */
  close(): void;
}

/** The path as Node completed it: what the server sent, and issuers found in the bundle. */
export function peerPath(peer: PeerCertificate | DetailedPeerCertificate): X509Certificate[] {
  const path: X509Certificate[] = [];
  let at: PeerCertificate | DetailedPeerCertificate | undefined = peer;
  while (at !== undefined && at.raw instanceof Buffer && path.length < 16) {
    path.push(new X509Certificate(at.raw));
    const issuer: DetailedPeerCertificate | undefined =
      'issuerCertificate' in at ? at.issuerCertificate : undefined;
    at = issuer === at ? undefined : issuer;
  }
  return path;
}

function readTrust(ca: string): X509Certificate[] {
  let bundle: X509Certificate[];
  try {
    bundle = readBundle(ca);
  } catch (cause) {
    throw new ConsoleError('tls_bundle_unreadable', {}, { cause });
  }
  if (bundle.length === 0) throw new ConsoleError('tls_bundle_unreadable');
  return bundle;
}

function notPinned(): Error {
  return Object.assign(new Error('no pinned CA certificate on the path'), {
    code: 'ERR_TLS_CERT_NOT_PINNED',
  });
}

/**
 * The one place where a TLS client of the console is made (C28): who is trusted is always said, never taken from the environment.
 * @throws ConsoleError `tls_bundle_unreadable` when `ca` holds no certificate
 */
export function tlsClient(options: TlsClientOptions): TlsClient {
  const bundle = options.ca === undefined ? [] : readTrust(options.ca);
  const pins = new Set((options.pins ?? []).map(normalisePin));
  const connection: TlsClient['connection'] = {
    ...(options.ca === undefined ? {} : { ca: bundle.map((certificate) => certificate.toString()) }),
    ...(options.partialPath === true ? { allowPartialTrustChain: true as const } : {}),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
    // An address is no server name (RFC 6066); it is checked all the same.
    ...(options.serverName === undefined || isIP(options.serverName) > 0
      ? {}
      : { servername: options.serverName }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    checkServerIdentity(host, certificate) {
      const wrongName = checkServerIdentity(options.serverName ?? host, certificate);
      if (wrongName !== undefined) return wrongName;
      if (pins.size === 0) return undefined;
      const [leaf, ...presented] = peerPath(certificate);
      return leaf !== undefined && reachesPin(leaf, [...presented, ...bundle], pins)
        ? undefined
        : notPinned();
    },
  };
  // A resumed session skips the check above, so none is kept.
  const agent = new Agent({
    ...connection,
    keepAlive: options.keepAlive ?? options.idleMs !== undefined,
    ...(options.idleMs === undefined ? {} : { timeout: options.idleMs }),
    maxCachedSessions: 0,
  });
  return { connection, agent, close: () => agent.destroy() };
}
