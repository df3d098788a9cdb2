import { Client } from 'acme-client';
import { ConsoleError } from '../../shared/errors.ts';
import { message } from '../../shared/message.ts';
import { acmeConnection, type AcmeConnection } from './connection.ts';
import { acmeError, type ErrorContext, type Stage } from './errors.ts';
import { makeCsr } from './keys.ts';
import { authorise, finalise, readIssued, type OrderRun } from './order.ts';
import type {
  AcmeAccountPort,
  AcmeSessionOptions,
  CaDescription,
  IssuedCertificate,
  IssueRequest,
  RenewalInfo,
} from './port.ts';
import { changeAccountKey } from './key-change.ts';
import { acmeMeter } from './meter.ts';
import { readPem } from '../x509/pem.ts';
import { requestSpki } from '../x509/request.ts';
import { AcmeProblem } from './problem.ts';
import { askRenewalInfo, certificateId, givesRenewalInfo } from './renewal-info.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';
import { AcmeTransport } from './transport.ts';

/** The public key in a request, as SPKI DER. @throws ConsoleError `acme_bad_csr` */
function csrKey(csr: string): Buffer {
  try {
    const [block] = readPem(Buffer.from(csr)).blocks;
    return Buffer.from(requestSpki(block?.der ?? new Uint8Array()));
  } catch (cause) {
    throw new ConsoleError('acme_bad_csr', {}, { cause });
  }
}

function eabRequired({ meta }: Record<string, unknown>): boolean {
  return (
    typeof meta === 'object' &&
    meta !== null &&
    'externalAccountRequired' in meta &&
    meta.externalAccountRequired === true
  );
}

/**
 * acme-client's own `createAccount` sends an account that is there already an update with nothing in it, which a strict CA
 * refuses.
 */
function newAccount(client: Client, data: object): Promise<unknown> {
  const { api } = client as unknown as { api: { createAccount(data: object): Promise<unknown> } };
  return api.createAccount(data);
}

/** acme-client would read the directory once more for itself. */
function useDirectory(client: Client, directory: Record<string, unknown>): void {
  const { http } = client as unknown as {
    http: { directoryCache: Record<string, unknown>; directoryTimestamp: number };
  };
  http.directoryCache = directory;
  http.directoryTimestamp = Math.floor(Date.now() / 1000);
}

const directoryMs = 3_600_000;

interface NewOrder {
  readonly identifiers: { type: string; value: string }[];
  readonly replaces?: string;
}

/** Answers to an order that may be about the certificate it replaces: which beside the first is not laid down (RFC 9773 §5). */
const aboutReplaced: ReadonlySet<string> = new Set([
  'alreadyReplaced',
  'malformed',
  'unauthorized',
  'unknown',
]);

/** An account at one CA. The account is opened with the first order, and opened anew when the CA has forgotten it. */
class AcmeSession implements AcmeAccountPort {
  readonly #options: AcmeSessionOptions;
  readonly #policy: RetryPolicy;
  readonly #transport: AcmeTransport;
  readonly #connection: AcmeConnection;
  #client: Client;
  #opened: boolean;
  #known: { readonly directory: Record<string, unknown>; readonly at: number } | undefined;
  #stage: Stage = 'directory';
  #request: IssueRequest | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: AcmeSessionOptions) {
    this.#options = options;
    this.#policy = { ...defaultRetry, ...options.retry };
    this.#connection =
      options.connection ??
      acmeConnection({
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(options.pins === undefined ? {} : { pins: options.pins }),
      });
    this.#transport = new AcmeTransport({
      connection: this.#connection,
      timeoutMs: options.requestTimeoutMs ?? 30_000,
      policy: this.#policy,
      now: Date.now,
      ...(options.address === undefined ? {} : { address: options.address }),
      onAnswer: (status, ms) => acmeMeter.saw({ stage: this.#stage, status, ms }),
      onRetry: (status, waitMs) =>
        this.#request?.onProgress?.({
          message: message('acme.progress.retry', { status, seconds: Math.round(waitMs / 100) / 10 }),
          fraction: 0.2,
        }),
    });
    this.#client = this.#makeClient(options.accountUrl);
    this.#opened = options.accountUrl !== undefined;
  }

  #makeClient(accountUrl?: string, accountKey = this.#options.accountKey): Client {
    const { directoryUrl, eab } = this.#options;
    const client = new Client({
      directoryUrl,
      accountKey,
      ...(accountUrl === undefined ? {} : { accountUrl }),
      ...(eab === undefined ? {} : { externalAccountBinding: { kid: eab.kid, hmacKey: eab.hmac } }),
    });
    this.#transport.attach(client);
    if (this.#known !== undefined) useDirectory(client, this.#known.directory);
    return client;
  }

  get accountUrl(): string | undefined {
    return this.#opened ? this.#client.getAccountUrl() : undefined;
  }

  /** Errors are named after the part of the flow in which they came. */
  #context(names: string): ErrorContext {
    return {
      stage: this.#stage,
      url: this.#options.directoryUrl,
      name: names,
      hasEab: this.#options.eab !== undefined,
    };
  }

  /** Read once and kept for an hour: it says where things are, and that does not move under way. */
  async #directory(): Promise<Record<string, unknown>> {
    const known = this.#known;
    if (known !== undefined && Date.now() - known.at < directoryMs) return known.directory;
    this.#stage = 'directory';
    const { data } = await this.#transport.get(this.#options.directoryUrl);
    const directory = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
    if (typeof directory['newOrder'] !== 'string' || typeof directory['newNonce'] !== 'string') {
      throw new ConsoleError('acme_not_acme', { url: this.#options.directoryUrl, status: 200 });
    }
    this.#known = { directory, at: Date.now() };
    useDirectory(this.#client, directory);
    return directory;
  }

  async #openAccount(directory: Record<string, unknown>): Promise<void> {
    this.#stage = 'account';
    if (eabRequired(directory) && this.#options.eab === undefined)
      throw new ConsoleError('acme_eab_required');
    await newAccount(this.#client, {
      termsOfServiceAgreed: true,
      ...(this.#options.email === undefined ? {} : { contact: [`mailto:${this.#options.email}`] }),
    });
    this.#opened = true;
  }

  async #ensureAccount(): Promise<void> {
    if (this.#opened) return;
    await this.#openAccount(await this.#directory());
  }

  /** What the order replaces, in the words of the CA that wants to be told. */
  async #replaces({ replaces: leafPem }: IssueRequest): Promise<{ readonly replaces?: string }> {
    if (leafPem === undefined || !givesRenewalInfo(await this.#directory())) return {};
    const id = certificateId(leafPem);
    return id === undefined ? {} : { replaces: id };
  }

  /** The CA may refuse what is said of the old certificate, of another account for example: the new one is wanted all the same. */
  async #newOrder({ replaces, ...order }: NewOrder) {
    this.#stage = 'order';
    if (replaces === undefined) return this.#client.createOrder(order);
    try {
      return await this.#client.createOrder({ ...order, replaces } as typeof order);
    } catch (error) {
      if (!(error instanceof AcmeProblem) || !aboutReplaced.has(error.type)) throw error;
      return this.#client.createOrder(order);
    }
  }

  /** A new order; an account that the CA has forgotten is opened once more with the same key. */
  async #order(request: IssueRequest) {
    const order = {
      identifiers: request.identifiers.map(({ type, value }) => ({ type, value })),
      ...(await this.#replaces(request)),
    };
    try {
      return await this.#newOrder(order);
    } catch (error) {
      if (!(error instanceof AcmeProblem) || error.type !== 'accountDoesNotExist') throw error;
      this.#opened = false;
      this.#client = this.#makeClient();
      await this.#ensureAccount();
      return this.#newOrder(order);
    }
  }

  async #issue(request: IssueRequest): Promise<IssuedCertificate> {
    const names = request.identifiers.map(({ value }) => value).join(', ');
    const tell = (key: 'directory' | 'account' | 'order' | 'finalize' | 'download', fraction: number): void =>
      request.onProgress?.({ message: message(`acme.progress.${key}`, { name: names }), fraction });
    this.#request = request;
    this.#transport.signal = request.signal;
    this.#stage = 'directory';
    const withdrawals: Promise<void>[] = [];
    try {
      const csr = request.csr ?? makeCsr(request.key ?? '', request.identifiers);
      const publicKey = csrKey(csr);
      if (!this.#opened) {
        tell('directory', 0.02);
        const directory = await this.#directory();
        tell('account', 0.1);
        await this.#openAccount(directory);
      }
      tell('order', 0.2);
      const order = await this.#order(request);
      if (!Array.isArray(order.authorizations)) throw new Error('order without authorizations');
      const run: OrderRun = {
        client: this.#client,
        transport: this.#transport,
        request,
        policy: this.#policy,
        context: this.#context(names),
        now: Date.now,
        withdrawals,
      };
      this.#stage = 'challenge';
      for (const url of order.authorizations) await authorise(run, order, url);
      this.#stage = 'finalize';
      tell('finalize', 0.8);
      const finished = await finalise(run, order, csr);
      tell('download', 0.95);
      return readIssued(run, await this.#client.getCertificate(finished), publicKey);
    } catch (error) {
      throw acmeError(error, this.#context(names));
    } finally {
      await Promise.all(withdrawals);
      this.#request = undefined;
      this.#transport.signal = undefined;
    }
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  issue(request: IssueRequest): Promise<IssuedCertificate> {
    return this.#inTurn(() => this.#issue(request));
  }

  /** One job that is no order; errors are named after the stage in which they came. */
  #ask<T>(signal: AbortSignal | undefined, job: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#transport.signal = signal;
      try {
        return await job();
      } catch (error) {
        throw acmeError(error, this.#context(''));
      } finally {
        this.#transport.signal = undefined;
      }
    });
  }

  renewalInfo(leafPem: string, signal?: AbortSignal): Promise<RenewalInfo | undefined> {
    return this.#ask(signal, async () => askRenewalInfo(this.#transport, await this.#directory(), leafPem));
  }

  describe(signal?: AbortSignal): Promise<CaDescription> {
    return this.#ask(signal, async () => {
      const directory = await this.#directory();
      return { eabRequired: eabRequired(directory), keyChange: typeof directory['keyChange'] === 'string' };
    });
  }

  openAccount(signal?: AbortSignal): Promise<string> {
    return this.#ask(signal, async () => {
      await this.#ensureAccount();
      return this.#client.getAccountUrl();
    });
  }

  findAccount(signal?: AbortSignal): Promise<boolean> {
    return this.#ask(signal, async () => {
      this.#stage = 'account';
      try {
        await this.#client.createAccount({ onlyReturnExisting: true });
        this.#opened = true;
        return true;
      } catch (error) {
        // RFC 8555 §7.3.1 and §7.3.6: no such account, or one that was closed.
        const gone = ['accountDoesNotExist', 'unauthorized'];
        if (error instanceof AcmeProblem && gone.includes(error.type)) return false;
        throw error;
      }
    });
  }

  changeKey(newKey: string, signal?: AbortSignal): Promise<void> {
    return this.#ask(signal, async () => {
      await this.#ensureAccount();
      this.#stage = 'account';
      await changeAccountKey(this.#client, this.#makeClient(this.#client.getAccountUrl(), newKey));
    });
  }

  deactivate(signal?: AbortSignal): Promise<void> {
    return this.#ask(signal, async () => {
      await this.#ensureAccount();
      this.#stage = 'account';
      await this.#client.updateAccount({ status: 'deactivated' });
      this.#opened = false;
    });
  }

  close(): void {
    if (this.#options.connection === undefined) this.#connection.tls.close();
  }
}

/** Opens a session; nothing is sent before the first order. @throws ConsoleError `tls_bundle_unreadable` */
export function acmeSession(options: AcmeSessionOptions): AcmeAccountPort {
  return new AcmeSession(options);
}

/** One order with a session of its own. */
export async function issue(request: AcmeSessionOptions & IssueRequest): Promise<IssuedCertificate> {
  const session = acmeSession(request);
  try {
    return await session.issue(request);
  } finally {
    session.close();
  }
}
