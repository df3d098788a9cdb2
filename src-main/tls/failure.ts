/** Why no answer came. One word each, so that callers map them to what the operator can do about it. */
export type FailureKind =
  | 'not_resolved'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'untrusted'
  | 'expired'
  | 'wrong_name'
  | 'unpinned'
  | 'peer_refused'
  | 'not_tls'
  | 'too_large'
  | 'aborted'
  | 'other';

/** A connection or request that ended without an answer. `code` is Node's or OpenSSL's, for the detail line. */
export class ConnectionFailure extends Error {
  readonly kind: FailureKind;
  readonly code: string;

  constructor(kind: FailureKind, code: string, cause?: unknown) {
    super(`${kind} (${code})`, { cause });
    this.name = 'ConnectionFailure';
    this.kind = kind;
    this.code = code;
  }
}

const kinds: Readonly<Record<string, FailureKind>> = {
  ENOTFOUND: 'not_resolved',
  EAI_AGAIN: 'not_resolved',
  EAI_FAIL: 'not_resolved',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong_name',
  ERR_TLS_CERT_NOT_PINNED: 'unpinned',
  ABORT_ERR: 'aborted',
};
const untrusted =
  /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|CERT_(UNTRUSTED|REJECTED|SIGNATURE|CHAIN|REVOKED))/;

/** OpenSSL's own names and Node's; BoringSSL (Electron) says the same in its reason strings. */
function kindOf(code: string, text: string): FailureKind {
  const known = kinds[code];
  if (known !== undefined) return known;
  if (untrusted.test(code)) return 'untrusted';
  if (/ALERT|alert/.test(`${code} ${text}`)) return 'peer_refused';
  if (/WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST|wrong version number|http request/i.test(`${code} ${text}`)) {
    return 'not_tls';
  }
  return 'other';
}

/** Any error of node:net, node:tls or node:http as a {@link ConnectionFailure}. */
export function connectionFailure(error: unknown): ConnectionFailure {
  if (error instanceof ConnectionFailure) return error;
  const parts = error instanceof Error && 'errors' in error ? (error.errors as unknown[]) : [];
  const source: unknown = parts[0] ?? error;
  const text = source instanceof Error ? source.message : String(source);
  const code =
    typeof source === 'object' && source !== null && 'code' in source && typeof source.code === 'string'
      ? source.code
      : 'UNKNOWN';
  return new ConnectionFailure(kindOf(code, text), code === 'UNKNOWN' ? text.slice(0, 200) : code, error);
}

/**
 * The same for a connection whose handshake was done on our side: what ends it now is the peer's judgement of our certificate. TLS
 * libraries word it differently, or the peer merely hangs up.
 */
export function refusalAfterHandshake(error: unknown): ConnectionFailure {
  const failure = connectionFailure(error);
  return failure.kind === 'other' || failure.kind === 'reset'
    ? new ConnectionFailure('peer_refused', failure.code, error)
    : failure;
}
