import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import * as z from 'zod';
import { ConsoleError } from '../../shared/errors.ts';
import { readBundle, sha256 } from '../tls/certificates.ts';
import { tlsClient, type TlsClient } from '../tls/client.ts';
import { ConnectionFailure, connectionFailure, type FailureKind } from '../tls/failure.ts';
import { httpRequest, type HttpAnswer } from '../tls/http-request.ts';

const healthSchema = z.object({ status: z.string() });
const rootsSchema = z.object({ crts: z.array(z.string()).min(1) });
const versionSchema = z.object({ version: z.string() });
const directorySchema = z.object({
  newNonce: z.url(),
  newAccount: z.url(),
  newOrder: z.url(),
  meta: z.looseObject({ externalAccountRequired: z.boolean().optional() }).optional(),
});

export interface StepCaAddress {
  /** `https://host:port`. */
  readonly url: string;
  /** PEM bundle by which it is trusted; the system's store without one. */
  readonly ca?: string;
  /** Of one request, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

const untrusted: ReadonlySet<FailureKind> = new Set(['untrusted', 'expired', 'wrong_name', 'unpinned']);

/** What a running step-ca says of itself, without credentials. Everything is verified against the given roots. */
export class StepCa {
  readonly url: string;
  readonly #tls: TlsClient;
  readonly #timeoutMs: number;

  /** Throws `tls_bundle_unreadable`. */
  constructor(address: StepCaAddress) {
    this.url = address.url.replace(/\/+$/, '');
    this.#tls = tlsClient(address.ca === undefined ? {} : { ca: address.ca });
    this.#timeoutMs = address.timeoutMs ?? 5_000;
  }

  close(): void {
    this.#tls.close();
  }

  async #get<S extends z.ZodType>(path: string, schema: S, signal?: AbortSignal): Promise<z.output<S>> {
    const url = `${this.url}${path}`;
    let answer: HttpAnswer;
    try {
      answer = await httpRequest({
        url,
        tls: this.#tls,
        timeoutMs: this.#timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw this.#noAnswer(error);
    }
    const text = answer.body.toString('utf8');
    // Newer ones answer 201 to /roots.
    if (answer.status === 200 || answer.status === 201) {
      try {
        const parsed = schema.safeParse(JSON.parse(text));
        if (parsed.success) return parsed.data;
      } catch {
        // Not JSON: something else answers at this address.
      }
      throw new ConsoleError('stepca_foreign', { url });
    }
    if (answer.status === 404) throw new ConsoleError('stepca_not_there', { url });
    throw new ConsoleError('stepca_error', { url, status: answer.status }, { detail: text.slice(0, 500) });
  }

  /** Connects and verifies its certificate, without a request. Throws as {@link health}. */
  async handshake(): Promise<void> {
    const { hostname, port } = new URL(this.url);
    const host = hostname.replace(/^\[|\]$/g, '');
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ ...this.#tls.connection, host, port: port === '' ? 443 : Number(port) });
      const end = (error: unknown): void => {
        socket.destroy();
        reject(this.#noAnswer(error));
      };
      socket.setTimeout(this.#timeoutMs, () => end(new ConnectionFailure('timeout', 'ETIMEDOUT')));
      // Ended politely: a handshake that is cut off makes a line in its log.
      socket.once('error', end).once('close', resolve);
      socket.once('secureConnect', () => socket.resume().end());
    });
  }

  #noAnswer(error: unknown): ConsoleError {
    const failure = connectionFailure(error);
    if (failure.kind === 'aborted') return new ConsoleError('cancelled', {}, { cause: failure });
    const code = untrusted.has(failure.kind) ? 'stepca_untrusted' : 'stepca_unreachable';
    return new ConsoleError(code, { url: this.url, reason: failure.code }, { cause: failure });
  }

  /** Whether it serves. Throws `stepca_unreachable`, `stepca_untrusted`, `stepca_error`, `stepca_foreign`. */
  async health(signal?: AbortSignal): Promise<void> {
    const { status } = await this.#get('/health', healthSchema, signal);
    if (status !== 'ok') {
      throw new ConsoleError(
        'stepca_error',
        { url: this.url, status: 200 },
        { detail: status.slice(0, 200) },
      );
    }
  }

  /** The root certificates that it hands out, PEM and SHA-256 of each. */
  async roots(signal?: AbortSignal): Promise<{ readonly pem: string; readonly sha256: string }[]> {
    const { crts } = await this.#get('/roots', rootsSchema, signal);
    return crts
      .flatMap((pem) => readBundle(pem))
      .map((certificate: X509Certificate) => ({ pem: certificate.toString(), sha256: sha256(certificate) }));
  }

  async version(signal?: AbortSignal): Promise<string> {
    return (await this.#get('/version', versionSchema, signal)).version;
  }

  /** The ACME directory of a provisioner. Throws `stepca_not_there` when it has none of that name. */
  async directory(
    provisioner = 'acme',
    signal?: AbortSignal,
  ): Promise<{ readonly url: string; readonly externalAccountRequired: boolean }> {
    const path = `/acme/${encodeURIComponent(provisioner)}/directory`;
    const directory = await this.#get(path, directorySchema, signal);
    return {
      url: `${this.url}${path}`,
      externalAccountRequired: directory.meta?.externalAccountRequired ?? false,
    };
  }
}
