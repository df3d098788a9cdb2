import type { KeyObject, X509Certificate } from 'node:crypto';
import { acmeConnection, type AcmeConnection } from '../acme/connection.ts';
import { newEcKey } from '../acme/keys.ts';
import type { AcmePort, AcmeSessionOptions, IssuedCertificate, RenewalInfo } from '../acme/port.ts';
import { acmeSession } from '../acme/session.ts';
import { AcmeWorkers } from '../acme/workers.ts';
import { digestOf } from '../operations/canonical.ts';
import { responderClient } from '../responder/client.ts';
import { dnsNames } from '../issuance/set-files.ts';
import { writeRequest } from '../x509/request-writer.ts';
import { caTrust } from './ca-trust.ts';
import type { AgentConfig, Profile } from './config.ts';
import type { AgentLog } from './log.ts';
import { RevocationLists } from './revocation.ts';

/** Orders certificates: what the renewal of one profile needs of the network. */
export interface IssuerPort {
  /** @param replaced the leaf that this one is for, told to a CA that gives advice about renewals */
  issue(
    profile: Profile,
    key: KeyObject,
    signal: AbortSignal,
    replaced?: X509Certificate,
  ): Promise<IssuedCertificate>;
  /** Undefined: the CA gives no advice. @throws when it does not answer */
  advice(leafPem: string, signal: AbortSignal): Promise<RenewalInfo | undefined>;
  /** By the CA's list, signed by a member of the bundle. False also when the CA keeps no list, or does not answer. */
  revoked(leaf: X509Certificate, bundlePem: string, signal: AbortSignal): Promise<boolean>;
  /** The CA certificates by which the servers were trusted last; empty when the system's store decided. */
  trustedPem(): string;
  close(): void;
}

interface Connections {
  readonly trustKey: string;
  readonly ca: string | undefined;
  readonly workers: Map<string, AcmeWorkers>;
  readonly shared: AcmeConnection;
  readonly adviser: AcmePort;
}

/**
 * Sessions with the CA and the responder for one configuration. Each worker has an account of its own, since step-ca loses concurrent
 * writes on one; account keys live in memory. When the trust bundle changes, new sessions are made;
 * an order that ran on an old one is tried again.
 */
export class Issuer implements IssuerPort {
  readonly #config: AgentConfig;
  readonly #log: AgentLog;
  #connections: Connections | undefined;
  readonly #revocation = new RevocationLists(Date.now);
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(config: AgentConfig, log: AgentLog) {
    this.#config = config;
    this.#log = log;
  }

  #session(connection: AcmeConnection, eab?: Profile['eab']): AcmeSessionOptions {
    const { acme, email, server } = this.#config;
    return {
      directoryUrl: server,
      connection,
      accountKey: newEcKey(),
      email,
      ...(eab === undefined ? {} : { eab }),
      retry: {
        attempts: Math.max(1, acme.directory_fetch_attempts),
        baseMs: acme.directory_fetch_base_delay_secs * 1000,
        maxMs: acme.directory_fetch_max_delay_secs * 1000,
      },
    };
  }

  async #connect(): Promise<Connections> {
    const ca = await caTrust(this.#config, this.#log);
    const trustKey = digestOf(ca ?? '');
    const now = this.#connections;
    if (now?.trustKey === trustKey) return now;
    this.#closeConnections();
    const shared = acmeConnection({ ...(ca === undefined ? {} : { ca }), idleMs: 5_000 });
    // Tried once: certificates must not be looked at late because of advice, and the next look asks again.
    const session = this.#session(shared);
    const adviser = acmeSession({ ...session, retry: { ...session.retry, attempts: 1 } });
    this.#connections = { trustKey, ca, workers: new Map(), shared, adviser };
    return this.#connections;
  }

  #workers(connections: Connections, eab: Profile['eab']): AcmeWorkers {
    const key = eab === undefined ? '' : digestOf(eab);
    const known = connections.workers.get(key);
    if (known !== undefined) return known;
    const made = new AcmeWorkers(this.#config.maxConcurrent, () =>
      acmeSession(this.#session(connections.shared, eab)),
    );
    connections.workers.set(key, made);
    return made;
  }

  /** `max_concurrent_issuances` over all accounts together. */
  async #enter(): Promise<void> {
    if (this.#running < this.#config.maxConcurrent) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  async issue(
    profile: Profile,
    key: KeyObject,
    signal: AbortSignal,
    replaced?: X509Certificate,
  ): Promise<IssuedCertificate> {
    const { acme } = this.#config;
    await this.#enter();
    try {
      const connections = await this.#connect();
      const responder = responderClient({
        url: acme.http_responder_url,
        secret: acme.http_responder_hmac,
        timeoutMs: Math.max(1, acme.http_responder_timeout_secs) * 1000,
        ttlSecs: acme.http_responder_token_ttl_secs,
        tls: connections.shared.tls,
      });
      return await this.#workers(connections, profile.eab).issue({
        identifiers: [{ type: 'dns', value: profile.identity }],
        csr: writeRequest(key, [profile.identity], { commonName: true }).pem,
        responder,
        signal,
        ...(replaced === undefined || !dnsNames(replaced).includes(profile.identity)
          ? {}
          : { replaces: replaced.toString() }),
        patienceMs: Math.max(5, acme.poll_attempts * acme.poll_interval_secs) * 1000,
      });
    } finally {
      this.#leave();
    }
  }

  async advice(leafPem: string, signal: AbortSignal): Promise<RenewalInfo | undefined> {
    return (await this.#connect()).adviser.renewalInfo(leafPem, signal);
  }

  async revoked(leaf: X509Certificate, bundlePem: string, signal: AbortSignal): Promise<boolean> {
    try {
      const { ca, shared } = await this.#connect();
      return await this.#revocation.revoked(leaf, {
        server: this.#config.server,
        bundlePem: bundlePem + (ca ?? ''),
        signal,
        tls: shared.tls,
      });
    } catch {
      return false;
    }
  }

  trustedPem(): string {
    return this.#connections?.ca ?? '';
  }

  #closeConnections(): void {
    const connections = this.#connections;
    this.#connections = undefined;
    connections?.adviser.close();
    for (const workers of connections?.workers.values() ?? []) workers.close();
    connections?.shared.tls.close();
  }

  close(): void {
    this.#closeConnections();
  }
}
