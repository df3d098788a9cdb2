import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { ConsoleError, isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import { connectionFailure, type FailureKind } from '../tls/failure.ts';
import { httpRequest } from '../tls/http-request.ts';
import { lookupAsCa } from './lookup.ts';
import type { ChallengeResponder } from './port.ts';

/** The way of a validation, in the order in which the CA walks it; `admin` comes first because the token must be there. */
export const hops = ['admin', 'name', 'address', 'port', 'token', 'key'] as const;
export type Hop = (typeof hops)[number];

export interface HopResult {
  readonly hop: Hop;
  readonly state: 'ok' | 'failed' | 'skipped';
  readonly message: Message;
}

export interface PathProbeResult {
  readonly ok: boolean;
  readonly hops: readonly HopResult[];
  /** The hop that fails, why, and what to do next. */
  readonly failed?: { readonly hop: Hop; readonly what: Message; readonly next: Message };
}

export interface PathProbeRequest {
  /** The DNS name that the CA will look up. */
  readonly name: string;
  /** `host:port` of the DNS server that the CA asks; without one the system's. */
  readonly resolver?: string;
  /** Asked first: undefined means that DNS says. */
  readonly addressesOf?: (name: string) => Promise<readonly string[] | undefined>;
  /** The port the CA calls. 80 unless the CA was told otherwise. */
  readonly httpPort?: number;
  readonly responder: ChallengeResponder;
  /** For each hop, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What one hop found: it went well, or what is wrong and what helps. */
type Finding = { readonly ok: Message } | { readonly what: Message; readonly next: Message };

function presentFailure(error: ConsoleError): Finding {
  const { params } = error.data;
  const url = String(params['url'] ?? '');
  const reason = String(params['reason'] ?? '');
  switch (error.code) {
    case 'responder_hmac':
      return { what: message('probe.admin.hmac'), next: message('probe.next.hmac') };
    case 'responder_clock':
      return {
        what: message('probe.admin.clock', { seconds: params['seconds'] ?? 0 }),
        next: message('probe.next.clock'),
      };
    case 'responder_untrusted':
      return {
        what: message('probe.admin.untrusted', { url, reason }),
        next: message('probe.next.admin_untrusted'),
      };
    case 'responder_unreachable':
      return {
        what: message('probe.admin.unreachable', { url, reason }),
        next: message('probe.next.admin_unreachable'),
      };
    case 'responder_rate_limited':
      return {
        what: message('probe.admin.refused', { status: 429 }),
        next: message('error.responder_rate_limited.next'),
      };
    default:
      return {
        what: message('probe.admin.refused', { status: params['status'] ?? 0 }),
        next: message('probe.next.admin_refused'),
      };
  }
}

/** Opens and closes a connection. @returns undefined when it opened, else the failure */
async function tryConnect(
  host: string,
  port: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ kind: FailureKind; code: string } | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (failure?: { kind: FailureKind; code: string }): void => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      resolve(failure);
    };
    const abort = (): void => end({ kind: 'aborted', code: 'ABORT_ERR' });
    const deadline = setTimeout(() => end({ kind: 'timeout', code: 'ETIMEDOUT' }), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    socket.on('connect', () => end());
    socket.on('error', (error) => end(connectionFailure(error)));
  });
}

/** One walk; state that one hop hands to the next. */
class Walk {
  readonly #request: PathProbeRequest;
  readonly #timeoutMs: number;
  readonly #port: number;
  /** Recognisable in a log, and of the form that CAs use. */
  readonly token = `bootroot-probe-${randomBytes(16).toString('hex')}`;
  readonly keyAuthorization = `${this.token}.${randomBytes(32).toString('base64url')}`;
  #addresses: readonly string[] = [];
  #answers: { address: string; status: number; text: string }[] = [];

  constructor(request: PathProbeRequest) {
    this.#request = request;
    this.#timeoutMs = request.timeoutMs ?? 5_000;
    this.#port = request.httpPort ?? 80;
  }

  async admin(): Promise<Finding> {
    try {
      await this.#request.responder.present(this.token, this.keyAuthorization, this.#request.signal);
      return { ok: message('probe.admin.ok') };
    } catch (error) {
      if (!isConsoleError(error) || error.code === 'cancelled') throw error;
      return presentFailure(error);
    }
  }

  async name(): Promise<Finding> {
    const { name, resolver, addressesOf } = this.#request;
    const known = await addressesOf?.(name);
    const options = { timeoutMs: this.#timeoutMs, ...(resolver === undefined ? {} : { resolver }) };
    const found =
      known === undefined
        ? await lookupAsCa(name, options)
        : known.length === 0
          ? ({ unknown: true } as const)
          : { addresses: known };
    if ('addresses' in found) {
      this.#addresses = found.addresses;
      return { ok: message('probe.name.ok', { name, addresses: found.addresses.join(', ') }) };
    }
    return 'unknown' in found
      ? { what: message('probe.name.missing', { name }), next: message('probe.next.name') }
      : {
          what: message('probe.name.server', { reason: found.noServer }),
          next: message('probe.next.dns_server'),
        };
  }

  /** The CA picks one of the addresses, so every one must do. An open port, and also a refused one, show that the host is there. */
  async address(): Promise<Finding> {
    for (const address of this.#addresses) {
      const failure = await tryConnect(address, this.#port, this.#timeoutMs, this.#request.signal);
      if (failure?.kind === 'aborted') throw new ConsoleError('cancelled');
      if (failure !== undefined && failure.kind !== 'refused' && failure.kind !== 'timeout') {
        return {
          what: message('probe.address.unreachable', { address, reason: failure.code }),
          next: message('probe.next.address'),
        };
      }
    }
    return { ok: message('probe.address.ok', { address: this.#addresses.join(', ') }) };
  }

  async port(): Promise<Finding> {
    const port = this.#port;
    for (const address of this.#addresses) {
      const failure = await tryConnect(address, port, this.#timeoutMs, this.#request.signal);
      if (failure?.kind === 'aborted') throw new ConsoleError('cancelled');
      if (failure === undefined) continue;
      const key = failure.kind === 'timeout' ? 'probe.port.timeout' : 'probe.port.refused';
      return { what: message(key, { address, port }), next: message('probe.next.port') };
    }
    return { ok: message('probe.port.ok', { address: this.#addresses.join(', '), port }) };
  }

  async tokenHop(): Promise<Finding> {
    const { name, signal } = this.#request;
    for (const address of this.#addresses) {
      try {
        const answer = await httpRequest({
          url: `http://${name.includes(':') ? `[${name}]` : name}:${this.#port}/.well-known/acme-challenge/${this.token}`,
          address: { host: address, port: this.#port },
          timeoutMs: this.#timeoutMs,
          maxBytes: 65_536,
          ...(signal === undefined ? {} : { signal }),
        });
        if (answer.status !== 200) {
          return {
            what: message('probe.token.missing', { address, status: answer.status }),
            next: message('probe.next.token'),
          };
        }
        this.#answers.push({ address, status: answer.status, text: answer.body.toString('utf8').trim() });
      } catch (error) {
        const failure = connectionFailure(error);
        if (failure.kind === 'aborted') throw new ConsoleError('cancelled', {}, { cause: error });
        return {
          what: message('probe.token.no_answer', { address, reason: failure.code }),
          next: message('probe.next.token'),
        };
      }
    }
    return { ok: message('probe.token.ok') };
  }

  key(): Finding {
    const wrong = this.#answers.find(({ text }) => text !== this.keyAuthorization);
    return wrong === undefined
      ? { ok: message('probe.key.ok') }
      : { what: message('probe.key.wrong', { address: wrong.address }), next: message('probe.next.key') };
  }

  async take(hop: Hop): Promise<Finding> {
    switch (hop) {
      case 'admin':
        return this.admin();
      case 'name':
        return this.name();
      case 'address':
        return this.address();
      case 'port':
        return this.port();
      case 'token':
        return this.tokenHop();
      case 'key':
        return this.key();
    }
  }
}

/**
 * Walks the path of an HTTP-01 validation as the CA will (C24): the responder takes a test token, the name has an address, the address
 * answers on the port, the server there has the token and gives the right key authorization. Names the first hop that fails. The
 * test token is withdrawn in every case.
 * @throws ConsoleError `cancelled`
 */
export async function probePath(request: PathProbeRequest): Promise<PathProbeResult> {
  const walk = new Walk(request);
  const results: HopResult[] = [];
  let failed: PathProbeResult['failed'];
  let presented = false;
  try {
    for (const hop of hops) {
      if (failed !== undefined) {
        results.push({ hop, state: 'skipped', message: message('probe.skipped') });
        continue;
      }
      const finding = await walk.take(hop);
      if ('ok' in finding) {
        presented = true;
        results.push({ hop, state: 'ok', message: finding.ok });
      } else {
        failed = { hop, what: finding.what, next: finding.next };
        results.push({ hop, state: 'failed', message: finding.what });
      }
    }
  } finally {
    // Not under the caller's signal: a cancelled probe leaves nothing behind either.
    if (presented) await request.responder.remove(walk.token, walk.keyAuthorization).catch(() => undefined);
  }
  return { ok: failed === undefined, hops: results, ...(failed === undefined ? {} : { failed }) };
}
