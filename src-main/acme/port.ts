import type { Message } from '../../shared/message.ts';
import type { AcmeConnection } from './connection.ts';
import type { RetryPolicy } from './retry.ts';

/** What a certificate is asked for. RFC 8555 §9.7.7. */
export interface Identifier {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** Presents and withdraws answers to HTTP-01 challenges; `responderClient` of the responder folder is one. */
export interface ChallengeResponder {
  present(token: string, keyAuthorization: string, signal?: AbortSignal): Promise<void>;
  remove(token: string, keyAuthorization: string, signal?: AbortSignal): Promise<void>;
}

/** Which CA, who trusts it how, and as whom. */
export interface AcmeSessionOptions {
  readonly directoryUrl: string;
  /** PEM bundle by which the CA's server is trusted, and nothing beside it. Without one the system's store decides. */
  readonly ca?: string;
  /** SHA-256 pins (hex of DER) of which one must be on the server's path. */
  readonly pins?: readonly string[];
  /** A connection that several sessions share, instead of `ca` and `pins`; who made it closes it. */
  readonly connection?: AcmeConnection;
  /** PEM private key: EC P-256, P-384, P-521 or RSA. */
  readonly accountKey: string;
  /** The account's URL from an earlier session; saves a request. */
  readonly accountUrl?: string;
  readonly email?: string;
  /** External account binding. HMAC as base64url, as CAs give it. */
  readonly eab?: { readonly kid: string; readonly hmac: string };
  /** Connect here instead of to the directory's host; the name is still checked. */
  readonly address?: { readonly host: string; readonly port: number };
  readonly retry?: Partial<RetryPolicy>;
  /** For one request, milliseconds. Default 30,000. */
  readonly requestTimeoutMs?: number;
}

export interface IssueProgress {
  readonly message: Message;
  /** 0 to 1. */
  readonly fraction: number;
}

/** One order. Exactly one of `csr` and `key`. */
export interface IssueRequest {
  readonly identifiers: readonly Identifier[];
  /** PEM certificate request. */
  readonly csr?: string;
  /** PEM private key for which a request with the identifiers is made. */
  readonly key?: string;
  readonly responder: ChallengeResponder;
  /** PEM of the leaf that this one replaces (RFC 9773 §5); told only to a CA that wants to know. */
  readonly replaces?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: IssueProgress) => void;
  /** How long the CA may take for validation and again for the certificate, milliseconds. Default 120,000. */
  readonly patienceMs?: number;
}

/** First PEM block of the answer, and the rest. Not yet judged against pins: who installs it does that first. */
export interface IssuedCertificate {
  readonly leafPem: string;
  readonly chainPem: readonly string[];
}

/** What the CA advises about renewing one certificate (RFC 9773). Times in ISO 8601. */
export interface RenewalInfo {
  readonly start: string;
  readonly end: string;
  readonly explanationUrl?: string;
  /** When to ask again, seconds. */
  readonly retryAfterSecs: number;
}

/**
 * An ACME account at one CA. Orders on one account run one after another: step-ca loses concurrent writes on an account and answers
 * 500, so concurrency means several accounts ({@link AcmeWorkers}).
 */
export interface AcmePort {
  /** @throws ConsoleError with an `acme_…` or `responder_…` code, or `cancelled` */
  issue(request: IssueRequest): Promise<IssuedCertificate>;
  /** Undefined: this CA gives no advice. */
  renewalInfo(leafPem: string, signal?: AbortSignal): Promise<RenewalInfo | undefined>;
  /** Known once the account was opened; worth keeping. */
  readonly accountUrl: string | undefined;
  close(): void;
}

/** What a CA's directory says of itself (RFC 8555 §7.1.1). */
export interface CaDescription {
  readonly eabRequired: boolean;
  /** It names a place where account keys are changed; whether anything is there shows only when it is asked. */
  readonly keyChange: boolean;
}

/** The account itself, beside its orders. */
export interface AcmeAccountPort extends AcmePort {
  describe(signal?: AbortSignal): Promise<CaDescription>;
  /** Opens the account, or finds the one that this key has. Answers its URL. */
  openAccount(signal?: AbortSignal): Promise<string>;
  /** Whether the CA has a live account of this key. Makes none. */
  findAccount(signal?: AbortSignal): Promise<boolean>;
  /**
   * Gives the account another key (RFC 8555 §7.3.5); this session goes on with the old one and is of no use any more.
   * @throws ConsoleError `acme_no_key_change` where the CA offers none
   */
  changeKey(newKey: string, signal?: AbortSignal): Promise<void>;
  /** Closes the account for ever. */
  deactivate(signal?: AbortSignal): Promise<void>;
}
